// Small valid entities for the contract suites.
import type { Actor, EntityOf, Event, Timestamp } from "@executor-v2/schema"
import { CatalogVersion, RunId, SourceName, ToolCallId, ToolPath, WorkspaceId } from "@executor-v2/schema"

export const workspace = WorkspaceId.make("default")
export const otherWorkspace = WorkspaceId.make("other")
export const owner: Actor = { kind: "owner", client: "contract" }
const at = 1_700_000_000_000 as Timestamp

export const sourceDrafted = (name: string): Event => ({
  _tag: "SourceDrafted",
  source: {
    name: SourceName.make(name),
    kind: "openapi",
    location: { _tag: "Url", url: "https://api.example.com/openapi.json" },
    privateOrigins: [],
    addedBy: "owner",
    state: "draft",
    needs: [],
    toolCount: 0,
    warnings: [],
    addedAt: at,
    updatedAt: at
  }
})

export const sourceProbing = (name: string): Event => ({ _tag: "SourceProbing", name: SourceName.make(name) })
export const sourceRemoved = (name: string): Event => ({ _tag: "SourceRemoved", name: SourceName.make(name) })

export const runId = (suffix: string): RunId => RunId.make(`run_${suffix}`)

export const runOpened = (suffix: string): Event => ({
  _tag: "RunOpened",
  run: {
    id: runId(suffix),
    status: "running",
    code: "return 1",
    actor: owner,
    replay: { seed: "seed", startedAt: at, catalog: CatalogVersion.make("v") },
    attempt: 1,
    createdAt: at,
    logs: [],
    logsTruncated: false,
    callCount: 0
  }
})

export const runEnded = (suffix: string): Event => ({
  _tag: "RunEnded",
  id: runId(suffix),
  status: "completed",
  result: { _tag: "Inline", json: "1" },
  logs: ["line"],
  logsTruncated: false,
  callCount: 0
})

export const call = (run: string, suffix: string): EntityOf<"toolCall"> => ({
  id: ToolCallId.make(`call_${run}${suffix}`),
  run: runId(run),
  key: { path: ToolPath.make("api.get"), argumentsHash: "0".repeat(64), occurrence: 0 },
  argumentsPreview: "{}",
  hasEffects: true,
  startedAt: at
})

export const workspaceCreated = (id: typeof workspace): Event => ({
  _tag: "WorkspaceCreated",
  workspace: { id, name: id, createdAt: at }
})
