// The remote adapter against real servers: the contract as a host in the cloud serves it, and everything else that may answer at
// an address that somebody typed.
import type { ServerResponse } from "node:http"
import type { Source, TaskRun } from "@executor-v2/schema"
import { Refused } from "@executor-v2/schema"
import { Effect, Stream } from "effect"
import { describe, expect, it } from "vitest"
import { checkApiUrl, readAddresses, remote, type RemoteOptions } from "../src/adapters/Remote.ts"
import { ConnectError, Executor, RequestTooLarge } from "../src/index.ts"
import { deploy, json, serve, token, type Answer, type Deployment } from "./TestDeployment.ts"

const connect = (options: RemoteOptions) =>
  Executor.create({ adapter: remote({ version: "2.0.0", client: "test", pauseMs: 1, ...options }) })

const open = async (deployment: Deployment, options: Partial<RemoteOptions> = {}) => {
  const { at, site } = await deploy(deployment)
  const executor = await connect({ ...at, ...options })
  return { executor, site }
}

const failure = async (promise: Promise<unknown>): Promise<Error> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason as Error
  )
  expect(error).toBeInstanceOf(Error)
  expect(error!.message).not.toContain(token)
  return error!
}

const reasonOf = async (promise: Promise<unknown>) => {
  const error = await failure(promise)
  expect(error).toBeInstanceOf(ConnectError)
  return (error as ConnectError).reason
}

const status = {
  version: "2.0.0",
  api: { min: 1, max: 1 },
  kind: "remote",
  workspace: "default",
  startedAt: 1,
  sources: 0,
  tools: 0,
  activeRuns: 0
}

const run = (change: object = {}) =>
  ({
    id: "run_1",
    code: "return 1",
    actor: { kind: "owner" },
    status: "running",
    createdAt: 1,
    callCount: 0,
    logs: [],
    logsTruncated: false,
    attempt: 1,
    replay: { seed: "s", startedAt: 1, catalog: "c" },
    ...change
  }) as unknown as TaskRun

const source = (state: Source["state"], updatedAt: number) =>
  ({
    name: "shop",
    location: { _tag: "Url", url: "https://shop.example" },
    privateOrigins: [],
    addedBy: "owner",
    state,
    needs: [],
    toolCount: 0,
    warnings: [],
    addedAt: 1,
    updatedAt
  }) as unknown as Source

const collect = async <A>(items: AsyncIterable<A>): Promise<ReadonlyArray<A>> => {
  const all: Array<A> = []
  for await (const item of items) all.push(item)
  return all
}

describe("a deployment that works", () => {
  it("answers calls, and is told the token and who calls", async () => {
    const { executor, site } = await open({ handlers: { "Host.Status": () => Effect.succeed(status) } })
    expect(await executor.host.status()).toEqual(status)
    expect(executor.at).toMatchObject({ url: site.url, mcpUrl: `${site.url}/mcp`, version: "2.0.0" })
    expect(site.heard.map(({ path, headers }) => [path, headers.authorization, headers["x-executor-client"]])).toEqual([
      ["/health", undefined, undefined],
      ["/rpc", `Bearer ${token}`, "test/2.0.0"]
    ])
    await executor.close()
  })

  it("tells its own errors", async () => {
    const handlers = { "Sources.Remove": () => Effect.fail(new Refused({ code: "busy", message: "later" })) }
    const { executor } = await open({ handlers })
    expect(await failure(executor.sources.remove({ name: "shop" as Source["name"] }))).toMatchObject({
      _tag: "Refused",
      code: "busy",
      message: "later"
    })
  })

  it("answers many calls at once", async () => {
    const handlers = {
      "Sources.Get": ({ name }: { name: string }) => Effect.succeed({ ...source("connected", 1), name })
    }
    const { executor } = await open({ handlers })
    const names = Array.from({ length: 20 }, (_, index) => `s${index}` as Source["name"])
    const found = await Promise.all(names.map((name) => executor.sources.get({ name })))
    expect(found.map(({ name }) => name)).toEqual(names)
  })

  it("hears that nobody waits any more, and ends the call", async () => {
    let ended = () => {}
    const over = new Promise<void>((resolve) => {
      ended = resolve
    })
    const endless = Stream.concat(Stream.make({ _tag: "Status", run: run() }), Stream.never)
    const { executor } = await open({
      handlers: {
        "Runs.Watch": () =>
          Stream.ensuring(
            endless,
            Effect.sync(() => ended())
          )
      }
    })
    for await (const update of executor.runs.watch({ run: run().id })) {
      expect(update._tag).toBe("Status")
      break
    }
    await over
  })

  it("is used under a path of its host, too", async () => {
    expect(readAddresses({ url: "https://a.test/api-of-it/", siteUrl: "https://a.test/site//" })).toEqual({
      url: "https://a.test/api-of-it",
      siteUrl: "https://a.test/site"
    })
  })
})

