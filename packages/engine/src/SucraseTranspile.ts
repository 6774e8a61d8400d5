// The transpiler of hosts without processes (Convex): sucrase, which only takes types away, then QuickJS's own parser for
// what sucrase does not check. No Node, no code made from text. Both run on the host's thread: how much of the code is read
// (again) is bounded by count, and nesting too deep for either ends as an error.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { transform, type Options } from "sucrase"
import {
  keywordAt,
  markup,
  moduleStatement,
  moduleSyntax,
  placeOfIndex,
  problemAt,
  unparsable,
  type Problem
} from "./CodeRules.ts"
import type { Handover } from "./sandbox/quickjs/Handover.ts"
import type { CompiledQuickJs } from "./sandbox/quickjs/QuickJs.ts"
import { checkSyntax, type SyntaxVerdict } from "./sandbox/quickjs/SyntaxCheck.ts"
import { SandboxUnavailable } from "./sandbox/Sandbox.ts"
import { originalPlace } from "./SourcePlace.ts"
import { maxCodeChars, tooLongCode, Transpile, TranspileError, type Place } from "./Transpile.ts"

export interface SucraseTranspileOptions {
  /** The compiled WebAssembly module of `@jitl/quickjs-wasmfile-release-sync/wasm`. */
  readonly compiled: CompiledQuickJs
  /** To the sandbox that runs what is checked here. */
  readonly handover?: Handover
}

const options: Options = {
  transforms: ["typescript"],
  disableESTransforms: true,
  keepUnusedImports: true,
  preserveDynamicImport: true,
  filePath: "code.ts"
}

/** Reads of one character that parsing may take: usual code takes about six a character. */
const readsFor = (code: string): number => 500_000 + 24 * code.length

/** The parser has gone over the code again and again: nested generics that may be arrows double its work at each level. */
class TooMuchReading extends Error {}

/** The code as a string object that counts how often the parser looks at it. */
class MeteredText extends String {
  #left: number
  constructor(code: string) {
    super(code)
    this.#left = readsFor(code)
  }
  override charCodeAt(index: number): number {
    if (this.#left-- <= 0) throw new TooMuchReading()
    return super.charCodeAt(index)
  }
}

interface Printed {
  readonly _tag: "Printed"
  readonly javascript: string
  readonly mappings: string
}
/** `place` is absent when the code was too much for the parser. */
interface Refused {
  readonly _tag: "Refused"
  readonly reason: string
  readonly place?: Place
}

const parse = (code: string, more: Options["transforms"] = []): Printed | Refused => {
  try {
    const metered = new MeteredText(code) as unknown as string
    const { code: javascript, sourceMap } = transform(metered, {
      ...options,
      transforms: [...options.transforms, ...more],
      sourceMapOptions: { compiledFilename: "code.js" }
    })
    return { _tag: "Printed", javascript, mappings: sourceMap?.mappings ?? "" }
  } catch (error) {
    const { loc, message } = error as { readonly loc?: Place; readonly message?: unknown }
    if (!(error instanceof SyntaxError) || loc === undefined) return { _tag: "Refused", reason: unparsable }
    const reason = String(message)
      .replace(/^Error transforming code\.ts: /, "")
      .replace(/ \(\d+:\d+\)$/, "")
    return { _tag: "Refused", reason, place: { line: loc.line, column: loc.column } }
  }
}
const refused = (code: string): boolean => parse(code)._tag === "Refused"

const namespaces = "namespaces are not taken on this host: put the values into an object, and the types beside it"
/** A block of a namespace. The parser takes it away without a word; a declared one holds nothing to lose. */
const namespaceBlock = /\b(declare\s+)?\b(?:namespace|module)\s+[\w$]+(?:\s*\.\s*[\w$]+)*\s*\{/g

const countOf = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0

/** The first namespace that the JavaScript lacks; where it cannot be told which, the first that may be it. */
const lostNamespace = (code: string, javascript: string): Place | undefined => {
  if (countOf(code, namespaceBlock) === countOf(javascript, namespaceBlock)) return undefined
  const blocks = [...code.matchAll(namespaceBlock)].filter((match) => match[1] === undefined)
  const indices = blocks.map((match) => match.index)
  const at = keywordAt(code, indices, refused)
  return at === undefined ? undefined : placeOfIndex(code, at === "undecided" ? indices[0]! : at)
}

const moduleWord = /\b(?:import|export)\b/g

/** What newer JavaScript the engine has no parser for, by the code from where it stopped, or from the line it stopped in. */
const unknownHere = (code: string, place: Place): string | undefined => {
  const line = code.split("\n")[place.line - 1] ?? ""
  if (line[place.column - 1] === "@") return "decorators are not taken on this host: call the function by yourself"
  if (/\b(?:await\s+)?using\s+[\w$]/.test(line))
    return "using declarations are not taken on this host: clean up in finally"
  return undefined
}

/** What is wrong with code that sucrase has printed. */
const problemIn = (code: string, { javascript, mappings }: Printed, verdict: SyntaxVerdict): Problem | undefined => {
  const namespace = lostNamespace(code, javascript)
  if (namespace !== undefined) return problemAt(code, namespace, namespaces)
  const place =
    typeof verdict === "string" ? undefined : (originalPlace(mappings, verdict) ?? { line: verdict.line, column: 1 })
  if (place !== undefined || countOf(code, moduleWord) !== countOf(javascript, moduleWord)) {
    const statement = moduleStatement(code, refused)
    if (statement !== undefined && (place === undefined || place.line === statement.line))
      return problemAt(code, statement, moduleSyntax)
  }
  if (typeof verdict === "string" || place === undefined) return undefined
  return problemAt(code, place, unknownHere(code, place) ?? verdict.message)
}

const whole = (reason: string) => new TranspileError({ reason, line: 1, column: 1, excerpt: "" })

const make = ({ compiled, handover }: SucraseTranspileOptions) =>
  Transpile.of({
    transpile: Effect.fn("Transpile.transpile")(function* (
      code: string
    ): Effect.fn.Return<string, TranspileError | SandboxUnavailable> {
      if (code.length > maxCodeChars) return yield* whole(tooLongCode(code.length))
      const parsed = parse(code)
      if (parsed._tag === "Refused") {
        if (parsed.place === undefined) return yield* whole(parsed.reason)
        const isMarkup = /<[A-Za-z>]/.test(code) && parse(code, ["jsx"])._tag === "Printed"
        return yield* new TranspileError(problemAt(code, parsed.place, isMarkup ? markup : parsed.reason))
      }
      const verdict = yield* Effect.tryPromise({
        try: () => checkSyntax(compiled, parsed.javascript, handover),
        catch: (error) => new SandboxUnavailable({ detail: `QuickJS cannot be started on this host: ${String(error)}` })
      })
      const problem = problemIn(code, parsed, verdict)
      if (problem !== undefined) return yield* new TranspileError(problem)
      return verdict === "beyond" ? yield* whole(unparsable) : parsed.javascript
    }),
    locate: (code, place) =>
      Effect.sync(() => {
        const parsed = code.length > maxCodeChars ? undefined : parse(code)
        return Option.fromUndefinedOr(parsed?._tag === "Printed" ? originalPlace(parsed.mappings, place) : undefined)
      })
  })

export const layer = (given: SucraseTranspileOptions): Layer.Layer<Transpile> =>
  Layer.sync(Transpile, () => make(given))
