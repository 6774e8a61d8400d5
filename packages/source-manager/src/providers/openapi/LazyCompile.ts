// The compiler of descriptions, loaded when there is one to compile: it comes with parsers that calls have no use for.
import * as Effect from "effect/Effect"
import type { Provider } from "../../Provider.ts"

export const compileOpenApi: Provider["compile"] = (material, options) =>
  Effect.flatMap(
    Effect.promise(() => import("./Compile.ts")),
    (loaded) => loaded.compileOpenApi(material, options)
  )
