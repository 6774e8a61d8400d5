// Compiling as pure computation: material in, encoded manifest out, on whichever thread.
import * as Effect from "effect/Effect"
import type { CompileJob } from "./Compiler.ts"
import { encodeManifest, type EncodedManifest } from "./Manifest.ts"
import { sourceError, type Material, type SourceError } from "../Provider.ts"
import { compileMcp } from "../providers/mcp/Compile.ts"
import { compileOpenApi } from "../providers/openapi/LazyCompile.ts"

const compilers = { openapi: compileOpenApi, mcp: compileMcp }

export const compileJob = ({ kind, material, options }: CompileJob): Effect.Effect<EncodedManifest, SourceError> =>
  kind === "graphql"
    ? Effect.fail(sourceError("unsupported", "GraphQL sources are not supported by this version"))
    : Effect.map(
        Effect.suspend(() => compilers[kind](textOf(material), options)),
        (compiled) => encodeManifest(options.source, compiled)
      )

const textOf = (material: Material): string =>
  typeof material === "string" ? material : new TextDecoder().decode(material)
