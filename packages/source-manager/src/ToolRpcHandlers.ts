// The tool contract, on the catalog as it stands at the moment of the request.
import { Caller, ToolRpcs } from "@executor-v2/rpc"
import { NotFound } from "@executor-v2/schema"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Catalog } from "./catalog/Catalog.ts"

export const layer = ToolRpcs.toLayer(
  Effect.gen(function* () {
    const catalog = yield* Catalog
    const current = Effect.flatMap(Caller, ({ workspace }) => catalog.snapshot(workspace))

    return ToolRpcs.of({
      "Tools.Search": ({ query, limit = 8, offset = 0, source }) =>
        Effect.flatMap(current, (snapshot) =>
          snapshot.search(query, { limit, offset, ...(source === undefined ? {} : { source }) })
        ),

      "Tools.List": Effect.fnUntraced(function* ({ source, limit = 50, offset = 0 }) {
        const snapshot = yield* current
        if (source !== undefined && !snapshot.sources.some(({ name }) => name === source)) {
          return yield* new NotFound({ what: "source", id: source, hint: "List them with: executor sources list" })
        }
        return yield* snapshot.list({ offset, limit, ...(source === undefined ? {} : { source }) })
      }),

      "Tools.Describe": Effect.fnUntraced(function* ({ path }) {
        const snapshot = yield* current
        const found = yield* snapshot.describe(path)
        if (Option.isSome(found)) return found.value
        const nearest = yield* snapshot.nearest(path)
        const hint =
          nearest.length === 0 ? "Search with: executor tools search WORDS" : `Nearest: ${nearest.join(", ")}`
        return yield* new NotFound({ what: "tool", id: path, hint })
      })
    })
  })
)
