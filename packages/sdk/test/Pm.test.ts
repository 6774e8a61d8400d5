// Finding and starting, against everything that may sit on a remembered port or in a data folder. The real daemon is in
// the daemon's own tests.
import { challengeText, heldExit } from "@executor-v2/rpc/Daemon"
import { Effect, Option } from "effect"
import { createHmac } from "node:crypto"
import * as fs from "node:fs"
import * as http from "node:http"
import type { AddressInfo } from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { ConnectError, find, pm, resolveHome, stop } from "../src/adapters/Pm.ts"
import { Executor } from "../src/index.ts"

const token = "canary-token-that-must-never-be-sent-anywhere".slice(0, 43)
const instanceId = "instance-1"
let home = ""
const servers: Array<http.Server> = []

beforeEach(() => {
  home = fs.mkdtempSync(path.join(os.tmpdir(), "executor-sdk-"))
  fs.writeFileSync(path.join(home, "token"), `${token}\n`, { mode: 0o600 })
})
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
  fs.rmSync(home, { recursive: true, force: true })
})

const daemonFile = (port: number) => ({
  pid: process.pid,
  startTime: 1,
  port,
  apiVersion: { min: 1, max: 1 },
  version: "2.0.0",
  buildId: "b",
  instanceId
})
const announce = (content: unknown, mode = 0o600) => {
  const file = path.join(home, "daemon.json")
  fs.writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content), { mode })
  fs.chmodSync(file, mode)
}

