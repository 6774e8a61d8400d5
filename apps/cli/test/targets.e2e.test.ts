// Deployments beside the daemon of this machine: checked before they are kept, kept so that nobody else reads their tokens, and
// then good for every command. The deployment is a real daemon behind the addresses and tokens of one in the cloud.
import type { ExecuteResult, Source, TaskRun } from "@executor-v2/schema"
import { Client } from "@modelcontextprotocol/client"
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio"
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import type { RequestListener } from "node:http"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest"
import {
  bundle,
  documentOf,
  environment,
  executor,
  isAlive,
  daemonPid,
  makeFolder,
  type Ended,
  type Options
} from "./Cli.ts"
import { addWords, answer, deploy, serve, type Deployed } from "./TestTarget.ts"

const undo: Array<() => Promise<void>> = []
const later = (step: () => Promise<void>) => void undo.unshift(step)
let deployed: Deployed

beforeAll(async () => {
  const { folder } = makeFolder(later)
  deployed = await deploy(folder, later)
  later(async () => {
    const pid = daemonPid(deployed.home)
    if (isAlive(pid)) process.kill(pid, "SIGKILL")
  })
})
afterAll(async () => {
  for (const step of undo) await step()
})

const spec = JSON.stringify({
  openapi: "3.1.0",
  info: { title: "Pets", version: "1" },
  servers: [{ url: "https://pets.example" }],
  paths: { "/pets": { get: { operationId: "listPets", summary: "All pets", responses: {} } } }
})

/** A person's machine that has the deployment as `prod`. */
const machine = async (words: ReadonlyArray<string> = ["--use"]) => {
  const made = makeFolder()
  const options: Options = { home: made.home, cwd: made.folder, env: { EXECUTOR_TOKEN: deployed.token } }
  const added = await executor([...addWords(deployed), "--json"], options)
  expect(added).toMatchObject({ code: 0, stderr: "" })
  if (words.includes("--use")) await executor(["target", "use", "prod"], options)
  return {
    ...made,
    options: { home: made.home, cwd: made.folder } satisfies Options,
    file: join(made.home, "targets.json")
  }
}

const stored = (file: string) =>
  JSON.parse(readFileSync(file, "utf8")) as {
    readonly current?: string
    readonly targets: Record<
      string,
      { readonly token: string; readonly agent?: { readonly id: string; readonly token: string } }
    >
  }

const errorOf = ({ stdout }: Ended) => (JSON.parse(stdout) as { error: { code: string; message: string } }).error

/** An address of this machine where nobody listens any more. */
const nowhere = async (): Promise<string> => {
  const closing: Array<() => Promise<void>> = []
  const url = await serve(
    (close) => closing.push(close),
    () => {}
  )
  for (const close of closing) await close()
  return url
}

const noTokensIn = ({ stderr, stdout }: Ended): void => {
  for (const { token } of deployed.tokens) expect(stdout + stderr).not.toContain(token)
}

