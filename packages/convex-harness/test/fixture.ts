// The fixture's harness, and references to its functions.
import { join } from "node:path"
import { makeFunctionReference } from "convex/server"
import { startHarness } from "../src/index.ts"
import type { Harness, HarnessOptions } from "../src/index.ts"

export const folder = join(import.meta.dirname, "fixtures/convex")

/** What a slow, busy machine may take. */
export const patient = { testTimeout: 60_000, hookTimeout: 60_000 }

export const start = (options: Partial<HarnessOptions> = {}): Promise<Harness> =>
  startHarness({ functions: folder, ...options })

export const query = (name: string) => makeFunctionReference<"query">(name)
export const mutation = (name: string) => makeFunctionReference<"mutation">(name)
export const action = (name: string) => makeFunctionReference<"action">(name)

/** An unsigned token, which the harness takes by default. */
export const tokenOf = (subject: string): string =>
  [{ alg: "none" }, { sub: subject, iss: "https://issuer.test", iat: 1_700_000_000, exp: 4_000_000_000 }]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".") + "."

export const post = (url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, { method: "POST", body: typeof body === "string" ? body : JSON.stringify(body), headers })
