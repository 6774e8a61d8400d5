// What a host tells about itself, and how it is asked to stop. The composition root provides it.
import type { HostFailure } from "@executor-v2/schema"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"

export class HostInfo extends Context.Service<
  HostInfo,
  {
    readonly version: string
    readonly kind: "local" | "remote" | "inproc"
    /** Epoch milliseconds. */
    readonly startedAt: number
    /** Takes no new runs, lets the running ones end, then stops the host. Returns at once; some hosts are never stopped so. */
    readonly shutdown: (reason: string) => Effect.Effect<void, HostFailure>
  }
>()("@executor-v2/domain/HostInfo") {}
