// Workspaces and profiles. A local host has one of each, made on its first start.
import { Journal, Views } from "@executor-v2/persistence-ports"
import { ProfileId, WorkspaceId, type Actor, type HostFailure, type Timestamp } from "@executor-v2/schema"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { hostFailure } from "./Commits.ts"

export const defaultWorkspace = WorkspaceId.make("default")
export const defaultProfile = ProfileId.make("default")

const system: Actor = { kind: "system" }

export class Workspaces extends Context.Service<Workspaces>()("@executor-v2/domain/Workspaces", {
  make: Effect.gen(function* () {
    const journal = yield* Journal
    const views = yield* Views

    /** Creates a workspace with its profile `default` unless it is there. Two at once make one. */
    const ensure = Effect.fn("Workspaces.ensure")(function* (
      id: WorkspaceId
    ): Effect.fn.Return<WorkspaceId, HostFailure> {
      if (Option.isSome(yield* views.get(id, "workspace", id))) return id
      const createdAt = (yield* Clock.currentTimeMillis) as Timestamp
      yield* journal
        .commit({
          workspace: id,
          actor: system,
          events: [
            { _tag: "WorkspaceCreated", workspace: { id, name: id, createdAt } },
            { _tag: "ProfileCreated", profile: { id: defaultProfile, workspace: id, name: defaultProfile, createdAt } }
          ],
          expect: [{ entity: { kind: "workspace", id }, revision: 0 }]
        })
        .pipe(
          Effect.catchReason("JournalError", "Conflict", () => Effect.void),
          Effect.mapError(hostFailure)
        )
      return id
    })

    return { ensure, ensureDefault: () => ensure(defaultWorkspace), list: views.workspaces }
  })
}) {
  static readonly layer = Layer.effect(Workspaces, this.make)
}