describe("a stream that the host ends before its time", () => {
  const updates = [
    { _tag: "Status", run: run() },
    { _tag: "Status", run: run({ callCount: 1 }) },
    { _tag: "Status", run: run({ callCount: 2, status: "completed", endedAt: 9 }) },
    { _tag: "Done", result: { status: "completed", runId: "run_1", value: 1 } }
  ]
  const watching = (handlers: Deployment["handlers"], cutAfter: Deployment["cutAfter"]) =>
    open({ ...(handlers && { handlers }), ...(cutAfter && { cutAfter }) })

  it("goes on from where it stood, and tells nothing twice", async () => {
    // Each connection begins with how things stand and brings one change before it is cut off.
    let connection = 0
    const handlers = {
      "Runs.Watch": () => {
        const begin = connection++
        return Stream.fromIterable(updates.slice(begin)).pipe(Stream.rechunk(1))
      }
    }
    const { executor, site } = await watching(handlers, () => (connection < 3 ? 2 : undefined))
    expect(await collect(executor.runs.watch({ run: run().id }))).toEqual(updates)
    expect(site.heard.filter(({ path }) => path === "/rpc").length).toBe(3)
  })

  it("is given up on when five connections in a row bring nothing", async () => {
    const { executor, site } = await watching({ "Runs.Watch": () => Stream.fromIterable(updates) }, () => 0)
    expect(await reasonOf(collect(executor.runs.watch({ run: run().id })))).toMatchObject({ _tag: "TargetUnreachable" })
    expect(site.heard.filter(({ path }) => path === "/rpc").length).toBe(6)
  })

  it("is not taken up again with a token that was revoked meanwhile", async () => {
    let refuse = false
    const site = await serve(({ path }, response) => {
      if (path === "/health") return json(response, 200, { ok: true, version: "2.0.0" })
      if (refuse) return json(response, 401, { error: `revoked: ${token}` })
      refuse = true
      return void response.destroy()
    })
    const executor = await connect({ url: site.url, siteUrl: site.url, token })
    // The very first connection broke before an answer: that one is not tried again.
    expect(await reasonOf(collect(executor.runs.watch({ run: run().id })))).toMatchObject({ _tag: "TargetUnreachable" })
    expect(await reasonOf(collect(executor.runs.watch({ run: run().id })))).toMatchObject({ _tag: "WrongKey" })
  })

  it("of a registration is not begun again: the source is looked at until it has come to rest", async () => {
    const states = [source("draft", 1), source("probing", 2), source("probing", 2), source("connected", 3)]
    let looks = 1
    const handlers = {
      "Sources.Add": () => Stream.fromIterable(states.slice(0, 2)).pipe(Stream.rechunk(1)),
      "Sources.Get": () => Effect.sync(() => states[looks++])
    }
    const { executor, site } = await watching(handlers, (body) => (body.includes("Sources.Add") ? 1 : undefined))
    const location = { _tag: "Url", url: "https://shop.example" } as const
    const told = await collect(executor.sources.add({ location }))
    expect(told.map(({ state }) => state)).toEqual(["draft", "probing", "connected"])
    expect(site.heard.filter(({ body }) => body.includes("Sources.Add")).length).toBe(1)
  })

  it("of anything that may have had effects is an error that says so", async () => {
    const { executor, site } = await watching(
      { "Runs.Execute": () => Effect.succeed({ status: "completed", runId: "run_1" }) },
      () => 0
    )
    const reason = await reasonOf(executor.runs.execute({ code: "return 1" }))
    expect(reason).toMatchObject({ _tag: "TargetUnreachable", detail: expect.stringContaining("may have been done") })
    expect(site.heard.filter(({ path }) => path === "/rpc").length).toBe(1)
  })
})

