// `executor <agent>` hands the terminal to an agent that has the tools, and touches nothing of the user's. The agents here
// are stand-ins on the PATH that tell what they were given; the real ones are driven by `npm run e2e:agents`.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { executor, makeFolder, start, until } from "./Cli.ts"

/** A stand-in that writes down its arguments and environment, then does what its first own argument says. */
const standIn = `#!${process.execPath}
const fs = require("node:fs")
const args = process.argv.slice(2)
const config = args.find((arg) => arg.startsWith("--mcp-config="))?.slice(13) ?? process.env.GEMINI_CLI_SYSTEM_SETTINGS_PATH
fs.writeFileSync(process.env.TOLD, JSON.stringify({
  args, env: process.env, pid: process.pid,
  config: config && { path: config, mode: fs.statSync(config).mode & 0o777, text: fs.readFileSync(config, "utf8") }
}))
const act = args.at(-1)
if (act === "exit") process.exit(7)
if (act === "die") process.kill(process.pid, "SIGTERM")
if (act === "wait") {
  process.on("SIGTERM", () => process.exit(42))
  setInterval(() => {}, 1_000)
}
`

interface Told {
  readonly args: ReadonlyArray<string>
  readonly env: Readonly<Record<string, string>>
  readonly pid: number
  readonly config?: { readonly path: string; readonly mode: number; readonly text: string }
}

const setting = () => {
  const { folder, home, person } = makeFolder()
  const bin = join(folder, "bin")
  mkdirSync(bin)
  for (const name of ["claude", "codex", "gemini", "opencode"]) {
    writeFileSync(join(bin, name), standIn)
    chmodSync(join(bin, name), 0o755)
  }
  const file = join(folder, "told.json")
  return {
    home,
    person,
    folder,
    options: { home, env: { PATH: bin, TOLD: file } },
    told: () => JSON.parse(readFileSync(file, "utf8")) as Told,
    started: () => existsSync(file) && readFileSync(file, "utf8") !== ""
  }
}

const launches = (home: string) => (existsSync(join(home, "launch")) ? readdirSync(join(home, "launch")) : [])

describe("an agent that is not installed", () => {
  it.each([
    ["claude", "npm install -g @anthropic-ai/claude-code"],
    ["codex", "npm install -g @openai/codex"],
    ["opencode", "npm install -g opencode-ai"],
    ["gemini", "npm install -g @google/gemini-cli"]
  ])("%s: says how to install it, ends with 1, and starts nothing", async (name, command) => {
    const { folder, home } = makeFolder()
    const { code, stderr, stdout } = await executor([name, "--", "hello"], { home, env: { PATH: folder } })
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" })
    expect(stderr).toContain(command)
    expect(existsSync(home)).toBe(false)
  })
})

