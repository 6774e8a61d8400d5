// Promise: what a host cannot do is known, documented, and refused in words that say what to do instead.
import type { ExecuteResult, RunId, Source, SourceLocation, SourceName } from "@executor-v2/schema"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, expect, it } from "vitest"
import { connection, execute, legacyClient, run } from "./Clients.ts"
import { differences, hostsDocument } from "./Differences.ts"
import { hosts, type HostName, type TestHost } from "./Hosts.ts"
import { isOurs } from "./RemoteHost.ts"
import { bomb } from "./scenarios/Errors.ts"
import { inTheMiddle } from "./scenarios/Runs.ts"
import type { Given } from "./scenarios/Given.ts"
import { shopDescription, startUpstream, type Upstream } from "./Upstream.ts"

/** One that the hosts are allowed to reach, and one that nobody has named. */
let upstream: Upstream
let unnamed: Upstream

beforeAll(async () => {
  upstream = await startUpstream()
  unnamed = await startUpstream({ own: true })
})
afterAll(async () => {
  await upstream[Symbol.asyncDispose]()
  await unnamed[Symbol.asyncDispose]()
})

/** How a source comes to rest that is registered over the API. */
const register = async (host: TestHost, location: SourceLocation): Promise<Source> => {
  const executor = await connection(host)
  let last: Source | undefined
  for await (const source of executor.sources.add({ name: "different" as SourceName, location })) last = source
  await executor.sources.remove({ name: "different" as SourceName })
  return last!
}

/** Fails with what the promise is rejected with. */
const refusal = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => assert.fail("it was not refused"),
    (error: Error) => error.message
  )

const errorOf = ({ stdout }: { readonly stdout: string }) =>
  (JSON.parse(stdout) as { readonly error: { readonly code: string; readonly message: string } }).error

const stdioServer = (host: TestHost): ReadonlyArray<string> => {
  const file = join(host.folder, "server.mjs")
  writeFileSync(
    file,
    `import { McpServer } from ${JSON.stringify(import.meta.resolve("@modelcontextprotocol/server"))}
import { StdioServerTransport } from ${JSON.stringify(import.meta.resolve("@modelcontextprotocol/server/stdio"))}
const server = new McpServer({ name: "stdio", version: "1.0.0" })
server.registerTool("hello", {}, () => ({ content: [{ type: "text", text: "hello" }] }))
await server.connect(new StdioServerTransport())\n`
  )
  return [process.execPath, file]
}

const longFile = (host: TestHost): string => {
  const text = shopDescription(upstream.origin).replace('"Shop"', `"Shop","description":"${"x".repeat(1_100_000)}"`)
  writeFileSync(join(host.folder, "long.json"), text)
  return "long.json"
}

const tooMuch = bomb("new Array(1e6).fill(1.5)")
const longResult = "return (await tools.shop.listOrders({ count: 30000 })).length"

type Shown = (given: Given) => Promise<void>