describe("an address that no token may go to is refused before anything is sent", () => {
  const good = { url: "https://happy-dog-1.convex.cloud", siteUrl: "https://happy-dog-1.convex.site" }
  it.each([
    [{ siteUrl: "http://executor.example" }, "in the clear"],
    [{ url: "http://10.0.0.1:3210" }, "in the clear"],
    [{ siteUrl: "http://127.0.0.1.evil.example" }, "in the clear"],
    [{ siteUrl: "executor.example" }, "is no address"],
    [{ siteUrl: "ftp://executor.example" }, "is no address"],
    [{ siteUrl: "https://me:secret@executor.example" }, "leave them out"],
    [{ siteUrl: "https://executor.example/?token=secret" }, "leave out what follows"],
    [{ siteUrl: "https://happy-dog-1.convex.site/mcp" }, "leave out /mcp"],
    [{ siteUrl: good.url }, "The site URL is https://happy-dog-1.convex.site"],
    [{ url: good.siteUrl }, "The API URL is https://happy-dog-1.convex.cloud"],
    [{ siteUrl: "https://a-b-1.eu-west-1.convex.cloud" }, "The site URL is https://a-b-1.eu-west-1.convex.site"],
    [{ token: "two words" }, "is no API token"],
    [{ token: "" }, "is no API token"],
    [{ token: "new\nline" }, "is no API token"]
  ])("%j: %s", async (wrong, words) => {
    let sent = 0
    const fetch = () => {
      sent++
      return Promise.reject(new Error("must not be called"))
    }
    const reason = await reasonOf(connect({ ...good, token, ...wrong, fetch }))
    expect(reason).toMatchObject({ _tag: "WrongAddress", detail: expect.stringContaining(words) })
    expect(reason.message).not.toContain("secret")
    expect(sent).toBe(0)
  })

  it("plain http is for this machine", () => {
    for (const host of ["localhost:3211", "127.0.0.1:3211", "[::1]:3211", "127.1.2.3"])
      expect(readAddresses({ url: `http://${host}`, siteUrl: `http://${host}` }).url).toBe(`http://${host}`)
  })
})

describe("what else may answer at the site URL gets no token", () => {
  const strangers: Record<string, readonly [Answer, string, string]> = {
    "the API port": [
      ({ path }, response) => (path === "/version" ? void response.end("unknown") : json(response, 404, {})),
      "WrongAddress",
      "is the deployment's API URL (--url), given as its site URL"
    ],
    "a deployment without Executor": [
      (_, response) => void response.writeHead(404).end("This Convex deployment does not have HTTP actions enabled."),
      "TargetUnreachable",
      "Executor is not deployed there"
    ],
    "a site of something else": [
      (_, response) => void response.writeHead(200, { "content-type": "text/html" }).end("<h1>Hello</h1>"),
      "TargetUnreachable",
      "something else answers there"
    ],
    "an endless answer": [
      (_, response) => {
        response.on("drain", () => response.write("x".repeat(65_536)))
        response.write("x".repeat(1_000_000))
      },
      "TargetUnreachable",
      "something else answers there"
    ],
    "a gateway whose house is down": [(_, response) => json(response, 502, {}), "TargetUnreachable", "status 502"],
    "a redirect": [
      (_, response) => void response.writeHead(302, { location: "https://elsewhere.example/x?y" }).end(),
      "WrongAddress",
      "sends its callers to https://elsewhere.example, and a token does not go along"
    ],
    "a host that hangs up": [(_, response) => void response.destroy(), "TargetUnreachable", ""],
    "one that is not ready": [
      (_, response) => json(response, 200, { ok: false, version: "2.0.0" }),
      "TargetUnreachable",
      "not ready"
    ],
    "a newer deployment": [
      (_, response) => json(response, 200, { ok: true, version: "3.0.0", apiVersion: { min: 2, max: 3 } }),
      "VersionMismatch",
      "version 3.0.0: this program is too old for it. Upgrade this program"
    ],
    "an older deployment": [
      (_, response) => json(response, 200, { ok: true, version: "1.0.0", apiVersion: { min: 0, max: 0 } }),
      "VersionMismatch",
      "the deployment is too old. Deploy the version of this program to it"
    ]
  }

  it.each(Object.entries(strangers))("%s", async (_name, [answer, tag, words]) => {
    const { heard, url } = await serve(answer)
    const reason = await reasonOf(connect({ url, siteUrl: url, token }))
    expect(reason._tag).toBe(tag)
    expect(reason.message).toContain(words)
    expect(heard.length).toBeGreaterThan(0)
    for (const { headers, method } of heard) expect([method, headers.authorization]).toEqual(["GET", undefined])
  })

  it("nobody at all", async () => {
    const { close, url } = await serve(() => {})
    close()
    expect((await reasonOf(connect({ url, siteUrl: url, token }))).message).toContain("nothing listens there")
    const nowhere = "https://nowhere.invalid"
    const lost = await reasonOf(connect({ url: nowhere, siteUrl: nowhere, token }))
    expect(lost.message).toMatch(/no host of this name|cannot be looked up/)
  })
})