describe("an agent that is installed", () => {
  it("claude gets a configuration of its own that only this user can read, and that is gone afterwards", async () => {
    const { home, options, person, told } = setting()
    const { code, stderr } = await executor(["claude", "--", "-p", "a prompt", "exit"], options)
    expect({ code, stderr }).toEqual({ code: 7, stderr: "" })
    const { args, config } = told()
    expect(args).toEqual([
      `--mcp-config=${config?.path}`,
      "--allowedTools=mcp__executor__execute",
      "-p",
      "a prompt",
      "exit"
    ])
    expect(config?.mode).toBe(0o600)
    expect(config?.path.startsWith(`${home}/launch/`)).toBe(true)
    const { mcpServers } = JSON.parse(config?.text ?? "{}") as {
      mcpServers: { executor: { url: string; headers: { Authorization: string } } }
    }
    expect(mcpServers.executor).toMatchObject({
      type: "http",
      alwaysLoad: true,
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/mcp$/)
    })
    const agentKey = readFileSync(join(home, "agent-token"), "utf8").trim()
    expect(mcpServers.executor.headers.Authorization).toBe(`Bearer ${agentKey}`)
    expect(config?.text).not.toContain(readFileSync(join(home, "token"), "utf8").trim())
    expect(launches(home)).toEqual([])
    expect(readdirSync(person)).toEqual([])
  })

  it("the configuration it gets opens the door", async () => {
    const { options, told } = setting()
    await executor(["claude"], options)
    const {
      mcpServers: { executor: server }
    } = JSON.parse(told().config?.text ?? "{}") as {
      mcpServers: { executor: { url: string; headers: Record<string, string> } }
    }
    const body = JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "initialize",
      params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "x", version: "1" } }
    })
    const ask = (headers: Record<string, string>) =>
      fetch(server.url, {
        method: "POST",
        body,
        headers: { ...headers, "content-type": "application/json", accept: "application/json, text/event-stream" }
      })
    expect((await ask(server.headers)).status).toBe(200)
    expect((await ask({})).status).toBe(401)
    const rpc = await fetch(server.url.replace("/mcp", "/rpc"), {
      method: "POST",
      body: "{}",
      headers: { ...server.headers, "content-type": "application/json" }
    })
    expect(rpc.status).toBe(403)
  })

  it("codex gets the key in a variable and never in its arguments, which everybody can read", async () => {
    const { home, options, told } = setting()
    await executor(["codex", "exec", "--json", "hi"], options)
    const { args, env } = told()
    const key = readFileSync(join(home, "agent-token"), "utf8").trim()
    expect(args[0]).toBe("-c")
    expect(args[1]).toMatch(
      /^mcp_servers\.executor=\{url="http:\/\/127\.0\.0\.1:\d+\/mcp",bearer_token_env_var="EXECUTOR_AGENT_TOKEN",required=true,/
    )
    expect(args.slice(2)).toEqual(["exec", "--json", "hi"])
    expect(args.join()).not.toContain(key)
    expect(env["EXECUTOR_AGENT_TOKEN"]).toBe(key)
  })

  it("gemini and opencode get theirs by variables, and what the user has there stays", async () => {
    const { home, options, told } = setting()
    await executor(["gemini", "-p", "hi"], options)
    expect(told()).toMatchObject({ args: ["-p", "hi"], config: { mode: 0o600 } })
    expect(JSON.parse(told().config?.text ?? "")).toMatchObject({ mcpServers: { executor: { trust: true } } })
    const own = JSON.stringify({ theme: "dark", mcp: { mine: { type: "local" } } })
    await executor(["opencode"], { ...options, env: { ...options.env, OPENCODE_CONFIG_CONTENT: own } })
    expect(JSON.parse(told().env["OPENCODE_CONFIG_CONTENT"] ?? "")).toMatchObject({
      theme: "dark",
      mcp: { mine: { type: "local" }, executor: { type: "remote", enabled: true, oauth: false } }
    })
    const broken = await executor(["opencode"], { ...options, env: { ...options.env, OPENCODE_CONFIG_CONTENT: "{" } })
    expect(broken).toMatchObject({ code: 1, stderr: expect.stringContaining("OPENCODE_CONFIG_CONTENT is not JSON") })
    expect(launches(home)).toEqual([])
  })

  it("ends as the agent ends", async () => {
    const { options } = setting()
    expect((await executor(["claude", "exit"], options)).code).toBe(7)
    expect((await executor(["claude", "die"], options)).code).toBe(128 + 15)
    expect((await executor(["claude"], options)).code).toBe(0)
  })

  it("hears the signals, and its configuration is gone after them", async () => {
    const { home, options, started } = setting()
    const busy = start(["claude", "wait"], options)
    await until(started)
    busy.process.kill("SIGTERM")
    expect((await busy.ended).code).toBe(42)
    expect(launches(home)).toEqual([])
  })

  it("what a killed launch left behind, the next launch takes away; what still runs stays", async () => {
    const { home, options, started, told } = setting()
    const killed = start(["claude", "wait"], options)
    await until(started)
    const agent = told().pid
    killed.process.kill("SIGKILL")
    await until(() => killed.process.signalCode !== null)
    expect(launches(home)).toEqual([expect.stringMatching(/^claude-\d+-/)])
    process.kill(agent, "SIGKILL")
    await killed.ended
    mkdirSync(join(home, "launch", `claude-${process.pid}-running`))
    await executor(["gemini"], options)
    expect(launches(home)).toEqual([`claude-${process.pid}-running`])
    expect(statSync(join(home, "launch")).mode & 0o777).toBe(0o700)
  })
})