/** For each row, what shows it: on the one host, and on the other. */
const shown: Readonly<Record<keyof typeof differences, Readonly<Record<HostName, Shown>>>> = {
  stdio: {
    local: async ({ host }) => {
      const command = ["sources", "add", "--name", "stdio", "--yes", "--", ...stdioServer(host)]
      assert.include((await host.cli(...command)).stdout, "connected 1 tool")
    },
    remote: async ({ host }) => {
      const [command, ...args] = stdioServer(host)
      const words = ["sources", "add", "--name", "stdio", "--yes", "--json", "--", command!, ...args]
      const refused = errorOf(await host.cli(...words))
      assert.strictEqual(refused.code, "unsupported")
      assert.include(refused.message, "Add it to the daemon of this machine (--target local), or serve it over HTTP")
      const { failure, state } = await register(host, { _tag: "Stdio", command: command!, args })
      assert.deepStrictEqual([state, failure?.code], ["error", "unsupported"])
      assert.include(failure?.message, "add it there, or give an address")
    }
  },
  files: {
    local: async ({ host }) => {
      const { location, state } = await host.json<Source>("sources", "add", longFile(host))
      assert.deepStrictEqual([state, location._tag], ["connected", "File"])
    },
    remote: async ({ host }) => {
      const refused = errorOf(await host.cli("sources", "add", longFile(host), "--json"))
      assert.strictEqual(refused.code, "too_large")
      assert.include(refused.message, "takes at most 1048576 characters of a file. Publish it at an address")
      const { failure, state } = await register(host, { _tag: "File", path: join(host.folder, "long.json") })
      assert.deepStrictEqual([state, failure?.code], ["error", "unsupported"])
      assert.include(failure?.message, "Give the description's address or its text instead")
    }
  },
  privateAddresses: {
    local: async ({ host }) => {
      assert.strictEqual((await register(host, { _tag: "Url", url: unnamed.descriptionUrl })).state, "connected")
    },
    remote: async ({ host }) => {
      for (const location of [
        { _tag: "Url", url: unnamed.descriptionUrl },
        { _tag: "Url", url: unnamed.mcpUrl }
      ] as const) {
        const { failure, state } = await register(host, location)
        assert.deepStrictEqual([state, failure?.code], ["error", "refused_address"])
        assert.include(failure?.message, `whoever runs it can allow ${unnamed.origin} in EXECUTOR_ALLOW_ORIGINS`)
      }
    }
  },
  stopping: {
    local: async ({ host }) => {
      assert.strictEqual((await host.json<{ readonly running: boolean }>("pm", "status")).running, true)
    },
    remote: async ({ host }) => {
      const executor = await connection(host)
      const message = await refusal(executor.host.shutdown({ reason: "a test" }))
      assert.include(message, "a deployment serves many and is not stopped by one of them")
      const { code, stderr } = await host.cli("pm", "stop", "--target", "team")
      assert.deepStrictEqual([code, stderr], [2, "error executor pm is about this machine: leave out --target\n"])
    }
  },
  tokens: {
    local: async ({ host }) => {
      const { tokens } = await connection(host)
      for (const asked of [tokens.list(), tokens.create({ kind: "agent", name: "mine" })])
        assert.include(await refusal(asked), "Where they are: executor pm status --json")
    },
    remote: async ({ host }) => {
      const { tokens } = await connection(host)
      const { id, token } = await tokens.create({ kind: "agent", name: "mine" })
      const client = await legacyClient(host, token)
      assert.strictEqual((await execute(client, { code: "return 1" })).value, 1)
      await tokens.revoke({ id })
      assert.match(await refusal(execute(client, { code: "return 1" })), /revoked/)
      const told = (await tokens.list()).find((each) => each.id === id)
      assert.isDefined(told?.revokedAt)
      assert.notInclude(JSON.stringify(told), token)
    }
  },
  sessions: {
    local: async (given) => {
      const { status } = await cancelledByItsClient(given)
      assert.strictEqual(status, "cancelled")
    },
    remote: async (given) => {
      const { host } = given
      const headers = { authorization: `Bearer ${host.agentKey}`, accept: "text/event-stream" }
      const stream = await fetch(host.mcpUrl, { headers })
      assert.strictEqual(stream.status, 405)
      assert.include(await stream.text(), "this host keeps no sessions and no streams; POST a request")
      const { finish, id, status } = await cancelledByItsClient(given)
      assert.strictEqual(status, "running")
      assert.strictEqual((await finish()).status, "completed")
      assert.strictEqual((await host.cli("runs", "cancel", id)).code, 1)
    }
  },
  callsSoFar: {
    local: async (given) => {
      assert.match(await toldWhileWaiting(given), /^still going on after 1 tool calls; fetch the result/)
    },
    remote: async (given) => {
      assert.match(await toldWhileWaiting(given), /^still going on; fetch the result/)
    }
  },
  memory: {
    local: async ({ host }) => assert.include((await run(host, tooMuch)).error?.message, "(64 MB of heap"),
    remote: async ({ host }) => assert.include((await run(host, tooMuch)).error?.message, "(32 MB of heap")
  },
  callResult: {
    local: async ({ host }) => assert.strictEqual((await run(host, longResult)).value, 30_000),
    remote: async ({ host }) => {
      const { error } = await run(host, longResult)
      assert.strictEqual(error?.code, "result_too_large")
      assert.include(error?.message, "at most 2097152 may enter the code: ask the tool for less")
    }
  },
  intl: {
    local: async ({ host }) => {
      const { value } = await run(host, "return new Intl.NumberFormat('de').format(1234.5)")
      assert.strictEqual(value, "1.234,5")
    },
    remote: async ({ host }) => {
      const { error } = await run(host, "return new Intl.NumberFormat('de').format(1234.5)")
      assert.include(error?.message, "this engine has none; write numbers and dates by code")
    }
  },
  column: {
    local: async ({ host }) => assert.deepStrictEqual(await placeOf(host), { line: 2, column: 18 }),
    remote: async ({ host }) => assert.deepStrictEqual(await placeOf(host), { line: 2, column: 25 })
  },
  interrupted: {
    local: async (given) => {
      const { run: id } = await inTheMiddle(given, "cut off")
      await given.host.crash()
      assert.strictEqual(await statusOf(given.host, id), "interrupted")
    },
    remote: async (given) => {
      const { run: id } = await inTheMiddle(given, "cut off")
      await given.host.restart()
      assert.strictEqual(await statusOf(given.host, id), "running")
      await given.host.crash()
      assert.strictEqual(await statusOf(given.host, id), "interrupted")
    }
  }
}