describe("adding a target", () => {
  it("keeps addresses and tokens in a file of its own that only this user can read", async () => {
    const { file, home, options } = await machine([])
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readdirSync(home).filter((name) => name.startsWith("targets"))).toEqual(["targets.json"])
    const { agent, token } = stored(file).targets["prod"]!
    expect(token).toBe(deployed.token)
    expect(deployed.tokens.find(({ id }) => id === agent?.id)).toMatchObject({
      kind: "agent",
      token: agent?.token,
      name: expect.stringContaining("agents on ")
    })
    const listed = await executor(["target"], options)
    expect(listed.stdout).toMatch(/\*\s+local/)
    expect(listed.stdout).toContain(`prod   ${deployed.siteUrl}`)
    noTokensIn(listed)
    expect(await documentOf(["target", "list"], options)).toEqual([
      { name: "local", current: true },
      { name: "prod", url: deployed.url, siteUrl: deployed.siteUrl, agents: true, current: false }
    ])
  })

  it("takes the token from standard input, the variable or the option, and never shows it", async () => {
    const { home } = makeFolder()
    const ways: ReadonlyArray<readonly [ReadonlyArray<string>, Partial<Options>]> = [
      [["--token", "-"], { input: `${deployed.token}\n` }],
      [["--token", deployed.token], {}],
      [[], { env: { EXECUTOR_TOKEN: deployed.token } }]
    ]
    for (const [index, [words, options]] of ways.entries()) {
      const added = await executor([...addWords(deployed, `t${index}`), ...words], { home, ...options })
      expect(added.code).toBe(0)
      expect(added.stdout).toMatch(/^t\d: added, version \S+, \d+ tools\n$/)
      noTokensIn(added)
    }
    const without = await executor([...addWords(deployed, "t4"), "--json"], { home })
    expect(without.code).toBe(2)
    expect(errorOf(without).message).toContain("EXECUTOR_TOKEN")
    const two = await executor([...addWords(deployed, "t4"), "--token", "-", "--json"], { home, input: "two words" })
    expect(errorOf(two).message).toContain("a token is one word")
  })

  it("several at once lose none of them", async () => {
    const { home } = makeFolder()
    const names = ["a", "b", "c", "d"]
    const options = { home, env: { EXECUTOR_TOKEN: deployed.token } }
    const ended = await Promise.all(names.map((name) => executor(addWords(deployed, name), options)))
    expect(ended.map(({ code }) => code)).toEqual([0, 0, 0, 0])
    expect(Object.keys(stored(join(home, "targets.json")).targets).toSorted()).toEqual(names)
  })

  it("again renews its tokens; another deployment does not take its name", async () => {
    const { file, options } = await machine([])
    const first = stored(file).targets["prod"]?.agent
    const env = { EXECUTOR_TOKEN: deployed.token }
    const other = await executor([...addWords({ ...deployed, siteUrl: deployed.url }), "--json"], { ...options, env })
    expect(other.code).toBe(1)
    expect(errorOf(other)).toMatchObject({ code: "name_taken", message: expect.stringContaining("target remove prod") })
    expect(await documentOf(addWords(deployed), { ...options, env })).toMatchObject({ renewed: true })
    expect(deployed.tokens.find(({ id }) => id === first?.id)?.revoked).toBe(true)
    expect(stored(file).targets["prod"]?.agent?.id).not.toBe(first?.id)
  })
})

describe("what cannot be a target is not kept", () => {
  const health =
    (content: object): RequestListener =>
    ({ url }, response) =>
      url === "/health" ? answer(response, 200, content) : answer(response, 404, {})
  const cases: Record<string, readonly [string, string, (good: Deployed) => Promise<Partial<Deployed>>]> = {
    "a wrong token": ["wrong_key", "executor target add", async () => ({ token: "exe_wrong" })],
    "an agent's token": [
      "wrong_key",
      "is an agent's",
      async ({ tokens }) => ({ token: tokens.find(({ kind, revoked }) => kind === "agent" && !revoked)!.token })
    ],
    "the two addresses in each other's place": [
      "wrong_address",
      "given as its site URL",
      async ({ siteUrl, url }) => ({ url: siteUrl, siteUrl: url })
    ],
    "the site URL for both": ["wrong_address", "given as its API URL", async ({ siteUrl }) => ({ url: siteUrl })],
    "addresses of the cloud in each other's place": [
      "wrong_address",
      "https://a-b-1.convex.site",
      async () => ({ siteUrl: "https://a-b-1.convex.cloud" })
    ],
    "an address in the clear": ["wrong_address", "in the clear", async () => ({ siteUrl: "http://executor.example" })],
    "an address where nobody listens": [
      "target_unreachable",
      "nothing listens there",
      async () => ({ siteUrl: await nowhere() })
    ],
    "a deployment without Executor": [
      "target_unreachable",
      "Executor is not deployed there",
      async () => ({ siteUrl: await serve(later, (_, response) => answer(response, 404, {})) })
    ],
    "a half deployment": [
      "target_unreachable",
      "its deployment is not complete",
      async () => ({ siteUrl: await serve(later, health({ ok: true, version: "2.0.0" })) })
    ],
    "a deployment of another version": [
      "version_mismatch",
      "Upgrade this program",
      async () => ({
        siteUrl: await serve(later, health({ ok: true, version: "9.0.0", apiVersion: { min: 8, max: 9 } }))
      })
    ],
    "a redirect": [
      "wrong_address",
      "to https://elsewhere.example",
      async () => ({
        siteUrl: await serve(
          later,
          (_, response) => void response.writeHead(301, { location: "https://elsewhere.example/" }).end()
        )
      })
    ]
  }

  it.each(Object.entries(cases))("%s", async (_name, [code, words, change]) => {
    await machine([])
    const { home } = makeFolder()
    const wrong = { ...deployed, ...(await change(deployed)) }
    const env = { EXECUTOR_TOKEN: wrong.token }
    const ended = await executor([...addWords(wrong), "--json"], { home, env })
    expect(errorOf(ended)).toMatchObject({ code, message: expect.stringContaining(words) })
    expect(ended.code).toBe(4)
    expect(existsSync(join(home, "targets.json"))).toBe(false)
    expect(ended.stdout + ended.stderr).not.toContain(wrong.token)
  })

  it.each([
    [["target", "add", "prod"], "--url"],
    [["target", "add", "prod", "--url", "https://x.example"], "--site-url"],
    [["target", "add", "Prod", "--url", "https://x.example"], "lower-case"],
    [["target", "add", "local", "--url", "https://x.example"], "daemon of this machine"],
    [["target", "remove", "local"], "always there"],
    [["pm", "stop", "--target", "prod"], "leave out --target"],
    [["run", "--target"], "--target needs a name"]
  ])("%j is wrong usage", async (words, message) => {
    const { home } = makeFolder()
    const { code, stderr } = await executor(words, { home })
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) })
    expect(existsSync(home)).toBe(false)
  })
})

