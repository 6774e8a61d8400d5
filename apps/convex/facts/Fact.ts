// What a fact is: a sentence that the product relies on, and a way to ask a backend whether it holds.
import { ConvexHttpClient } from "convex/browser"
import { makeFunctionReference } from "convex/server"
import type { Value } from "convex/values"

/** A backend to which the probes are deployed. */
export interface Backend {
  readonly url: string
  readonly siteUrl: string
  /** Seconds after which it ends actions (`V8_ACTION_USER_TIMEOUT_SECS`), when that is short enough to wait for. */
  readonly actionSeconds?: number
}

/** Where a fact can be seen. What the harness cannot show is said with the reason. */
export type Seen = "anywhere" | { readonly onlyOnABackend: string }

export interface Fact {
  /** Short and stable: `docs/convex-facts.md` has a row for it. */
  readonly name: string
  readonly says: string
  readonly seen: Seen
  /** Why this backend cannot be asked, where it must be started in a certain way for it. */
  readonly hindered?: (backend: Backend) => string | undefined
  /** Resolves with what was observed, in a few words; rejects when the fact does not hold. */
  readonly check: (probe: Probe) => Promise<string>
}

/** The ways to ask. */
export class Probe {
  readonly backend: Backend
  /** Different in every check, so that checks may be repeated on one backend. */
  readonly id = Array.from(crypto.getRandomValues(new Uint8Array(6)), (byte) => (byte % 36).toString(36)).join("")
  readonly #client: ConvexHttpClient

  constructor(backend: Backend) {
    this.backend = backend
    this.#client = new ConvexHttpClient(backend.url, { logger: false })
  }

  query(name: string, args: Record<string, Value> = {}): Promise<unknown> {
    return this.#client.query(makeFunctionReference<"query">(name), args)
  }
  mutation(name: string, args: Record<string, Value> = {}): Promise<unknown> {
    return this.#client.mutation(makeFunctionReference<"mutation">(name), args, { skipQueue: true })
  }
  action(name: string, args: Record<string, Value> = {}): Promise<unknown> {
    return this.#client.action(makeFunctionReference<"action">(name), args)
  }
  /** An HTTP action of the probes. */
  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(this.backend.siteUrl + path, init)
  }

  /** When each mark of that name was set; `null` for those without a time. */
  async marks(name: string): Promise<ReadonlyArray<number | null>> {
    return (await this.query("probes:marks", { name })) as ReadonlyArray<number | null>
  }

  /** Asks again and again until the answer is one, for so many seconds. */
  async until<A>(what: string, ask: () => Promise<A | undefined>, seconds = 30): Promise<A> {
    const end = Date.now() + seconds * 1000
    for (;;) {
      const answer = await ask()
      if (answer !== undefined) return answer
      if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /** A mark of that name, once it is there. */
  marked(name: string, seconds?: number): Promise<number | null> {
    return this.until(name, async () => (await this.marks(name))[0], seconds)
  }
}

/** As JSON, with keys in one order: backends have their own. */
const written = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([one], [other]) => (one < other ? -1 : 1)))
      : inner
  )

/** Throws when the two differ. */
export const same = (actual: unknown, expected: unknown, what = "it"): void => {
  if (written(actual) !== written(expected)) throw new Error(`${what} is ${written(actual)}, not ${written(expected)}`)
}

/** What somebody was told who was refused. Throws when nobody refused. */
export const refusal = async (asked: Promise<unknown>, what: string): Promise<string> => {
  const [result] = await Promise.allSettled([asked])
  if (result.status === "fulfilled") throw new Error(`${what} was accepted`)
  return result.reason instanceof Error ? result.reason.message : String(result.reason)
}

/** The first line with words of an error, without Convex's own head. */
export const words = (message: string): string =>
  (message.split("\n").find((line) => !/^\[|^\s*$/.test(line)) ?? message).replace(/^Uncaught /, "").slice(0, 160)
