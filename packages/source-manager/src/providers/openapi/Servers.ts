// Where calls go: the first server of a description that has an absolute HTTP address.
import { sourceError } from "../../Provider.ts"
import { isObject, own, ownArray, ownString } from "../../json-schema/Refs.ts"

export interface ServerOptions {
  /** Address of the description: relative servers start there. */
  readonly origin?: string
  /** Takes the place of every server. */
  readonly baseUrl?: string
}

export interface Servers {
  /** Base address, without a slash at its end, of the nearest list of servers that has a usable one. */
  readonly baseFor: (...lists: ReadonlyArray<unknown>) => string | undefined
}

const next = "Give the address that calls should go to (--base-url URL)."

const normal = (url: URL): string => `${url.origin}${url.pathname}`.replace(/\/+$/, "")

const parseUrl = (address: string, origin: string | undefined): URL | undefined => {
  try {
    const url = new URL(address, origin)
    const isWeb = url.protocol === "http:" || url.protocol === "https:"
    return isWeb && url.username === "" && url.password === "" ? url : undefined
  } catch {
    return undefined
  }
}

/** An address of a server with each variable's default put in; `undefined` when one has none. */
const withDefaults = (server: unknown): string | undefined => {
  const address = ownString(server, "url")
  if (address === undefined || address.length > 2_000) return undefined
  let complete = true
  const variables = own(server, "variables")
  const filled = address.replace(/\{([^{}]*)\}/g, (_, name: string) => {
    const variable = own(variables, name)
    const value = own(variable, "default") ?? ownArray(variable, "enum")[0]
    if (typeof value !== "string" && typeof value !== "number") complete = false
    return String(value)
  })
  return complete ? filled : undefined
}

/** Throws `SourceError` when the override is no HTTP address. */
export const makeServers = (options: ServerOptions): Servers => {
  let override: string | undefined
  if (options.baseUrl !== undefined) {
    const url = parseUrl(options.baseUrl, undefined)
    if (url === undefined) {
      throw sourceError(
        "unsupported",
        `the base address ${JSON.stringify(options.baseUrl.slice(0, 200))} is not an http or https URL without user name and password.`
      )
    }
    override = normal(url)
  }
  const known = new Map<unknown, string | undefined>()
  const firstUsable = (servers: ReadonlyArray<unknown>): string | undefined => {
    if (known.has(servers)) return known.get(servers)
    let found: string | undefined
    for (const server of servers.slice(0, 50)) {
      const address = isObject(server) ? withDefaults(server) : undefined
      const url = address === undefined ? undefined : parseUrl(address, options.origin)
      if (url === undefined) continue
      found = normal(url)
      break
    }
    known.set(servers, found)
    return found
  }
  return {
    baseFor: (...lists) => {
      if (override !== undefined) return override
      for (const list of lists) {
        if (!Array.isArray(list) || list.length === 0) continue
        const found = firstUsable(list)
        if (found !== undefined) return found
      }
      const origin = options.origin === undefined ? undefined : parseUrl(options.origin, undefined)
      return lists.some((list) => Array.isArray(list) && list.length > 0) ? undefined : origin?.origin
    }
  }
}

/** None of a description's operations can be called, as nothing says where. */
export const noServer = () =>
  sourceError(
    "invalid_specification",
    `the description names no server with an absolute http or https address. ${next}`
  )
