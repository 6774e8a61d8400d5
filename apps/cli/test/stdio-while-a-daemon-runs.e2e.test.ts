// Clients that can only start a process get the daemon through `executor mcp`, in both eras of the protocol, several at
// once, whether or not a daemon runs, and across its restarts.
import type { ExecuteResult, TaskRun } from "@executor-v2/schema"
import { Client, type ClientOptions } from "@modelcontextprotocol/client"
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio"
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it, onTestFinished } from "vitest"
import { bundle, daemonPid, documentOf, environment, executor, isAlive, makeFolder, until } from "./Cli.ts"

const eras: ReadonlyArray<readonly [string, string, ClientOptions]> = [
  ["session", "2025-11-25", {}],
  ["stateless", "2026-07-28", { versionNegotiation: { mode: "auto" } }]
]

const connect = async (home: string, options: ClientOptions): Promise<Client> => {
  const client = new Client({ name: "stdio-test", version: "1.0.0" }, options)
  onTestFinished(() => client.close())
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [bundle, "mcp"],
      env: environment({ home }),
      stderr: "ignore"
    })
  )
  return client
}

const resultOf = (answer: { readonly content?: unknown }): ExecuteResult =>
  JSON.parse((answer.content as ReadonlyArray<{ readonly text: string }>)[0]?.text ?? "null") as ExecuteResult

const execute = async (client: Client, code: string): Promise<ExecuteResult> =>
  resultOf(await client.callTool({ name: "execute", arguments: { code } }))

const runWith = async (home: string, marker: string, status: string): Promise<TaskRun> => {
  for (;;) {
    const runs = await documentOf<ReadonlyArray<TaskRun>>(["runs", "list"], { home })
    const found = runs.find((run) => run.code.includes(marker) && run.status === status)
    if (found !== undefined) return found
  }
}

