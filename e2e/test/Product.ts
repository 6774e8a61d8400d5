// The built product in a data folder of its own: its daemon, its keys, and clients as users have them.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client"
import type { ExecuteResult } from "@executor-v2/schema"
import { execFile, spawn, type ChildProcess } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const bundle = fileURLToPath(new URL("../../apps/cli/bundle/", import.meta.url))
export const cliProgram = join(bundle, "executor.mjs")

export interface Daemon {
  readonly pid: number
  readonly url: string
  readonly mcpUrl: string
  readonly home: string
}

export interface CommandResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export class Product {
  readonly home = mkdtempSync(join(tmpdir(), "executor-e2e-"))
  readonly env: NodeJS.ProcessEnv

  constructor(env: Readonly<Record<string, string>> = {}) {
    this.env = {
      PATH: process.env["PATH"],
      HOME: this.home,
      EXECUTOR_PORT: "0",
      ...env,
      EXECUTOR_HOME: join(this.home, "data")
    }
  }

  /** Runs the command line as a person would, without a terminal. */
  cli(...args: ReadonlyArray<string>): Promise<CommandResult> {
    return new Promise((resolve) => {
      execFile(
        process.execPath,
        [cliProgram, ...args],
        { env: this.env, cwd: this.home, maxBuffer: 64 * 1024 * 1024 },
        (error, stdout, stderr) => {
          resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr })
        }
      )
    })
  }

  async json<A>(...args: ReadonlyArray<string>): Promise<A> {
    const { stdout, stderr } = await this.cli(...args, "--json")
    if (stdout === "") throw new Error(`no answer to ${args.join(" ")}: ${stderr}`)
    return JSON.parse(stdout) as A
  }

  spawnCli(args: ReadonlyArray<string>): ChildProcess {
    return spawn(process.execPath, [cliProgram, ...args], { env: this.env, cwd: this.home, stdio: "pipe" })
  }

  /** The daemon, started when it does not run. */
  daemon(): Promise<Daemon> {
    return this.json<Daemon>("pm", "start")
  }

  key(file: "token" | "agent-token"): string {
    return readFileSync(join(this.home, "data", file), "utf8").trim()
  }

  /** The official client with an agent's key. */
  async client(era: "legacy" | "modern" = "modern"): Promise<Client> {
    const { mcpUrl } = await this.daemon()
    const client = new Client(
      { name: "e2e", version: "1.0.0" },
      era === "modern" ? { versionNegotiation: { mode: "auto" } } : {}
    )
    const headers = { authorization: `Bearer ${this.key("agent-token")}` }
    await client.connect(new StreamableHTTPClientTransport(new URL(mcpUrl), { requestInit: { headers } }))
    return client
  }

  async dispose(): Promise<void> {
    await this.cli("pm", "stop")
    rmSync(this.home, { recursive: true, force: true })
  }
}

/** An answer as its bytes and as what they say. */
export interface Answer {
  readonly text: string
  readonly result: ExecuteResult
}

/** Calls `execute` and reads the one text block of the answer. */
export const execute = async (client: Client, args: Readonly<Record<string, unknown>>): Promise<Answer> => {
  const { content } = await client.callTool({ name: "execute", arguments: { ...args } })
  const text = (content as ReadonlyArray<{ readonly text?: string }>)[0]?.text ?? ""
  return { text, result: JSON.parse(text) as ExecuteResult }
}
