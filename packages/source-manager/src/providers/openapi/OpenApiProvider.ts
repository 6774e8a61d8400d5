// Services described by OpenAPI as sources: look, compile, call.
import * as Effect from "effect/Effect"
import { Files } from "../../Files.ts"
import { Outbound } from "../../network/Outbound.ts"
import type { Provider } from "../../Provider.ts"
import { invokeOpenApi } from "./Invoke.ts"
import { compileOpenApi } from "./LazyCompile.ts"
import { probeOpenApi } from "./Probe.ts"

export const makeOpenApiProvider: Effect.Effect<Provider, never, Outbound | Files> = Effect.gen(function* () {
  const outbound = yield* Outbound
  const files = yield* Files
  return {
    kind: "openapi",
    probe: probeOpenApi(outbound, files),
    compile: compileOpenApi,
    invoke: invokeOpenApi(outbound)
  }
})
