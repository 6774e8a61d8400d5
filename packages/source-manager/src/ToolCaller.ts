// On whose behalf a tool is called, and in which catalog.
import type { Actor, WorkspaceId } from "@executor-v2/schema"
import type { CatalogSnapshot } from "./catalog/CatalogSnapshot.ts"

export interface ToolCaller {
  readonly workspace: WorkspaceId
  readonly actor: Actor
  readonly catalog: CatalogSnapshot
}
