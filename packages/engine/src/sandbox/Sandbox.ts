// The port behind which agent code runs: isolated-vm in a child process locally, QuickJS on Convex.
// Only JSON text crosses it, in both directions, so nothing of the host can be reached through a value.
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** Bounds of one run. Times in milliseconds, sizes in bytes of UTF-8 or UTF-16 code units as noted. */
export interface SandboxLimits {
  /** Longest synchronous stretch of guest code. */
  readonly turnMs: number
  /** CPU time of the whole run. */
  readonly cpuMs: number
  /** Wall time of the whole run; stands still while only host calls are open. */
  readonly wallMs: number
  /** Engine heap limit (soft) in MiB. */
  readonly memoryMb: number
  /** The sandbox process is killed above this resident size, in MiB. */
  readonly rssMb: number
  /** Tool calls one run may make. */
  readonly calls: number
  /** Longest JSON text of one call's arguments, in characters. */
  readonly argumentChars: number
  /** Longest JSON text of one call's result let into the guest, in characters. */
  readonly callResultChars: number
  /** Longest JSON text of the run's result, in characters. */
  readonly resultChars: number
  /** Lines and characters of console output kept. */
  readonly logLines: number
  readonly logChars: number
  /** Tool calls that the host works on at the same time; 128 when absent. */
  readonly inFlight?: number
}

export const defaultLimits: SandboxLimits = {
  turnMs: 1_000,
  cpuMs: 10_000,
  wallMs: 300_000,
  // The engine's limit is soft: at 128, one native call was seen to take 240 MB and come back.
  memoryMb: 64,
  rssMb: 512,
  calls: 10_000,
  argumentChars: 4 * 1024 * 1024,
  callResultChars: 16 * 1024 * 1024,
  resultChars: 16 * 1024 * 1024,
  logLines: 1_000,
  logChars: 64 * 1024
}

/** JavaScript of one run: the body of an async function. */
export interface SandboxProgram {
  readonly javascript: string
  /** Makes `Date.now`, `Math.random` and `crypto.randomUUID` repeatable (DESIGN: seeded from the run). */
  readonly seed: string
  /** Epoch milliseconds at which the guest's clock starts. */
  readonly startedAt: number
  readonly limits: SandboxLimits
}

/** One settled tool call, as the guest sees it: `json` is the value, or the allow-listed error fields when `ok` is false. */
export interface CallReply {
  readonly ok: boolean
  readonly json: string
}

/** What the guest reaches on the host's side. Every path is `tools.<path>`; `argsJson` is `"null"` when called without. */
export interface SandboxHost {
  readonly call: (path: string, argsJson: string) => Effect.Effect<CallReply>
}

/** Why a run was ended before its code returned. */
export const EndReason = Schema.Literals([
  "turn-timeout",
  "cpu-timeout",
  "wall-timeout",
  "memory",
  "call-cap",
  "never-settles",
  "result-too-large",
  "crashed"
])
export type EndReason = typeof EndReason.Type

/** How a program ended. `line`/`column` are 1-based positions in the program's own text where the engine knows them. */
export type SandboxOutcome =
  | { readonly _tag: "Returned"; readonly json: string | undefined }
  | {
      readonly _tag: "Threw"
      readonly name: string
      readonly message: string
      readonly code?: string
      readonly line?: number
      readonly column?: number
    }
  | { readonly _tag: "Ended"; readonly reason: EndReason; readonly message: string }

export interface SandboxResult {
  readonly outcome: SandboxOutcome
  readonly logs: ReadonlyArray<string>
  /** Console output beyond the cap was dropped. */
  readonly logsTruncated: boolean
  /** Tool calls that were handed to the host. */
  readonly calls: number
  /** Tool calls still open when the run ended: they were not awaited, and have been cancelled or never started. */
  readonly openCalls: number
  readonly cpuMs: number
}

/** The sandbox itself could not be provided (no prebuilt engine for this machine, process cannot start). */
export class SandboxUnavailable extends Schema.TaggedError<SandboxUnavailable>()("SandboxUnavailable", {
  detail: Schema.String
}) {
  override get message() {
    return this.detail
  }
}

export class Sandbox extends Context.Service<
  Sandbox,
  {
    /** Runs one program to its end. Interrupting it disposes the guest and its open calls. */
    readonly run: (program: SandboxProgram, host: SandboxHost) => Effect.Effect<SandboxResult, SandboxUnavailable>
  }
>()("@executor-v2/engine/sandbox/Sandbox") {}
