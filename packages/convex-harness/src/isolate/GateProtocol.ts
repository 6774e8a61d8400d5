// What the gate and its child process say to each other. Bodies and module texts travel as they are (structured clone).
import type { JSONValue } from "convex/values"
import type { BundledFile } from "../FunctionBundle.ts"

/** The first message to the child. */
export interface GateSetup {
  readonly folder: string
  readonly files: ReadonlyArray<BundledFile>
  readonly entries: ReadonlyArray<string>
  readonly environment: Readonly<Record<string, string>>
}

/** How a module's top level is run: as at the start of an action, or of a query or mutation. */
export type Profile = "action" | "query"

/** What the child is asked to do. */
export type GateRequest =
  | { readonly op: "import"; readonly entries: ReadonlyArray<string>; readonly profile: Profile }
  | { readonly op: "run"; readonly name: string; readonly args: JSONValue }
  | {
      readonly op: "fetch"
      readonly method: string
      readonly url: string
      readonly headers: ReadonlyArray<readonly [string, string]>
      readonly body: Uint8Array | undefined
    }

/** What became of importing one module. */
export interface ImportReport {
  /** `http.js` */
  readonly entry: string
  readonly profile: Profile
  /** Compile, link and evaluate, with whatever shared code nothing had imported before it. */
  readonly milliseconds: number
  /** What it exports: `query`, `mutation`, `action`, `http` or `crons`. */
  readonly kinds: ReadonlyArray<string>
  readonly error?: string
}

/** An HTTP action's answer, read to its end. */
export interface FetchReport {
  readonly status: number
  readonly headers: ReadonlyArray<readonly [string, string]>
  readonly body: Uint8Array
}

/** The child's answer. `unhandled` are promise rejections that nothing caught since the answer before. */
export interface GateReply {
  readonly id: number
  readonly value?: unknown
  readonly error?: string
  readonly unhandled: ReadonlyArray<string>
  /** Time in the isolate. */
  readonly milliseconds: number
}
