// Makes identifiers that sort by the time they were made and cannot be guessed.
import { PolicyId, RunId, ToolCallId } from "@executor-v2/schema"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"

/** What 9 characters hold: until the year 5188. */
const latest = 36 ** 9 - 1

/** 9 characters of time, 16 of chance (about 82 bits). A clock that is far off must not make what is no identifier. */
const stamp = (now: number): string => {
  const chance = crypto.getRandomValues(new Uint8Array(16))
  const time = Math.min(Math.max(Math.trunc(now), 0), latest)
  return time.toString(36).padStart(9, "0") + Array.from(chance, (byte) => (byte % 36).toString(36)).join("")
}

const timed = Effect.map(Clock.currentTimeMillis, stamp)

export const newRunId: Effect.Effect<RunId> = Effect.map(timed, (text) => `run_${text}` as RunId)
export const newPolicyId: Effect.Effect<PolicyId> = Effect.map(timed, (text) => `policy_${text}` as PolicyId)

/** Calls are named by their run and their place in it, so that they sort by when they were made. */
export const toolCallId = (run: RunId, ordinal: number): ToolCallId =>
  `call_${run.slice("run_".length)}${ordinal.toString(36).padStart(4, "0")}` as ToolCallId

/** Seed of a run's random numbers. */
export const newSeed: Effect.Effect<string> = timed