describe.each(eras)("a client of the %s era (%s)", (_, version, options) => {
  it("starts the daemon, sees one tool, and runs code as an agent", async () => {
    const { home } = makeFolder()
    const client = await connect(home, options)
    expect(client.getNegotiatedProtocolVersion()).toBe(version)
    expect(client.getServerVersion()?.name).toBe("executor")
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(["execute"])
    expect(await execute(client, "return [1, 'ü\\n\\u2028', { b: null }]")).toMatchObject({
      status: "completed",
      value: [1, "ü\n\u2028", { b: null }]
    })
    const { run } = await documentOf<{ run: TaskRun }>(
      ["runs", "show", (await runWith(home, "u2028", "completed")).id],
      { home }
    )
    expect(run.actor).toMatchObject({ kind: "agent", client: expect.stringContaining("stdio-test") })
  })

  it("shares the daemon that runs with everybody else", async () => {
    const { home } = makeFolder()
    await executor(["pm", "start"], { home })
    const pid = daemonPid(home)
    const clients = await Promise.all([connect(home, options), connect(home, options)])
    const values = await Promise.all(clients.map((client, n) => execute(client, `return ${n}`)))
    expect(values.map(({ value }) => value)).toEqual([0, 1])
    expect(daemonPid(home)).toBe(pid)
    await Promise.all(clients.map((client) => client.close()))
    expect(isAlive(pid)).toBe(true)
  })

  it("hears of progress", async () => {
    const { home } = makeFolder()
    const client = await connect(home, options)
    const heard: Array<unknown> = []
    const call = { name: "execute", arguments: { code: "await new Promise((r) => setTimeout(r, 300)); return 1" } }
    expect(resultOf(await client.callTool(call, { onprogress: (progress) => heard.push(progress) })).value).toBe(1)
    expect(heard).toContainEqual(expect.objectContaining({ progress: 1, message: expect.stringContaining("running") }))
  })

  it("cancels a run by cancelling its call", async () => {
    const { home } = makeFolder()
    const client = await connect(home, options)
    const cut = new AbortController()
    const call = {
      name: "execute",
      arguments: { code: "await new Promise((r) => setTimeout(r, 60_000)); return 'cut'" }
    }
    const calling = client.callTool(call, { signal: cut.signal })
    await runWith(home, "'cut'", "running")
    cut.abort()
    await expect(calling).rejects.toThrow()
    await runWith(home, "'cut'", "cancelled")
    expect((await execute(client, "return 'still here'")).value).toBe("still here")
  })

  it("is told that a source came", async () => {
    const { folder, home } = makeFolder()
    const nothing = "Add one: tools.executor.sources.add"
    // A source comes in steps, each of which is told: a client that is quick asks again before it is there.
    const named = Promise.withResolvers<string>()
    const client = await connect(home, {
      ...options,
      listChanged: {
        tools: {
          onChanged: (_, tools) => {
            const description = tools?.[0]?.description ?? ""
            if (!description.endsWith(nothing)) named.resolve(description)
          }
        }
      }
    })
    expect((await client.listTools()).tools[0]?.description).toMatch(new RegExp(`${nothing}$`))
    writeFileSync(
      join(folder, "pets.json"),
      JSON.stringify({
        openapi: "3.1.0",
        info: { title: "Pets", version: "1" },
        servers: [{ url: "https://pets.example" }],
        paths: { "/pets": { get: { operationId: "listPets", responses: {} } } }
      })
    )
    await executor(["sources", "add", "pets.json", "--name", "petshop"], { home, cwd: folder })
    expect(await named.promise).toMatch(/Sources: petshop$/)
  })

  it("gets errors as errors", async () => {
    const { home } = makeFolder()
    const client = await connect(home, options)
    await expect(client.callTool({ name: "größe\r\nx: y", arguments: {} })).rejects.toThrow(/the only one is "execute"/)
    const wrong = await client.callTool({ name: "execute", arguments: { kode: "return 1" } })
    expect(wrong.isError).toBe(true)
  })

  it("goes on after the daemon was killed, and is told what became of its open call", async () => {
    const { home } = makeFolder()
    const client = await connect(home, options)
    const open = client.callTool({
      name: "execute",
      arguments: { code: "await new Promise((r) => setTimeout(r, 60_000)); return 'lost'" }
    })
    await runWith(home, "'lost'", "running")
    const pid = daemonPid(home)
    process.kill(pid, "SIGKILL")
    await expect(open).rejects.toThrow(/ended before it answered.*executor runs list/)
    await until(() => !isAlive(pid))
    expect((await execute(client, "return 'back'")).value).toBe("back")
    expect((await runWith(home, "'lost'", "interrupted")).status).toBe("interrupted")
  })

  it("goes on after the daemon was stopped in order, elsewhere and with another key", async () => {
    const { home } = makeFolder()
    const client = await connect(home, options)
    expect((await execute(client, "return 1")).value).toBe(1)
    await executor(["pm", "stop"], { home })
    const before = readFileSync(join(home, "agent-token"), "utf8")
    rmSync(join(home, "agent-token"))
    const values = await Promise.all([1, 2, 3].map((n) => execute(client, `return ${n}`)))
    expect(values.map(({ value }) => value)).toEqual([1, 2, 3])
    expect(readFileSync(join(home, "agent-token"), "utf8")).not.toBe(before)
  })
})

describe("the bridge as a program", () => {
  const hello = JSON.stringify({
    jsonrpc: "2.0",
    id: "a",
    method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "pipe", version: "1" } }
  })

  it("answers what came before the end of its input, and ends by itself", async () => {
    const { home } = makeFolder()
    const { code, stderr, stdout } = await executor(["mcp"], { home, input: `${hello}\n\n` })
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" })
    expect(JSON.parse(stdout)).toMatchObject({ jsonrpc: "2.0", id: "a", result: { serverInfo: { name: "executor" } } })
  })

  it("answers rubbish with a parse error and goes on", async () => {
    const { home } = makeFolder()
    const { stdout } = await executor(["mcp"], { home, input: `hello?\n[1]\n${hello}\n` })
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { id: unknown; error?: { code: number } })
    expect(lines.map(({ error, id }) => error?.code ?? id)).toEqual([-32700, -32700, "a"])
  })

  it("says in each answer why there is no daemon", async () => {
    const { home } = makeFolder()
    const { code, stderr, stdout } = await executor(["mcp"], {
      home,
      input: `${hello}\n`,
      env: { EXECUTOR_PORT: "no" }
    })
    expect(JSON.parse(stdout)).toMatchObject({ id: "a", error: { message: expect.stringContaining("EXECUTOR_PORT") } })
    expect(stderr).toContain("EXECUTOR_PORT")
    expect(code).toBe(4)
  })
})
