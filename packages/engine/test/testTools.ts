// The tools that sandbox tests give a guest, and programs with short limits.
import { Effect } from "effect"
import {
  defaultLimits,
  type CallReply,
  type SandboxHost,
  type SandboxLimits,
  type SandboxProgram
} from "../src/sandbox/Sandbox.ts"

export const ok = (value: unknown): CallReply => ({ ok: true, json: JSON.stringify(value) })
export const failed = (fields: object): CallReply => ({ ok: false, json: JSON.stringify(fields) })

export interface TestHost extends SandboxHost {
  /** Every call, as `path argsJson`. */
  readonly seen: Array<string>
  /** Calls of `hang` that were interrupted. */
  interrupted: number
}

/** `echo`, `boom`, `big`, `merge`, `dies`, `hang` (never ends), `later` (ends in a later task), `slow` (1.2 seconds). */
export const makeHost = (onCall: (seen: number) => void = () => {}): TestHost => {
  const host: TestHost = {
    seen: [],
    interrupted: 0,
    call: (path, argsJson) =>
      Effect.suspend(() => {
        onCall(host.seen.push(`${path} ${argsJson}`))
        switch (path.split(".").at(-1)) {
          case "echo":
            return Effect.succeed({ ok: true, json: argsJson })
          case "boom":
            return Effect.succeed(
              failed({
                code: "upstream_error",
                message: "db failed",
                status: 500,
                retryable: true,
                details: { table: "users" }
              })
            )
          case "merge":
            return Effect.sync(() => {
              const given = JSON.parse(argsJson) as object
              const copy: Record<string, unknown> = { ...Object.assign({}, given) }
              for (const key in given) copy[key] = (given as Record<string, unknown>)[key]
              return ok(1)
            })
          case "big":
            return Effect.sync(() => ok("y".repeat((JSON.parse(argsJson) as { mb: number }).mb * 1_048_576)))
          case "later":
            return Effect.as(
              Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve))),
              ok("later")
            )
          case "slow":
            return Effect.as(
              Effect.promise(() => new Promise<void>((resolve) => setTimeout(resolve, 1_200))),
              ok("slow")
            )
          case "hang":
            return Effect.onInterrupt(Effect.never, () =>
              Effect.sync(() => {
                host.interrupted++
              })
            )
          case "dies":
            return Effect.die(new Error("CANARY-DEFECT"))
          default:
            return Effect.succeed(
              failed({ code: "unknown_tool", message: `there is no tool ${path}`, retryable: false })
            )
        }
      })
  }
  return host
}

export const startedAt = 1_700_000_000_000

export const program = (javascript: string, limits: Partial<SandboxLimits> = {}): SandboxProgram => ({
  javascript,
  seed: "seed",
  startedAt,
  limits: { ...defaultLimits, ...limits }
})