/** A listener that answers as told and keeps everything that it was sent. */
const listener = async (answer: (nonce: string, port: number, response: http.ServerResponse) => void) => {
  const heard: Array<string> = []
  const server = http.createServer((request, response) => {
    let body = ""
    request
      .setEncoding("utf8")
      .on("data", (text: string) => {
        body += text
      })
      .on("end", () => {
        heard.push(`${request.method} ${request.url} ${JSON.stringify(request.rawHeaders)} ${body}`)
        answer((JSON.parse(body) as { nonce?: string }).nonce ?? "", (server.address() as AddressInfo).port, response)
      })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return { port: (server.address() as AddressInfo).port, heard }
}
const proofOf = (key: string, nonce: string, port: number) =>
  createHmac("sha256", key)
    .update(challengeText(nonce, instanceId, port))
    .digest("base64url")
const sound = (nonce: string, port: number, response: http.ServerResponse) =>
  void response.end(JSON.stringify({ instanceId, proof: proofOf(token, nonce, port), closing: false }))

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
const found = async () => Option.getOrUndefined(await Effect.runPromise(find(home)))
const connecting = (options: Partial<Parameters<typeof pm>[0]> = {}) =>
  Executor.create({ adapter: pm({ home, version: "2.0.0", ...options }) }).then(
    () => undefined,
    (error: unknown) => {
      expect(error).toBeInstanceOf(ConnectError)
      return (error as ConnectError).reason
    }
  )

describe("finding a daemon", () => {
  it("gives what is known of one that proves itself", async () => {
    const { port } = await listener(sound)
    announce(daemonFile(port))
    expect(await found()).toEqual({
      url: `http://127.0.0.1:${port}`,
      mcpUrl: `http://127.0.0.1:${port}/mcp`,
      rpcUrl: `http://127.0.0.1:${port}/rpc`,
      pid: process.pid,
      version: "2.0.0",
      home,
      tokenFile: path.join(home, "token"),
      agentTokenFile: path.join(home, "agent-token")
    })
  })

  it("believes no file that names a group of processes or no port", async () => {
    const { port, heard } = await listener(sound)
    const believed: Array<object> = []
    for (const wrong of [{ pid: 0 }, { pid: -1 }, { pid: 1.5 }, { port: 0 }, { port: 70_000 }]) {
      announce({ ...daemonFile(port), ...wrong })
      if ((await found()) !== undefined) believed.push(wrong)
    }
    expect(believed).toEqual([])
    expect(heard).toEqual([])
  })

  it("finds none without daemon.json, without a token, and when nobody listens any more", async () => {
    expect(await found()).toBeUndefined()
    const { port } = await listener(sound)
    announce(daemonFile(port))
    fs.rmSync(path.join(home, "token"))
    expect(await found()).toBeUndefined()
    fs.writeFileSync(path.join(home, "token"), token, { mode: 0o600 })
    expect(await found()).toBeDefined()
    announce(daemonFile(1))
    expect(await found()).toBeUndefined()
  })

  it("believes no file that others could have written or read", async () => {
    const { port } = await listener(sound)
    announce(daemonFile(port), 0o666)
    expect(await found()).toBeUndefined()
    announce(daemonFile(port))
    fs.chmodSync(path.join(home, "token"), 0o640)
    expect(await found()).toBeUndefined()
    fs.chmodSync(path.join(home, "token"), 0o600)
    fs.renameSync(path.join(home, "daemon.json"), path.join(home, "elsewhere.json"))
    fs.symlinkSync(path.join(home, "elsewhere.json"), path.join(home, "daemon.json"))
    expect(await found()).toBeUndefined()
  })

  it.each(["", "{", "null", "[]", "{}", JSON.stringify({ ...daemonFile(1), port: "1" }), "x".repeat(100_000)])(
    "rubbish in daemon.json names nobody",
    async (content) => {
      announce(content)
      expect(await found()).toBeUndefined()
    }
  )
})

describe("somebody else on the remembered port", () => {
  const impostors: Record<string, (nonce: string, port: number, response: http.ServerResponse) => void> = {
    "that answers 200 to everything": (_nonce, _port, response) => void response.end("{}"),
    "that signs with another key": (nonce, port, response) =>
      void response.end(JSON.stringify({ instanceId, proof: proofOf("another", nonce, port), closing: false })),
    "that signs an older question": (_nonce, port, response) =>
      void response.end(JSON.stringify({ instanceId, proof: proofOf(token, "old", port), closing: false })),
    "that passes the question on to the real daemon on its port": (nonce, port, response) =>
      void response.end(JSON.stringify({ instanceId, proof: proofOf(token, nonce, port + 1), closing: false })),
    "that is another instance": (nonce, port, response) =>
      void response.end(JSON.stringify({ instanceId: "other", proof: proofOf(token, nonce, port), closing: false })),
    "that repeats the question": (nonce, _port, response) =>
      void response.end(JSON.stringify({ instanceId, proof: nonce, closing: false })),
    "that never stops talking": (_nonce, _port, response) => {
      response.on("drain", () => response.write("x".repeat(65_536)))
      response.write("x".repeat(1_000_000))
    },
    "that hangs up": (_nonce, _port, response) => void response.destroy(),
    "that redirects": (_nonce, _port, response) => void response.writeHead(307, { location: "/elsewhere" }).end(),
    "that asks for the key": (_nonce, _port, response) =>
      void response.writeHead(401, { "www-authenticate": "Bearer" }).end()
  }

  it.each(Object.entries(impostors))("%s gets no key and is not spoken to", async (_name, answer) => {
    const { port, heard } = await listener(answer)
    announce(daemonFile(port))
    expect(await found()).toBeUndefined()
    expect(await connecting()).toMatchObject({ _tag: "DaemonUnreachable" })
    expect(await Effect.runPromise(stop({ home, version: "2.0.0", reason: "test" }))).toBe(false)
    expect(heard.length).toBe(3)
    for (const said of heard) {
      expect(said).toMatch(/^POST \/challenge /)
      expect(said).not.toContain(token)
      expect(said.toLowerCase()).not.toContain("authorization")
    }
  })

  it("that says nothing is given up on", async () => {
    const { port, heard } = await listener(() => {})
    announce(daemonFile(port))
    expect(await found()).toBeUndefined()
    expect(heard.join()).not.toContain(token)
  })
})

describe("starting a daemon", () => {
  const node = (script: string, patienceMs = 3_000) => ({
    start: { command: [process.execPath, "-e", script] as const, patienceMs }
  })

  it("is not done unless asked for, and the error says how", async () => {
    expect((await connecting())?.message).toContain("none is running. Start it with: executor pm start")
  })

  it("that cannot be run says so", async () => {
    const reason = await connecting({ start: { command: ["/nonexistent/executor-daemon"] } })
    expect(reason).toMatchObject({
      _tag: "DaemonStartFailed",
      detail: "it could not be run",
      output: expect.stringContaining("ENOENT")
    })
  })

  it("that ends at once tells its status and its last words", async () => {
    const reason = await connecting(node("console.error('the disk is on fire'); process.exit(3)"))
    expect(reason).toMatchObject({
      _tag: "DaemonStartFailed",
      detail: "it ended with status 3",
      output: "the disk is on fire"
    })
  })

  it("that ends without a word shows the end of the log", async () => {
    fs.writeFileSync(path.join(home, "pm.log"), Array.from({ length: 9 }, (_, line) => `line ${line}\n`).join(""))
    const reason = await connecting(node("process.exit(1)"))
    expect(reason).toMatchObject({ output: "line 4\nline 5\nline 6\nline 7\nline 8" })
  })

  it("that never answers is given up on when patience ends", async () => {
    const reason = await connecting(node("setTimeout(() => {}, 2000)", 300))
    expect(reason).toMatchObject({ _tag: "DaemonStartFailed", detail: "it does not answer after 300 ms" })
  })

  it("is tried again while another one holds the folder, and the error names that one", async () => {
    announce(daemonFile(1))
    const reason = await connecting(
      node(`require("fs").appendFileSync(process.env.EXECUTOR_HOME + "/tries", "x"); process.exit(${heldExit})`, 2_500)
    )
    expect(reason).toMatchObject({
      _tag: "DaemonUnreachable",
      detail: expect.stringContaining(`process id ${process.pid}`)
    })
    expect(fs.readFileSync(path.join(home, "tries"), "utf8").length).toBeGreaterThan(1)
  })

  it("ends with whoever answers first, and with that one alone", async () => {
    const { port } = await listener(sound)
    const content = JSON.stringify(JSON.stringify(daemonFile(port)))
    const script =
      "const fs = require('fs'), home = process.env.EXECUTOR_HOME;" +
      "fs.writeFileSync(home + '/late', String(process.pid));" +
      `fs.writeFileSync(home + "/daemon.json", ${content}, { mode: 0o600 }); setInterval(() => {}, 1000)`
    const executor = await Executor.create({ adapter: pm({ home, version: "2.0.0", ...node(script) }) })
    expect(executor.at.url).toBe(`http://127.0.0.1:${port}`)
    await executor.close()
    const late = Number(fs.readFileSync(path.join(home, "late"), "utf8"))
    await expect.poll(() => isAlive(late), { timeout: 10_000 }).toBe(false)
  })
})

it("the data folder is the one given, else EXECUTOR_HOME, else ~/.executor", () => {
  const before = process.env["EXECUTOR_HOME"]
  try {
    delete process.env["EXECUTOR_HOME"]
    expect(resolveHome()).toBe(path.join(os.homedir(), ".executor"))
    process.env["EXECUTOR_HOME"] = "some/where"
    expect(resolveHome()).toBe(path.resolve("some/where"))
    expect(resolveHome("/given")).toBe("/given")
  } finally {
    if (before === undefined) delete process.env["EXECUTOR_HOME"]
    else process.env["EXECUTOR_HOME"] = before
  }
})
