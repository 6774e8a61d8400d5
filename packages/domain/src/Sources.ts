// Registered services: their drafts, their moves through the states, their removal.
import { Journal, Views, type Versioned } from "@executor-v2/persistence-ports"
import {
  NotFound,
  Refused,
  type Actor,
  type Event,
  type HostFailure,
  type Source,
  type SourceKind,
  type SourceLocation,
  type SourceName,
  type SourceState,
  type Timestamp,
  type WorkspaceId
} from "@executor-v2/schema"
import * as Array from "effect/Array"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { commitFailure } from "./Commits.ts"
import { addressProblem, decideAddress } from "./rules/SourceAddress.ts"
import { canMoveSource } from "./rules/SourceLifecycle.ts"
import { builtinSource } from "./rules/ToolPath.ts"

/** What a registration begins with. */
export interface SourceDraftRequest {
  readonly workspace: WorkspaceId
  readonly actor: Actor
  readonly name: SourceName
  readonly kind?: SourceKind | undefined
  readonly location: SourceLocation
}

/** The events that move a source, and where each leads. */
const target = {
  SourceProbing: "probing",
  SourceAuthRequired: "auth_required",
  SourceConnected: "connected",
  SourceFailed: "error"
} as const satisfies Record<string, SourceState>

/** What a human began, a run can neither remove nor replace. */
const mayEnd = (actor: Actor, source: Source): boolean => actor.kind === "owner" || source.addedBy !== "owner"

type SourceMove = Extract<Event, { readonly _tag: keyof typeof target }>

const notRegistered = (name: SourceName, all: ReadonlyArray<Source>) => {
  const names = all.map((source) => source.name).join(", ")
  const hint = names === "" ? "None is registered yet: executor sources add URL" : `Registered: ${names}`
  return new NotFound({ what: "source", id: name, hint })
}

const busy = (message: string) => new Refused({ code: "busy", message })

const nameTaken = (name: SourceName) =>
  new Refused({
    code: "name_taken",
    message: `a source named "${name}" is there already; choose another with --name, or remove it: executor sources remove ${name}`
  })

/** A source as its registration begins. */
const drafted = (
  { actor, kind, location, name }: SourceDraftRequest,
  privateOrigins: ReadonlyArray<string>,
  now: Timestamp
): Source => ({
  name,
  ...(kind === undefined ? {} : { kind }),
  location,
  privateOrigins,
  addedBy: actor.kind === "owner" ? "owner" : "agent",
  state: "draft",
  needs: [],
  toolCount: 0,
  warnings: [],
  addedAt: now,
  updatedAt: now
})