describe("every command works on a target as it does here", () => {
  it("runs, sources, tools, policies and runs; no daemon is started here", async () => {
    const { folder, home, options } = await machine()
    writeFileSync(join(folder, "pets.openapi.json"), spec)
    const source = await documentOf<Source>(["sources", "add", "pets.openapi.json"], options)
    expect(source).toMatchObject({
      name: "pets",
      state: "connected",
      toolCount: 1,
      location: { _tag: "Text", text: spec }
    })
    const shown = await executor(["sources", "show", "pets"], options)
    expect(shown.stdout).toMatch(/^pets: connected 1 tool\n/)
    expect(shown.stdout).toContain(`a text of ${spec.length} characters`)
    expect((await executor(["tools", "list", "pets"], options)).stdout).toMatch(/^pets\.listPets\n/)
    await executor(["policies", "set", "pets.**", "deny"], options)
    expect((await executor(["tools", "list", "pets"], options)).stdout).toMatch(/^pets\.listPets denied\n/)
    expect((await executor(["tools", "search", "all", "pets"], options)).stdout).toMatch(/^pets\.listPets denied\n/)
    const result = await documentOf<ExecuteResult>(["run", "-e", "return await tools.pets.listPets()"], options)
    expect(result).toMatchObject({ status: "denied", error: { code: "denied" } })
    const runs = await documentOf<ReadonlyArray<TaskRun>>(["runs", "list"], options)
    expect(runs[0]).toMatchObject({ id: result.runId, actor: { kind: "owner" } })
    expect((await executor(["runs", "show", result.runId], options)).stdout).toContain("pets.listPets")
    const failed = await executor(["run", "-e", "return 40 + 2"], options)
    expect(failed).toMatchObject({ code: 0, stdout: "42\n" })
    expect(await documentOf(["sources", "remove", "pets"], options)).toEqual({ removed: "pets" })
    expect(existsSync(join(home, "daemon.json"))).toBe(false)
  })

  it("one command can go elsewhere, by an option or a variable", async () => {
    const { home, options } = await machine([])
    const count = () => deployed.heard.length
    const before = count()
    expect((await executor(["run", "-e", "return 1", "--target", "prod"], options)).stdout).toBe("1\n")
    expect((await executor(["--target=prod", "run", "-e", "return 2"], options)).stdout).toBe("2\n")
    expect((await executor(["run", "-e", "return 3"], { ...options, env: { EXECUTOR_TARGET: "prod" } })).stdout).toBe(
      "3\n"
    )
    const remote = count()
    expect(remote).toBeGreaterThan(before)
    expect(existsSync(join(home, "daemon.json"))).toBe(false)
    await executor(["target", "use", "prod"], options)
    expect((await executor(["run", "-e", "return 4", "--target", "local"], options)).stdout).toBe("4\n")
    expect(count()).toBe(remote)
    expect(existsSync(join(home, "daemon.json"))).toBe(true)
    const unknown = await executor(["sources", "--target", "staging", "--json"], options)
    expect(unknown.code).toBe(4)
    expect(errorOf(unknown)).toMatchObject({ code: "unknown_target", message: expect.stringContaining("local, prod") })
  })

  it("a process, and a file too long for it, are refused before anything is sent", async () => {
    const { folder, options } = await machine()
    writeFileSync(join(folder, "long.json"), `{"openapi":"3.1.0","x":"${"x".repeat(1024 * 1024)}"}`)
    writeFileSync(join(folder, "huge.json"), "x".repeat(4 * 1024 * 1024))
    writeFileSync(join(folder, "empty.json"), " \n")
    const before = deployed.heard.length
    const stdio = await executor(["sources", "add", "--name", "x", "--yes", "--json", "--", "node", "x.js"], options)
    expect(stdio.code).toBe(1)
    expect(errorOf(stdio)).toMatchObject({
      code: "unsupported",
      message: expect.stringContaining("starts no processes. Add it to the daemon of this machine (--target local)")
    })
    for (const name of ["long.json", "huge.json"]) {
      const { code, stderr } = await executor(["sources", "add", name], options)
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringContaining("at most 1048576 characters of a file")
      })
    }
    expect(await executor(["sources", "add", "empty.json"], options)).toMatchObject({ code: 2 })
    expect(deployed.heard.length).toBe(before)
  })

  it("agents get a key of their own, and never the owner's", async () => {
    const { file, folder, options } = await machine()
    const bin = join(folder, "bin")
    mkdirSync(bin)
    const told = join(folder, "told.json")
    const standIn = `#!${process.execPath}
const fs = require("node:fs")
const config = process.argv.find((arg) => arg.startsWith("--mcp-config=")).slice(13)
fs.writeFileSync(${JSON.stringify(told)}, JSON.stringify({ env: process.env, config: fs.readFileSync(config, "utf8") }))
`
    writeFileSync(join(bin, "claude"), standIn)
    chmodSync(join(bin, "claude"), 0o755)
    const env = { PATH: bin, EXECUTOR_TOKEN: deployed.token }
    expect(await executor(["claude"], { ...options, env })).toMatchObject({ code: 0 })
    const text = readFileSync(told, "utf8")
    const { config } = JSON.parse(text) as { config: string }
    expect(JSON.parse(config)).toMatchObject({
      mcpServers: {
        executor: {
          url: `${deployed.siteUrl}/mcp`,
          headers: { Authorization: `Bearer ${stored(file).targets["prod"]?.agent?.token}` }
        }
      }
    })
    expect(text).not.toContain(deployed.token)
  })

  it.each([
    ["session", {}],
    ["stateless", { versionNegotiation: { mode: "auto" } }]
  ] as const)("executor mcp is a bridge to it, for a client of the %s era", async (_era, negotiation) => {
    const { home } = await machine()
    const client = new Client({ name: "stdio-test", version: "1.0.0" }, negotiation)
    onTestFinished(() => client.close())
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [bundle, "mcp"],
      env: environment({ home }),
      stderr: "ignore"
    })
    await client.connect(transport)
    const { content } = await client.callTool({ name: "execute", arguments: { code: "return 6 * 7" } })
    expect(JSON.parse((content as ReadonlyArray<{ text: string }>)[0]!.text)).toMatchObject({ value: 42 })
    expect(deployed.heard.filter(({ path }) => path === "/mcp").every(({ key }) => key?.startsWith("exe_agent_"))).toBe(
      true
    )
    expect(existsSync(join(home, "daemon.json"))).toBe(false)
  })
})

