// Who stands behind an MCP request: settled by the door before the gateway is reached, shown later in the audit trail.
import type { Actor, WorkspaceId } from "@executor-v2/schema"

/** The holder of the key that opened the door. */
export interface Principal {
  readonly workspace: WorkspaceId
  readonly kind: "owner" | "agent"
  /** Names the key, never the key itself. Sessions belong to it. */
  readonly id: string
  /** How long this key's client is known to wait for an answer, in milliseconds, when its configuration said so. */
  readonly patienceMs?: number
}

/** What a client says about itself (`clientInfo`). Untrusted. */
export interface ClientInfo {
  readonly name: string
  readonly version?: string
}

const clientLength = 80

/** The actor of a run: kind from the key, name from the client, cut and without control characters. */
export const actorOf = (principal: Principal, client: ClientInfo | undefined): Actor => {
  if (client === undefined) return { kind: principal.kind }
  const said = client.version === undefined ? client.name : `${client.name}/${client.version}`
  const shown = said.replace(/[\p{Cc}\p{Cf}]/gu, "").slice(0, clientLength)
  return shown === "" ? { kind: principal.kind } : { kind: principal.kind, client: shown }
}
