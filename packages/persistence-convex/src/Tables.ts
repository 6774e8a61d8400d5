// The tables. An app makes its Convex schema of them; nothing else reads or writes them but the functions of this package.
import { Bytes, defineTable } from "@executor-v2/confect"
import * as Schema from "effect/Schema"
import { StorageId } from "./convex-ids.ts"

/** Living entities as the events made them. `run` and `state` repeat what views select by. */
const Entities = Schema.Struct({
  workspaceId: Schema.String,
  kind: Schema.String,
  id: Schema.String,
  run: Schema.optionalKey(Schema.String),
  state: Schema.optionalKey(Schema.String),
  /** Sequence number of the last event that touched the entity. */
  revision: Schema.Finite,
  entityJson: Schema.String
})

/** Everything that ever happened, in the order of each workspace. */
const Events = Schema.Struct({ workspaceId: Schema.String, seq: Schema.Finite, envelopeJson: Schema.String })

/**
 * Where the journal of each workspace stands. It is the one row that all commits of a workspace write, so that they
 * have an order; commits of different workspaces have no row in common.
 */
const Workspaces = Schema.Struct({
  workspaceId: Schema.String,
  seq: Schema.Finite,
  /** Whether an event has created it: events may come before. */
  created: Schema.Boolean
})

/** Content by its hash, apart for each workspace: knowing a hash must not open what another one stored. */
const Artifacts = Schema.Struct({
  workspaceId: Schema.String,
  hash: Schema.String,
  size: Schema.Finite,
  /** Small content. */
  bytes: Schema.optionalKey(Bytes),
  /** The files of larger content, in their order. */
  pieces: Schema.optionalKey(Schema.Array(StorageId))
})

/** Runs that somebody drives or is about to: from the commit that wakes a run until it waits or ends. */
const Leases = Schema.Struct({
  workspaceId: Schema.String,
  runId: Schema.String,
  /** The run's attempt: which driver holds it, or held it last. */
  attempt: Schema.Finite,
  held: Schema.Boolean,
  /** When it may be taken over, or the run be given up (milliseconds since 1970). */
  until: Schema.Finite
})

/** Keys to workspaces by the hash of the key. */
const Tokens = Schema.Struct({
  workspaceId: Schema.String,
  id: Schema.String,
  hash: Schema.String,
  kind: Schema.Literals(["owner", "agent"]),
  name: Schema.String,
  createdAt: Schema.Finite,
  revokedAt: Schema.optionalKey(Schema.Finite)
})

/** For `defineSchema`, beside what an app has of its own. */
export const tables = {
  entities: defineTable(Entities)
    .index("by_entity", ["workspaceId", "kind", "id"])
    .index("by_run", ["workspaceId", "kind", "run", "id"])
    .index("by_state", ["workspaceId", "kind", "state", "id"]),
  events: defineTable(Events).index("by_seq", ["workspaceId", "seq"]),
  workspaces: defineTable(Workspaces).index("by_workspace", ["workspaceId"]),
  artifacts: defineTable(Artifacts).index("by_hash", ["workspaceId", "hash"]),
  leases: defineTable(Leases).index("by_run", ["workspaceId", "runId"]).index("by_until", ["until"]),
  tokens: defineTable(Tokens).index("by_hash", ["hash"]).index("by_workspace", ["workspaceId", "id"])
}