describe("a target that goes away", () => {
  it("a revoked token is told with what to do, by every kind of command", async () => {
    const own = makeFolder()
    const first = await deploy(own.folder, onTestFinished)
    onTestFinished(async () => process.kill(daemonPid(first.home), "SIGKILL") && undefined)
    const options = { home: own.home, env: { EXECUTOR_TARGET: "prod", EXECUTOR_TOKEN: first.token } }
    expect(await executor(addWords(first), options)).toMatchObject({ code: 0 })
    for (const token of first.tokens) token.revoked = true
    const ended = await executor(["run", "-e", "return 1", "--json"], options)
    expect(ended.code).toBe(4)
    expect(errorOf(ended)).toMatchObject({ code: "wrong_key", message: expect.stringContaining("executor target add") })
    expect(ended.stdout).not.toContain(first.token)
    const hello = `${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" })}\n`
    const bridged = await executor(["mcp"], { ...options, input: hello })
    expect(JSON.parse(bridged.stdout)).toMatchObject({
      error: { message: expect.stringContaining('the target "prod" refuses the token of this machine\'s agents') }
    })
  })

  it("removing it revokes the token of this machine's agents, and commands stay here", async () => {
    const { file, options } = await machine()
    const id = stored(file).targets["prod"]?.agent?.id
    expect(await documentOf(["target", "remove", "prod"], options)).toEqual({ removed: "prod", revoked: true })
    expect(deployed.tokens.find((each) => each.id === id)?.revoked).toBe(true)
    expect(stored(file)).toEqual({ version: 1, targets: {} })
    expect(await executor(["target", "remove", "prod", "--json"], options)).toMatchObject({ code: 1 })
    expect(await executor(["target", "use", "prod", "--json"], options)).toMatchObject({ code: 1 })
    expect(await documentOf(["target", "use", "local"], options)).toEqual({ current: "local" })
  })

  it("is removed although it cannot be reached", async () => {
    const { file, options } = await machine()
    const content = readFileSync(file, "utf8").replaceAll(deployed.siteUrl, await nowhere())
    writeFileSync(file, content)
    expect(await documentOf(["target", "remove", "prod"], options)).toEqual({ removed: "prod", revoked: false })
  })
})

