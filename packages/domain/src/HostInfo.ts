// What a host tells about itself, and how it is asked to stop. The composition root provides it.
import { Context, type Effect } from "effect"

export class HostInfo extends Context.Service<
  HostInfo,
  {
    readonly version: string
    readonly kind: "local" | "remote" | "inproc"
    /** Epoch milliseconds. */
    readonly startedAt: number
    /** Takes no new runs, lets the running ones end, then stops the host. Returns at once. */
    readonly shutdown: (reason: string) => Effect.Effect<void>
  }
>()("@executor-v2/domain/HostInfo") {}
