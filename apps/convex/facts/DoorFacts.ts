// Facts of the doors: what reaches an HTTP action, what leaves it, and who may call what.
import { type Fact, refusal, same, words } from "./Fact.ts"

/** More than the site port's own proxy handles at once, and than scheduled actions run at once by default. */
const waiting = 12

interface Echo {
  readonly url: string
  readonly authorization: string | null
  readonly bytes: number
}

const post = (body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}): RequestInit => ({
  method: "POST",
  body,
  headers
})

export const doorFacts: ReadonlyArray<Fact> = [
  {
    name: "internal",
    says: "Clients cannot call internal functions.",
    seen: "anywhere",
    check: async (probe) => words(await refusal(probe.mutation("jobs:tick"), "the internal function"))
  },
  {
    name: "bearer",
    says: "A bearer token that is no JWT reaches the HTTP action as it was sent.",
    seen: "anywhere",
    check: async (probe) => {
      const authorization = "Bearer executor_owner_0123456789-_abcdef"
      const response = await probe.fetch("/echo", post("x", { authorization }))
      same(((await response.json()) as Echo).authorization, authorization, "the header")
      return "as sent"
    }
  },
  {
    name: "request-url",
    says: "The action sees the origin that the client asked: what a page's Origin is compared with.",
    seen: "anywhere",
    check: async (probe) => {
      const { url } = (await (await probe.fetch("/echo?a=1", post("x"))).json()) as Echo
      same(url, `${new URL(probe.backend.siteUrl).origin}/echo?a=1`, "the address")
      return url
    }
  },
  {
    name: "body-limit",
    says: "A request body of 20 MiB is the most that arrives; a larger one is answered with 413.",
    seen: "anywhere",
    check: async (probe) => {
      const fits = (await (await probe.fetch("/echo", post(new Uint8Array(19 * 1024 * 1024)))).json()) as Echo
      same(fits.bytes, 19 * 1024 * 1024, "what arrived of 19 MiB")
      const { status } = await probe.fetch("/echo", post(new Uint8Array(21 * 1024 * 1024)))
      same(status, 413, "the status for 21 MiB")
      return "413"
    }
  },
  {
    name: "live-chunks",
    says: "What an HTTP action writes reaches the client at once, not when it has ended.",
    seen: "anywhere",
    check: async (probe) => {
      const response = await probe.fetch(`/words?name=${probe.id}`)
      const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
      same((await reader.read()).value, "word 1\n", "the first chunk")
      await probe.mutation("probes:mark", { name: `heard ${probe.id}` })
      let rest = ""
      for (let next = await reader.read(); !next.done; next = await reader.read()) rest += next.value
      same(rest, "word 2\n", "the rest")
      return "the second word came after the first was heard"
    }
  },
  {
    name: "client-gone",
    says: "A client that goes away cancels the stream of its HTTP action.",
    seen: "anywhere",
    check: async (probe) => {
      const controller = new AbortController()
      const response = await probe.fetch(`/words?name=${probe.id}`, { signal: controller.signal })
      await response.body!.getReader().read()
      controller.abort()
      // The stream is looked at again when it has its next word.
      await probe.mutation("probes:mark", { name: `heard ${probe.id}` })
      await probe.marked(`gone ${probe.id}`, 20)
      return "cancelled"
    }
  },
  {
    name: "waiting-requests",
    says: `${waiting} requests that each wait for a scheduled action of their own all get their answer.`,
    seen: "anywhere",
    check: async (probe) => {
      const start = Date.now()
      const answers = await Promise.all(
        Array.from({ length: waiting }, async (_, index) => {
          const response = await probe.fetch(`/waits?name=${probe.id}${index}`, { method: "POST" })
          return `${response.status} ${await response.text()}`
        })
      )
      same([...new Set(answers)], ["200 answered"], "the answers")
      return `${waiting} in ${Date.now() - start} ms`
    }
  }
]