export class Sources extends Context.Service<Sources>()("@executor-v2/domain/Sources", {
  make: Effect.gen(function* () {
    const journal = yield* Journal
    const views = yield* Views

    const list = Effect.fn("Sources.list")(function* (workspace: WorkspaceId) {
      return (yield* views.list(workspace, "source")).map((row) => row.entity)
    })

    const find = Effect.fn("Sources.find")(function* (
      workspace: WorkspaceId,
      name: SourceName
    ): Effect.fn.Return<Versioned<Source>, NotFound> {
      const found = yield* views.get(workspace, "source", name)
      if (Option.isSome(found)) return found.value
      return yield* notRegistered(name, yield* list(workspace))
    })

    /** Refuses a taken name and what this actor may not register; the name is settled by the commit itself. */
    const draft = Effect.fn("Sources.draft")(function* (
      request: SourceDraftRequest
    ): Effect.fn.Return<Source, Refused | HostFailure> {
      const { workspace, actor, name, location } = request
      const taken = nameTaken(name)
      if (name === builtinSource)
        return yield* new Refused({
          code: "name_taken",
          message: `"${name}" names the built-in tools; choose another with --name`
        })
      const problem = addressProblem(location)
      if (problem !== undefined) return yield* new Refused({ code: "invalid", message: problem })
      const address = decideAddress(actor, location, name)
      if (address._tag === "Refused") {
        return yield* new Refused({
          code: "needs_human",
          message: `${address.reason}. A human can type: ${address.command}`
        })
      }
      // A registration that failed does not hold its name: adding again replaces it, unless a human began it.
      const existing = yield* views.get(workspace, "source", name)
      if (Option.exists(existing, ({ entity }) => entity.state !== "error" || !mayEnd(actor, entity)))
        return yield* taken
      const now = (yield* Clock.currentTimeMillis) as Timestamp
      const source = drafted(request, address.privateOrigins, now)
      yield* journal
        .commit({
          workspace,
          actor,
          // What was compiled for another address must not be called at this one.
          events: Option.isNone(existing)
            ? [{ _tag: "SourceDrafted", source }]
            : [
                { _tag: "SourceRemoved", name },
                { _tag: "SourceDrafted", source }
              ],
          expect: [
            {
              entity: { kind: "source", id: name },
              revision: Option.match(existing, { onNone: () => 0, onSome: (row) => row.revision })
            }
          ]
        })
        .pipe(
          Effect.catchReason("JournalError", "Conflict", () => Effect.fail(taken)),
          Effect.mapError((error) => (error._tag === "Refused" ? error : commitFailure(error)))
        )
      return source
    })

    /**
     * Applies one move, with what else belongs to the same step. Two drivers cannot both make it, and one that drives
     * `meant` cannot move another source that has taken its name since.
     */
    const move = Effect.fn("Sources.move")(function* (
      workspace: WorkspaceId,
      actor: Actor,
      event: SourceMove,
      before: ReadonlyArray<Event> = [],
      meant?: Source
    ): Effect.fn.Return<Source, NotFound | Refused | HostFailure> {
      const { entity, revision } = yield* find(workspace, event.name)
      if (meant !== undefined && meant.addedAt !== entity.addedAt) {
        return yield* busy(`source ${event.name} was replaced by another of that name meanwhile`)
      }
      const to = target[event._tag]
      if (!canMoveSource(entity.state, to)) {
        return yield* busy(
          `source ${event.name} is ${entity.state} and cannot become ${to} now; wait until it is settled`
        )
      }
      yield* journal
        .commit({
          workspace,
          actor,
          events: Array.append(before, event),
          expect: [{ entity: { kind: "source", id: event.name }, revision }]
        })
        .pipe(Effect.mapError(commitFailure))
      return (yield* find(workspace, event.name)).entity
    })

    const remove = Effect.fn("Sources.remove")(function* (
      workspace: WorkspaceId,
      actor: Actor,
      name: SourceName
    ): Effect.fn.Return<void, NotFound | Refused | HostFailure> {
      const { entity, revision } = yield* find(workspace, name)
      if (!mayEnd(actor, entity)) {
        return yield* new Refused({
          code: "needs_human",
          message: `source ${name} was added by a human, who can remove it: executor sources remove ${name}`
        })
      }
      yield* journal
        .commit({
          workspace,
          actor,
          events: [{ _tag: "SourceRemoved", name }],
          expect: [{ entity: { kind: "source", id: name }, revision }]
        })
        .pipe(Effect.mapError(commitFailure))
    })

    /** Registrations that a stopped host left in the middle, before `until`, end as errors that a refresh clears. */
    const recover = Effect.fn("Sources.recover")(function* (
      workspace: WorkspaceId,
      actor: Actor,
      until: number = Number.MAX_SAFE_INTEGER
    ) {
      for (const source of (yield* list(workspace)).filter(({ updatedAt }) => updatedAt <= until)) {
        if (source.state === "draft") yield* move(workspace, actor, { _tag: "SourceProbing", name: source.name })
        if (source.state !== "draft" && source.state !== "probing") continue
        const message = `registering was cut off when the host stopped. Run: executor sources refresh ${source.name}`
        yield* move(workspace, actor, {
          _tag: "SourceFailed",
          name: source.name,
          failure: { code: "unreachable", message }
        })
      }
    })

    /** Told after each change of the workspace's sources, from the moment the stream starts. */
    const changes = (workspace: WorkspaceId): Stream.Stream<void> =>
      journal.changes(workspace).pipe(
        Stream.filter(({ event }) => event._tag.startsWith("Source")),
        Stream.map(() => undefined)
      )

    return { list, find, draft, move, remove, recover, changes }
  })
}) {
  static readonly layer = Layer.effect(Sources, this.make)
}
