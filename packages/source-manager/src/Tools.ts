// Calling a resolved tool: by its source's provider, or by the host itself.
import { ToolError } from "@executor-v2/schema"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { ResolvedTool } from "./catalog/Catalog.ts"
import type { Invoked } from "./Provider.ts"
import { Providers } from "./Providers.ts"
import type { ToolCaller } from "./ToolCaller.ts"
import { ExecutorProvider } from "./providers/executor/ExecutorProvider.ts"

export class Tools extends Context.Service<Tools>()("@executor-v2/source-manager/Tools", {
  make: Effect.gen(function* () {
    const providers = yield* Providers
    const builtin = yield* ExecutorProvider

    const invoke = (
      tool: ResolvedTool,
      args: Readonly<Record<string, unknown>>,
      caller: ToolCaller
    ): Effect.Effect<Invoked, ToolError> => {
      if (Option.isNone(tool.source)) return builtin.invoke(tool.record.name, args, caller)
      const source = tool.source.value
      const provider = providers.get(source.kind)
      return provider === undefined
        ? Effect.fail(
            new ToolError({
              code: "unsupported",
              message: `this host cannot call ${source.kind ?? "unknown"} sources`,
              retryable: false
            })
          )
        : provider.invoke({ source, artifact: tool.artifact, tool: tool.record, args })
    }

    return { invoke }
  })
}) {
  static readonly layer = Layer.effect(Tools, this.make)
}
