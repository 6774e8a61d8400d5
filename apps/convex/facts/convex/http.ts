// HTTP actions that tell what reached them.
import { httpActionGeneric, httpRouter, makeFunctionReference, type GenericActionCtx } from "convex/server"

const http = httpRouter()
const marks = makeFunctionReference<"query">("probes:marks")
const markIt = makeFunctionReference<"mutation">("probes:mark")
const schedule = makeFunctionReference<"mutation">("probes:schedule")

const nameOf = (request: Request): string => new URL(request.url).searchParams.get("name") ?? ""

/** Waits for a mark, for so many seconds at most. */
const marked = async (ctx: GenericActionCtx<never>, name: string, seconds: number): Promise<boolean> => {
  const until = Date.now() + seconds * 1000
  while (((await ctx.runQuery(marks, { name })) as ReadonlyArray<unknown>).length === 0) {
    if (Date.now() > until) return false
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  return true
}

http.route({
  path: "/echo",
  method: "POST",
  handler: httpActionGeneric(async (_, request) =>
    Response.json({
      url: request.url,
      authorization: request.headers.get("authorization"),
      bytes: (await request.arrayBuffer()).byteLength
    })
  )
})

http.route({
  path: "/elsewhere",
  method: "GET",
  handler: httpActionGeneric(
    async () => new Response(null, { status: 302, headers: { location: "http://127.0.0.1:1/" } })
  )
})

/** Says one word, and the next only when it was told that the first has arrived. */
http.route({
  path: "/words",
  method: "GET",
  handler: httpActionGeneric(async (ctx, request) => {
    const name = nameOf(request)
    let words = 0
    const body = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        words += 1
        const heard = words === 1 || (await marked(ctx as never, `heard ${name}`, 60))
        controller.enqueue(new TextEncoder().encode(heard ? `word ${words}\n` : "nobody heard\n"))
        if (words === 2) controller.close()
      },
      cancel: async () => {
        await ctx.runMutation(markIt, { name: `gone ${name}` })
      }
    })
    return new Response(body)
  })
})

/** Starts a scheduled action and waits for it: what a run is, seen from the door. */
http.route({
  path: "/waits",
  method: "POST",
  handler: httpActionGeneric(async (ctx, request) => {
    const name = nameOf(request)
    await ctx.runMutation(schedule, { job: "answer", name })
    const answered = await marked(ctx as never, `answered ${name}`, 60)
    return new Response(answered ? "answered" : "never started", { status: answered ? 200 : 504 })
  })
})

export default http
