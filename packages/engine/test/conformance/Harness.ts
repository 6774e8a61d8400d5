// What the parts of the sandbox conformance suite share: running a program, reading its end, and where engines differ.
import type { Vitest } from "@effect/vitest"
import { Effect } from "effect"
import { Sandbox, type SandboxLimits, type SandboxResult } from "../../src/sandbox/Sandbox.ts"
import { makeHost, program } from "../testTools.ts"

/** What may differ between engines that all do what the port asks. */
export interface Runtime {
  /** Column (1-based) that is told for `  null.x`: at the name, or at the point before it. */
  readonly nullColumn: number
  /** It has `Intl`. */
  readonly intl: boolean
  /** A rejected promise that nobody handles is told in the console's output. */
  readonly tellsRejections: boolean
}

/** V8 names the property, knows every language, and reports rejections. */
export const v8: Runtime = { nullColumn: 8, intl: true, tellsRejections: true }
/** QuickJS names the point, is built without language data, and its bindings have no hook for rejections. */
export const quickJsRuntime: Runtime = { nullColumn: 7, intl: false, tellsRejections: false }

/** The suite's tests, on the sandbox under test. */
export type Tests = Vitest.MethodsNonLive<Sandbox>

export const run = (javascript: string, limits: Partial<SandboxLimits> = {}, host = makeHost()) =>
  Effect.flatMap(Sandbox, (sandbox) => sandbox.run(program(javascript, limits), host))

export const valueOf = (result: SandboxResult): unknown => {
  if (result.outcome._tag !== "Returned") throw new Error(`did not return: ${JSON.stringify(result.outcome)}`)
  return result.outcome.json === undefined ? undefined : JSON.parse(result.outcome.json)
}
export const value = (javascript: string, limits: Partial<SandboxLimits> = {}) =>
  Effect.map(run(javascript, limits), valueOf)

export const threw = (result: SandboxResult) => {
  if (result.outcome._tag !== "Threw") throw new Error(`did not throw: ${JSON.stringify(result.outcome)}`)
  return result.outcome
}
export const isRecord = (given: unknown): given is Record<string, unknown> =>
  typeof given === "object" && given !== null
export const endedBy = (result: SandboxResult): string =>
  result.outcome._tag === "Ended" ? result.outcome.reason : JSON.stringify(result.outcome)
