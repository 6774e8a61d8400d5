// Contract: executing code and looking at what happened.
import { ExecuteResult, HostFailure, NotFound, Refused, RunId, RunStatus, TaskRun, ToolCall } from "@executor-v2/schema"
import * as Schema from "effect/Schema"
import * as Rpc from "effect/rpc/Rpc"
import * as RpcGroup from "effect/rpc/RpcGroup"
import { OwnerKey } from "./Caller.ts"

export const RunDetail = Schema.Struct({
  run: TaskRun,
  /** The first 500, in the order in which they began; `run.callCount` says how many there were. */
  calls: Schema.Array(ToolCall),
  /** The result as `execute` gives it. */
  result: ExecuteResult
})
export type RunDetail = typeof RunDetail.Type

/** What a watcher is told: where the run stands now, then each change, then the end. */
export const RunUpdate = Schema.Union([
  Schema.TaggedStruct("Status", { run: TaskRun }),
  Schema.TaggedStruct("Call", { call: ToolCall }),
  Schema.TaggedStruct("Done", { result: ExecuteResult })
])
export type RunUpdate = typeof RunUpdate.Type

export class RunRpcs extends RpcGroup.make(
  /** Runs code to its end, or until `patienceMs` have passed: then the result says how to resume. */
  Rpc.make("Runs.Execute", {
    payload: { code: Schema.String, patienceMs: Schema.optionalKey(Schema.Int) },
    success: ExecuteResult,
    error: Schema.Union([Refused, HostFailure])
  }),
  /** Calls one tool as a run of its own, so that policy and journal see it like any other. */
  Rpc.make("Runs.Call", {
    payload: { path: Schema.String, arguments: Schema.Json, patienceMs: Schema.optionalKey(Schema.Int) },
    success: ExecuteResult,
    error: Schema.Union([Refused, HostFailure])
  }),
  Rpc.make("Runs.Resume", {
    payload: { run: RunId, patienceMs: Schema.optionalKey(Schema.Int) },
    success: ExecuteResult,
    error: Schema.Union([NotFound, HostFailure])
  }),
  /** Newest first, in brief: the beginning of the code, neither results nor logs. */
  Rpc.make("Runs.List", {
    payload: {
      limit: Schema.optionalKey(Schema.Int),
      before: Schema.optionalKey(RunId),
      status: Schema.optionalKey(RunStatus)
    },
    success: Schema.Array(TaskRun)
  }),
  Rpc.make("Runs.Get", { payload: { run: RunId }, success: RunDetail, error: Schema.Union([NotFound, HostFailure]) }),
  Rpc.make("Runs.Cancel", {
    payload: { run: RunId },
    success: TaskRun,
    error: Schema.Union([NotFound, Refused, HostFailure])
  }),
  Rpc.make("Runs.Watch", {
    payload: { run: RunId },
    success: RunUpdate,
    error: Schema.Union([NotFound, HostFailure]),
    stream: true
  })
).middleware(OwnerKey) {}