describe("what else may answer to a call", () => {
  const answers: Record<string, readonly [Answer, string, string]> = {
    "a token that is wrong or revoked": [
      (_, response) => json(response, 401, { error: `unknown: ${token}` }),
      "WrongKey",
      "executor target add"
    ],
    "an agent's token": [
      (_, response) => json(response, 403, { error: { code: 403, message: "agents only" } }),
      "WrongKey",
      "is an agent's: it opens /mcp only, and this is the owner's work."
    ],
    "no /rpc": [(_, response) => json(response, 404, {}), "TargetUnreachable", "is not complete"],
    "a redirect": [
      (_, response) => void response.writeHead(308, { location: "http://other.example/rpc" }).end(),
      "WrongAddress",
      "to http://other.example"
    ],
    "too many calls": [(_, response) => json(response, 429, {}), "TargetUnreachable", "status 429"],
    "a page": [(_, response) => void response.end("<html>\n</html>\n"), "TargetUnreachable", "none of an Executor"],
    "messages of nobody": [
      (_, response) => void response.end('null\n{"_tag":"Exit","requestId":"x"}\n'),
      "TargetUnreachable",
      "none of an Executor"
    ],
    nothing: [(_, response) => void response.end(), "TargetUnreachable", "broke before the answer was complete"]
  }

  it.each(Object.entries(answers))("%s", async (_name, [answer, tag, words]) => {
    const { url } = await serve((heard, response) =>
      heard.path === "/health" ? json(response, 200, { ok: true, version: "2.0.0" }) : answer(heard, response)
    )
    const executor = await connect({ url, siteUrl: url, token })
    const reason = await reasonOf(executor.host.status())
    expect(reason._tag).toBe(tag)
    expect(reason.message).toContain(words)
  })

  /** Answers each call with the host's status under an id as `idOf` writes it, and leaves the rest to `then`. */
  const answering = (idOf: (id: string | number) => string | number, then: (response: ServerResponse) => void) =>
    serve(({ body, path }, response) => {
      if (path === "/health") return json(response, 200, { ok: true, version: "2.0.0" })
      const requestId = idOf((JSON.parse(body) as { id: string | number }).id)
      response.writeHead(200, { "content-type": "application/x-ndjson" })
      response.write(`${JSON.stringify({ _tag: "Exit", requestId, exit: { _tag: "Success", value: status } })}\n`)
      then(response)
    })

  it("one that goes on for ever behind its answer: it is hung up on", async () => {
    let hungUp = () => {}
    const over = new Promise<void>((resolve) => {
      hungUp = resolve
    })
    const { url } = await answering(
      (id) => id,
      (response) => {
        response.once("close", hungUp)
        const more = (): void => void (response.destroyed || response.write(" ".repeat(100_000), more))
        more()
      }
    )
    expect(await (await connect({ url, siteUrl: url, token })).host.status()).toEqual(status)
    await over
  })

  it.each([String, Number])("one that writes ids as %o", async (idOf) => {
    const { url } = await answering(idOf, (response) => response.end())
    expect(await (await connect({ url, siteUrl: url, token })).host.status()).toEqual(status)
  })

  it("a refusal that the contract makes, not the door", async () => {
    const { executor } = await open({}, { token: "another" })
    expect(await reasonOf(executor.host.status())).toMatchObject({
      _tag: "WrongKey",
      detail: expect.stringMatching(/no token is known as Bearer …$/)
    })
  })

  it("a request beyond what a host takes is not sent", async () => {
    const { executor, site } = await open({})
    const error = await failure(executor.runs.execute({ code: "x".repeat(21 * 1024 * 1024) }))
    expect(error).toBeInstanceOf(RequestTooLarge)
    expect(error.message).toContain("at most 20971520")
    expect(site.heard.map(({ path }) => path)).toEqual(["/health"])
  })
})

describe("the API URL", () => {
  const check = (url: string) => Effect.runPromise(checkApiUrl({ url, siteUrl: url }))

  it("is right, is the site URL, or is nobody's", async () => {
    const { api, site } = await deploy()
    await check(api.url)
    expect(await reasonOf(check(site.url))).toMatchObject({
      _tag: "WrongAddress",
      detail: expect.stringContaining("is the deployment's site URL (--site-url), given as its API URL (--url)")
    })
    const { url } = await serve((_, response) => void response.setHeader("content-type", "text/html").end("<p>"))
    expect(await reasonOf(check(url))).toMatchObject({
      _tag: "TargetUnreachable",
      detail: expect.stringContaining("no Convex deployment answers there")
    })
  })
})
