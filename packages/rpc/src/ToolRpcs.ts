// Contract: finding tools and reading their interface.
import { HostFailure, NotFound, SourceName, ToolDescription, ToolSummary } from "@executor-v2/schema"
import * as Schema from "effect/Schema"
import * as Rpc from "effect/rpc/Rpc"
import * as RpcGroup from "effect/rpc/RpcGroup"
import { OwnerKey } from "./Caller.ts"

export const ToolSearch = Schema.Struct({
  query: Schema.String,
  /** 8 when absent, at most 50. */
  limit: Schema.optionalKey(Schema.Int),
  offset: Schema.optionalKey(Schema.Int),
  source: Schema.optionalKey(SourceName)
})
export type ToolSearch = typeof ToolSearch.Type

export const ToolHits = Schema.Struct({ hits: Schema.Array(ToolSummary), total: Schema.Int })
export type ToolHits = typeof ToolHits.Type

export class ToolRpcs extends RpcGroup.make(
  Rpc.make("Tools.Search", { payload: ToolSearch, success: ToolHits, error: HostFailure }),
  Rpc.make("Tools.List", {
    payload: {
      source: Schema.optionalKey(SourceName),
      limit: Schema.optionalKey(Schema.Int),
      offset: Schema.optionalKey(Schema.Int)
    },
    success: ToolHits,
    error: Schema.Union([NotFound, HostFailure])
  }),
  Rpc.make("Tools.Describe", {
    payload: { path: Schema.String },
    success: ToolDescription,
    error: Schema.Union([NotFound, HostFailure])
  })
).middleware(OwnerKey) {}
