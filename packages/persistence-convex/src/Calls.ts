// What crosses between an action and the functions on the tables: names, arguments, answers and refusals. Entities,
// events, schemas and values travel as JSON text, because keys of Convex values may neither begin with `$` nor hold
// anything but ASCII.
import { Conflict, JournalUnavailable } from "@executor-v2/persistence-ports"
import { Actor, EntityRef, Revision, RunId, Sequence, Timestamp, WorkspaceId } from "@executor-v2/schema"
import { Bytes } from "@executor-v2/confect"
import * as Schema from "effect/Schema"
import { StorageId } from "./convex-ids.ts"

const workspace = WorkspaceId
const kind = EntityRef.fields.kind
const ofRun = { workspace, run: RunId }
/** The run, and which driver of it speaks. */
const ofDriver = { ...ofRun, attempt: Schema.Int }

const Row = Schema.Struct({ id: Schema.String, revision: Revision, entityJson: Schema.String })
export type Row = typeof Row.Type

/** Why a commit wrote nothing. */
export const CommitRefused = Schema.Union([Conflict, JournalUnavailable])
export type CommitRefused = typeof CommitRefused.Type

export const commit = {
  kind: "mutation",
  name: "persistence:commit",
  args: {
    workspace,
    actor: Actor,
    /** The events in their order, as one JSON array. */
    eventsJson: Schema.String,
    expect: Schema.Array(Schema.Struct({ entity: EntityRef, revision: Revision })),
    wake: Schema.Array(RunId)
  },
  returns: Schema.Struct({ seq: Sequence }),
  error: CommitRefused
} as const

export const get = {
  kind: "query",
  name: "persistence:get",
  args: { workspace, kind, id: Schema.String },
  returns: Schema.NullOr(Row)
} as const

/** One page; `next` says from where to ask again. A page may be short, even empty, before the last. */
export const list = {
  kind: "query",
  name: "persistence:list",
  args: {
    workspace,
    kind,
    run: Schema.optionalKey(Schema.String),
    state: Schema.optionalKey(Schema.String),
    newestFirst: Schema.Boolean,
    after: Schema.optionalKey(Schema.String),
    limit: Schema.optionalKey(Schema.Int)
  },
  returns: Schema.Struct({ rows: Schema.Array(Row), next: Schema.NullOr(Schema.String) })
} as const

export const workspaces = {
  kind: "query",
  name: "persistence:workspaces",
  args: { after: Schema.optionalKey(Schema.String) },
  returns: Schema.Struct({ workspaces: Schema.Array(WorkspaceId), next: Schema.NullOr(Schema.String) })
} as const

/** Without `after`, only where the journal stands. */
export const changesSince = {
  kind: "query",
  name: "persistence:changesSince",
  args: { workspace, after: Schema.optionalKey(Sequence) },
  returns: Schema.Struct({ seq: Sequence, envelopesJson: Schema.Array(Schema.String) })
} as const

const hash = Schema.String

/** A range of an artifact: its bytes, or the files that hold them. */
export const artifactPart = {
  kind: "query",
  name: "persistence:artifactPart",
  args: {
    workspace,
    hash,
    range: Schema.optionalKey(Schema.Struct({ offset: Schema.Finite, length: Schema.Finite }))
  },
  returns: Schema.NullOr(
    Schema.Union([
      Schema.Struct({ kind: Schema.Literal("inline"), size: Schema.Int, bytes: Bytes }),
      Schema.Struct({
        kind: Schema.Literal("pieces"),
        size: Schema.Int,
        /** Only those that the range touches. */
        pieces: Schema.Array(StorageId)
      })
    ])
  )
} as const

/** Content small enough for its row. */
export const artifactKeep = {
  kind: "mutation",
  name: "persistence:artifactKeep",
  args: { workspace, hash, bytes: Bytes },
  returns: Schema.Null
} as const

/**
 * Names the files that hold an artifact: the last step of storing it. Where the artifact is there already, it stays as
 * it is and the new files go, unless it still consists of the `damaged` ones: then those go.
 */
export const artifactJoin = {
  kind: "mutation",
  name: "persistence:artifactJoin",
  args: {
    workspace,
    hash,
    size: Schema.Int,
    pieces: Schema.Array(StorageId),
    damaged: Schema.optionalKey(Schema.Array(StorageId))
  },
  returns: Schema.Null
} as const

/** Deletes files of an artifact that was not stored after all; those that it consists of stay. */
export const artifactDrop = {
  kind: "mutation",
  name: "persistence:artifactDrop",
  args: { workspace, hash, pieces: Schema.Array(StorageId) },
  returns: Schema.Null
} as const

const Lease = Schema.Struct({ ...ofDriver, until: Timestamp })
export type Lease = typeof Lease.Type

export const leaseClaim = {
  kind: "mutation",
  name: "persistence:leaseClaim",
  args: { ...ofRun, now: Timestamp, ttlMs: Schema.Int },
  returns: Schema.NullOr(Schema.Struct({ attempt: Schema.Int, revision: Revision }))
} as const

export const leaseExtend = {
  kind: "mutation",
  name: "persistence:leaseExtend",
  args: { ...ofDriver, now: Timestamp, ttlMs: Schema.Int },
  returns: Schema.Boolean
} as const

export const leaseRelease = {
  kind: "mutation",
  name: "persistence:leaseRelease",
  args: { ...ofDriver, now: Timestamp },
  returns: Schema.Boolean
} as const

export const leasesExpired = {
  kind: "query",
  name: "persistence:leasesExpired",
  args: { now: Timestamp, limit: Schema.Int },
  returns: Schema.Array(Lease)
} as const

/** A key to a workspace, without the key: what is kept of that is its hash, which never leaves the table. */
export const Token = Schema.Struct({
  id: Schema.String,
  workspace,
  /** An owner's key opens every door, an agent's only the one for running code. */
  kind: Schema.Literals(["owner", "agent"]),
  name: Schema.String,
  createdAt: Timestamp,
  revokedAt: Schema.optionalKey(Timestamp)
})
export type Token = typeof Token.Type

/** `false`: a token with this id or this hash is there already, and nothing changed. */
export const tokenCreate = {
  kind: "mutation",
  name: "persistence:tokenCreate",
  args: { token: Token, hash },
  returns: Schema.Boolean
} as const

export const tokenFind = {
  kind: "query",
  name: "persistence:tokenFind",
  args: { hash },
  returns: Schema.NullOr(Token)
} as const

/** In the order of their making. */
export const tokenList = {
  kind: "query",
  name: "persistence:tokenList",
  args: { workspace, after: Schema.optionalKey(Schema.String) },
  returns: Schema.Struct({ tokens: Schema.Array(Token), next: Schema.NullOr(Schema.String) })
} as const

/** `false`: the workspace has no such token. Revoking again changes nothing. */
export const tokenRevoke = {
  kind: "mutation",
  name: "persistence:tokenRevoke",
  args: { workspace, id: Schema.String, at: Timestamp },
  returns: Schema.Boolean
} as const
