// The Views on tables: each read is a query of its own, and long lists come in pages.
import { Views, type ListQuery, type Versioned } from "@executor-v2/persistence-ports"
import type { EntityKind, EntityOf, WorkspaceId } from "@executor-v2/schema"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Calls from "./Calls.ts"
import { ConvexCaller } from "./ConvexCaller.ts"

const versioned = <K extends EntityKind>({ entityJson, revision }: Calls.Row): Versioned<EntityOf<K>> => ({
  revision,
  entity: JSON.parse(entityJson) as EntityOf<K>
})

const make = Effect.gen(function* () {
  const { ask } = yield* ConvexCaller

  const get = <K extends EntityKind>(workspace: WorkspaceId, kind: K, id: string) =>
    ask(Calls.get, { workspace, kind, id }).pipe(
      Effect.map((row) => Option.map(Option.fromNullOr(row), versioned<K>)),
      Effect.orDie
    )

  const list = Effect.fnUntraced(function* <K extends EntityKind>(
    workspace: WorkspaceId,
    kind: K,
    { newestFirst = false, ...query }: ListQuery = {}
  ) {
    const limit = query.limit ?? Number.POSITIVE_INFINITY
    const rows: Array<Versioned<EntityOf<K>>> = []
    let after = query.after
    while (rows.length < limit) {
      const page = yield* ask(Calls.list, {
        workspace,
        kind,
        newestFirst,
        ...(query.run === undefined ? {} : { run: query.run }),
        ...(query.state === undefined ? {} : { state: query.state }),
        ...(after === undefined ? {} : { after }),
        ...(limit === Number.POSITIVE_INFINITY ? {} : { limit: limit - rows.length })
      })
      for (const row of page.rows) rows.push(versioned<K>(row))
      if (page.next === null) break
      after = page.next
    }
    return rows
  }, Effect.orDie)

  const workspaces = Effect.gen(function* () {
    const found: Array<WorkspaceId> = []
    let after: string | null = ""
    while (after !== null) {
      const page: typeof Calls.workspaces.returns.Type = yield* ask(Calls.workspaces, { after })
      found.push(...page.workspaces)
      after = page.next
    }
    return found
  }).pipe(Effect.orDie)

  return Views.of({ get, list, workspaces })
})

export const layer: Layer.Layer<Views, never, ConvexCaller> = Layer.effect(Views, make)
