// State is the fold of events, one entity at a time: an adapter loads only the entities that an event names.
import type { Entity, EntityKind, EntityOf, EntityRef, Event, EventEnvelope, Source } from "@executor-v2/schema"
import * as Option from "effect/Option"

const ref = (kind: EntityKind, id: string): EntityRef => ({ kind, id })

/** The entities that an event changes. */
export const entitiesOf = (event: Event): ReadonlyArray<EntityRef> => {
  switch (event._tag) {
    case "WorkspaceCreated":
      return [ref("workspace", event.workspace.id)]
    case "ProfileCreated":
      return [ref("profile", event.profile.id)]
    case "SourceDrafted":
      return [ref("source", event.source.name)]
    case "SourceProbing":
    case "SourceAuthRequired":
    case "SourceConnected":
    case "SourceFailed":
      return [ref("source", event.name)]
    case "SourceRemoved":
      return [ref("source", event.name), ref("toolArtifact", event.name)]
    case "ToolsCompiled":
      return [ref("toolArtifact", event.artifact.source)]
    case "PolicySet":
      return [ref("policy", event.policy.id)]
    case "PolicyRemoved":
      return [ref("policy", event.id)]
    case "CredentialStored":
      return [ref("credential", event.credential.id)]
    case "CredentialRemoved":
      return [ref("credential", event.id)]
    case "OAuthTokenStored":
      return [ref("oauthToken", event.token.id)]
    case "OAuthTokenRemoved":
      return [ref("oauthToken", event.id)]
    case "InputRequested":
      return [ref("input", event.input.id)]
    case "InputAnswered":
    case "InputClosed":
      return [ref("input", event.id)]
    case "RunOpened":
      return [ref("run", event.run.id)]
    case "RunMoved":
    case "RunEnded":
      return [ref("run", event.id)]
    case "ToolCallIntended":
    case "ToolCallRecorded":
      return [ref("toolCall", event.call.id)]
    case "ToolCallSettled":
      return [ref("toolCall", event.id)]
    case "SyncAdvanced":
      return [ref("sync", event.sync.target)]
  }
}

/** An event that names a thing that is not there changes nothing: the precondition of its commit forbade it. */
const change = <A extends Entity>(
  current: Option.Option<Entity>,
  with_: (entity: A) => Entity
): Option.Option<Entity> => Option.map(current, (entity) => with_(entity as A))

const moveSource = (
  current: Option.Option<Entity>,
  at: Source["updatedAt"],
  fields: Partial<Source>
): Option.Option<Entity> =>
  change<Source>(current, ({ failure: _, ...source }) => ({ ...source, needs: [], ...fields, updatedAt: at }))

const removals: ReadonlySet<Event["_tag"]> = new Set<Event["_tag"]>([
  "SourceRemoved",
  "PolicyRemoved",
  "CredentialRemoved",
  "OAuthTokenRemoved"
])

/** What an entity is after one event that names it. Pure; `None` is "does not exist". */
export const fold = (current: Option.Option<Entity>, { event, at }: EventEnvelope): Option.Option<Entity> => {
  if (removals.has(event._tag)) return Option.none()
  switch (event._tag) {
    case "WorkspaceCreated":
      return Option.some(event.workspace)
    case "ProfileCreated":
      return Option.some(event.profile)
    case "SourceDrafted":
      return Option.some(event.source)
    case "SourceProbing":
      return moveSource(current, at, { state: "probing" })
    case "SourceAuthRequired":
      return moveSource(current, at, { state: "auth_required", kind: event.kind, needs: event.needs })
    case "SourceConnected":
      return moveSource(current, at, {
        state: "connected",
        kind: event.kind,
        privateOrigins: event.privateOrigins,
        toolCount: event.toolCount,
        warnings: event.warnings,
        ...(event.title === undefined ? {} : { title: event.title })
      })
    case "SourceFailed":
      return moveSource(current, at, { state: "error", failure: event.failure })
    case "ToolsCompiled":
      return Option.some(event.artifact)
    case "PolicySet":
      return Option.some(event.policy)
    case "CredentialStored":
      return Option.some(event.credential)
    case "OAuthTokenStored":
      return Option.some(event.token)
    case "InputRequested":
      return Option.some(event.input)
    case "InputAnswered":
      return change<EntityOf<"input">>(current, (input) => ({ ...input, state: "answered", answer: event.answer }))
    case "InputClosed":
      return change<EntityOf<"input">>(current, (input) => ({ ...input, state: event.state }))
    case "RunOpened":
      return Option.some(event.run)
    case "RunMoved":
      return change<EntityOf<"run">>(current, (run) => ({ ...run, status: event.status, attempt: event.attempt }))
    case "RunEnded": {
      const { _tag, id, ...end } = event
      return change<EntityOf<"run">>(current, (run) => ({ ...run, ...end, endedAt: at }))
    }
    case "ToolCallIntended":
    case "ToolCallRecorded":
      return Option.some(event.call)
    case "ToolCallSettled": {
      const { _tag, id, run, ...end } = event
      return change<EntityOf<"toolCall">>(current, (call) => ({ ...call, ...end }))
    }
    case "SyncAdvanced":
      return Option.some(event.sync)
    default:
      return current
  }
}