const statusOf = async (host: TestHost, id: RunId) => (await (await connection(host)).runs.get({ run: id })).run.status

const placeOf = async (host: TestHost) => {
  const { error } = await run(host, "// a comment\nawait tools.shop.nothing({})")
  return { line: error?.line, column: error?.column }
}

/** What is said of a run that has made one call and is in the middle of another. */
const toldWhileWaiting = async ({ host, named, upstream }: Given): Promise<string> => {
  const executor = await connection(host)
  const parcel = named("so far")
  const code = `
    await tools.shop.listOrders({ count: 1 })
    return await tools.shop.deliver({ parcel: ${JSON.stringify(parcel)} })`
  const { runId } = await executor.runs.execute({ code, patienceMs: 1 })
  await upstream.arrived(parcel)
  const { waiting } = await executor.runs.resume({ run: runId, patienceMs: 1 })
  upstream.release(parcel)
  assert.deepStrictEqual((await executor.runs.resume({ run: runId })).value, { delivered: parcel })
  return waiting?.message ?? ""
}

/** A client of the generation before gives up a call in the middle: how its run stands then. */
const cancelledByItsClient = async ({ host, named, upstream }: Given) => {
  const client = await legacyClient(host)
  const executor = await connection(host)
  const parcel = named("given up")
  const stop = new AbortController()
  const code = `return await tools.shop.deliver({ parcel: ${JSON.stringify(parcel)} })`
  const given = client.callTool({ name: "execute", arguments: { code } }, undefined, { signal: stop.signal })
  await upstream.arrived(parcel)
  stop.abort("not wanted any more")
  await refusal(given)
  const [started] = await executor.runs.list({ limit: 1 })
  const { id } = started!
  // Whoever cancels is heard at once; whoever does not, not at all.
  const { status } = await executor.runs.resume({ run: id, patienceMs: 1_000 })
  const finish = async (): Promise<ExecuteResult> => {
    upstream.release(parcel)
    return await executor.runs.resume({ run: id })
  }
  if (status !== "running") await finish()
  return { id, status, finish }
}

describe.each(Object.keys(hosts) as ReadonlyArray<HostName>)("%s", (name) => {
  let host: TestHost
  beforeAll(async () => {
    host = hosts[name]({ allowOrigins: upstream.origin })
    await host.start()
    await host.json("sources", "add", upstream.descriptionUrl, "--name", "shop")
  })
  afterAll(() => host.stop())

  const given = () => ({ host, upstream, named: (word: string) => `${name}: ${word}` })
  const rows = Object.entries(shown).map(([row, each]) => [row, each[name]] as const)
  it.for(rows)(`is as the table says: %s`, async ([row, show], { skip }) => {
    skip(row === "interrupted" && !isOurs, "this backend is not ours to stop")
    await expect(show(given())).resolves.toBeUndefined()
  })
})

describe("the table", () => {
  it("is what users read in docs/hosts.md", async () => {
    await expect(hostsDocument()).toMatchFileSnapshot("../../../docs/hosts.md")
  })
})
