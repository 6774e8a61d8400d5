// Hosts that start no processes: a source over stdio is refused with what to do instead.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { sourceError } from "../../Provider.ts"
import { StdioLauncher } from "./StdioLauncher.ts"

export const layer: Layer.Layer<StdioLauncher> = Layer.succeed(
  StdioLauncher,
  StdioLauncher.of({
    launch: ({ command }) =>
      Effect.fail(
        sourceError(
          "unsupported",
          `stdio sources run only on a local daemon: ${command} was not started; add it there, or give an address`
        )
      )
  })
)