describe("the file of targets", () => {
  it("that others can read is not used, and the way out is told", async () => {
    const { file, options } = await machine()
    chmodSync(file, 0o644)
    const before = deployed.heard.length
    const ended = await executor(["run", "-e", "return 1", "--json"], options)
    expect(ended.code).toBe(1)
    expect(errorOf(ended)).toMatchObject({
      code: "targets_file",
      message: expect.stringContaining(`chmod 600 ${file}`)
    })
    expect(await executor(["target", "use", "local"], options)).toMatchObject({ code: 1 })
    expect(deployed.heard.length).toBe(before)
    // This machine's daemon does not depend on it.
    expect((await executor(["run", "-e", "return 1", "--target", "local"], options)).stdout).toBe("1\n")
  })

  it("cannot be where no folder can be", async () => {
    const { folder } = makeFolder()
    writeFileSync(join(folder, "file"), "")
    for (const home of [join(folder, "file", "x"), "/proc/x/y"]) {
      const ended = await executor(["target", "use", "local"], { home })
      expect(ended).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("Choose another folder with EXECUTOR_HOME")
      })
    }
  })

  it.each(["", "{", "[]", '{"version":2,"targets":{}}', '{"version":1,"targets":{"a b":{}}}'])(
    "%j is damaged, and stays as it is",
    async (content) => {
      const { home } = makeFolder()
      mkdirSync(home, { mode: 0o700 })
      const file = join(home, "targets.json")
      writeFileSync(file, content, { mode: 0o600 })
      const ended = await executor(["target", "list", "--json"], { home })
      expect(ended.code).toBe(1)
      expect(errorOf(ended)).toMatchObject({ code: "targets_file", message: expect.stringContaining("damaged") })
      expect(await executor(["target", "use", "local"], { home })).toMatchObject({ code: 1 })
      expect(readFileSync(file, "utf8")).toBe(content)
      expect(readdirSync(home).filter((name) => name !== "cache")).toEqual(["targets.json"])
    }
  )
})
