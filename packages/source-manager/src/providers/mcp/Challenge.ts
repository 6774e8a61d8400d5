// What a server that answers 401 wants: `WWW-Authenticate` read into what a person is told (RFC 9110 §11.6.1).
import type { CredentialNeed } from "@executor-v2/schema"
import { cut, oneLine } from "../../json-schema/Prose.ts"

/** Longest header looked at: it comes from a stranger. */
const longest = 4_000

/** `key=value` and `key="value"` pairs, names in lower case. */
const parameters = (text: string): Readonly<Record<string, string>> => {
  const found: Record<string, string> = {}
  for (const [, name, quoted, plain] of text.matchAll(
    /([A-Za-z_-]{1,40})\s{0,4}=\s{0,4}(?:"([^"]{0,1000})"|([^\s,"]{1,1000}))/g
  )) {
    found[name!.toLowerCase()] ??= quoted ?? plain ?? ""
  }
  return found
}

const header = (prefix: string) => ({ in: "header", name: "Authorization", prefix }) as const

/** Never empty: a server that does not say what it wants still wants something. */
export const needsOf = (challenge: string): readonly [CredentialNeed, ...Array<CredentialNeed>] => {
  const text = challenge.slice(0, longest)
  const scheme = /^\s*([A-Za-z][\w-]{0,40})/.exec(text)?.[1] ?? ""
  const said = parameters(text)
  const words = [said["error_description"], said["realm"]].find((one) => one !== undefined && one !== "")
  const description = words === undefined ? {} : { description: cut(oneLine(words), 200) }
  switch (scheme.toLowerCase()) {
    case "bearer": {
      // A server that names its authorization server wants OAuth (MCP, Authorization; RFC 9728 §5.1).
      const oauth = said["resource_metadata"] !== undefined
      const scopes =
        said["scope"]
          ?.split(/\s+/)
          .filter((one) => one !== "")
          .slice(0, 50) ?? []
      return [
        {
          scheme: oauth ? "oauth2" : "bearer",
          kind: oauth ? "oauth2" : "bearer",
          placement: header("Bearer "),
          ...(scopes.length === 0 ? {} : { scopes }),
          ...description
        }
      ]
    }
    case "basic":
      return [{ scheme: "basic", kind: "basic", placement: header("Basic "), ...description }]
    default:
      return [{ scheme: scheme === "" ? "unknown" : scheme, kind: "unknown", ...description }]
  }
}
