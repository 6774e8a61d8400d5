// Who may come in: every request and every upgrade is judged here, from its own facts, before anything of it is read.
// A loopback address is no boundary: pages in the user's browser reach it, and any process may sit on a port.

/** What a key opens: the owner's every door, an agent's only the one to MCP. */
export type KeyKind = "owner" | "agent"

/** Who holds the key that was shown. */
export interface Principal {
  readonly kind: KeyKind
  /** Names the key without telling it; another after a rotation. */
  readonly id: string
}

/** What is known of a request before its body. `rawHeaders` is Node's flat list: doubled headers still show in it. */
export interface Knock {
  readonly method: string
  /** The request target as received. */
  readonly target: string
  readonly rawHeaders: ReadonlyArray<string>
  readonly upgrade: boolean
}

export interface House {
  readonly port: number
  /** Whose key this is. Must not tell by its timing how much of a wrong key was right. */
  readonly principalOf: (key: string) => Principal | undefined
}

/**
 * The whole surface. `opens` empty: no key and no state. `socket`: may become one, and then the key may follow, because
 * a browser cannot put it on an upgrade.
 */
const doors = {
  "/health": { name: "health", methods: ["GET", "HEAD"], opens: [], socket: false },
  "/challenge": { name: "challenge", methods: ["POST"], opens: [], socket: false },
  "/mcp": { name: "mcp", methods: ["POST", "GET", "DELETE"], opens: ["owner", "agent"], socket: false },
  "/rpc": { name: "rpc", methods: ["POST"], opens: ["owner"], socket: true }
} as const satisfies Record<
  string,
  {
    readonly name: string
    readonly methods: ReadonlyArray<string>
    readonly opens: ReadonlyArray<KeyKind>
    readonly socket: boolean
  }
>

export type DoorName = (typeof doors)[keyof typeof doors]["name"]
type Door = (typeof doors)[keyof typeof doors]

export type Answer =
  | { readonly _tag: "Open"; readonly door: DoorName; readonly principal: Principal | undefined }
  | { readonly _tag: "Refused"; readonly status: number; readonly message: string }

const refused = (status: number, message: string): Answer => ({ _tag: "Refused", status, message })

export const noKey =
  "A key is needed, in the header `authorization: Bearer KEY` only. " +
  "Agents use the one in the file `agent-token` of the data folder, which opens /mcp only; yours is in `token`. " +
  "`executor pm status` says where the folder is."
export const wrongKey =
  "This key does not open anything here: it is wrong, or it was replaced. " +
  "`executor pm status` says where the current one is."
export const agentKey = "This is an agent's key. It opens /mcp only; everything else is for this daemon's owner."

const hostNames = ["127.0.0.1", "localhost", "[::1]"]
const jsonTypes = new Set(["application/json", "application/x-ndjson"])
const keyParameters = /[?&](?:token|key|api_key|access_token|authorization)=/i

/** All values of a header, so that a doubled one cannot show one face here and another further in. */
const valuesOf = (rawHeaders: ReadonlyArray<string>, name: string): ReadonlyArray<string> => {
  const values: Array<string> = []
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if (rawHeaders[index]!.toLowerCase() === name) values.push(rawHeaders[index + 1]!)
  }
  return values
}

/** A page that was rebound to this address by DNS still says its own name in Host and Origin. */
const foreign = (knock: Knock, port: number): Answer | undefined => {
  const hosts = valuesOf(knock.rawHeaders, "host")
  if (hosts.length !== 1 || !hostNames.some((name) => hosts[0] === `${name}:${port}`)) {
    return refused(403, `The Host header must be exactly one of ${hostNames.join(", ")}, with port ${port}.`)
  }
  const origins = valuesOf(knock.rawHeaders, "origin")
  const own = origins.length === 1 && hostNames.some((name) => origins[0] === `http://${name}:${port}`)
  if (origins.length > 0 && !own) return refused(403, "Pages of other origins may not talk to this daemon.")
  const sites = valuesOf(knock.rawHeaders, "sec-fetch-site")
  if (!own && sites.some((site) => site !== "same-origin" && site !== "none")) {
    return refused(403, "Pages of other sites may not talk to this daemon.")
  }
  return undefined
}

/** The bearer key, `undefined` when none was sent, `""` when what was sent is no single bearer key. */
const bearerOf = (rawHeaders: ReadonlyArray<string>): string | undefined => {
  const values = valuesOf(rawHeaders, "authorization")
  if (values.length === 0) return undefined
  return values.length > 1 ? "" : (/^bearer +([A-Za-z0-9_-]{1,128}) *$/i.exec(values[0]!)?.[1] ?? "")
}

const unacceptable = (knock: Knock, door: Door): Answer | undefined => {
  if (knock.upgrade && !door.socket) return refused(400, "Nothing to upgrade to here.")
  const methods: ReadonlyArray<string> = knock.upgrade ? ["GET"] : door.methods
  if (!methods.includes(knock.method)) return refused(405, `Only ${methods.join(", ")} is answered here.`)
  if (knock.method !== "POST") return undefined
  const types = valuesOf(knock.rawHeaders, "content-type")
  const essence = types[0]?.split(";", 1)[0]!.trim().toLowerCase() ?? ""
  if (types.length === 1 && jsonTypes.has(essence)) return undefined
  return refused(415, "The content type must be application/json.")
}

/** Decides about one request. A door that opens says whose key opened it; absent when none was needed yet. */
export const checkDoor = (knock: Knock, house: House): Answer => {
  const stranger = foreign(knock, house.port)
  if (stranger) return stranger
  const [path = ""] = knock.target.split("?", 1)
  const door: Door | undefined = Object.hasOwn(doors, path) ? doors[path as keyof typeof doors] : undefined
  const open = door !== undefined && door.opens.length === 0
  let principal: Principal | undefined
  if (!open) {
    const key = bearerOf(knock.rawHeaders)
    const keyFollows = key === undefined && knock.upgrade && door?.socket === true && !keyParameters.test(knock.target)
    principal = key ? house.principalOf(key) : undefined
    if (principal === undefined && !keyFollows) return refused(401, key === undefined ? noKey : wrongKey)
    const opens: ReadonlyArray<KeyKind> = door?.opens ?? ["owner"]
    if (principal !== undefined && !opens.includes(principal.kind)) return refused(403, agentKey)
  }
  if (door === undefined) return refused(404, `There is nothing here. The doors are ${Object.keys(doors).join(", ")}.`)
  return unacceptable(knock, door) ?? { _tag: "Open", door: door.name, principal }
}
