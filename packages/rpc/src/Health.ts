// What a host in the network answers to `GET /health`, without a key: that it is one, and which contract it speaks.
import * as Schema from "effect/Schema"
import { ApiRange } from "./Daemon.ts"

export const Health = Schema.Struct({
  /** It can take work. */
  ok: Schema.Boolean,
  version: Schema.String,
  /** Versions of the contract that it serves; the first one when absent. */
  apiVersion: Schema.optionalKey(ApiRange),
  /** What it runs on, such as `convex`. */
  host: Schema.optionalKey(Schema.String)
})
export type Health = typeof Health.Type
