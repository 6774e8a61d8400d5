// A house with real doors, keys and sockets, and handlers that only note that they were reached.
import { ExecutorRpcs } from "@executor-v2/rpc"
import { WorkspaceId } from "@executor-v2/schema"
import { Effect, Exit, Layer, Scope, Stream } from "effect"
import * as RpcSchema from "effect/rpc/RpcSchema"
import * as fs from "node:fs"
import * as net from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import { prove } from "../src/Discovery.ts"
import { keyFile, openKeys, type Keys } from "../src/Keys.ts"
import { listen, type Listener } from "../src/Listener.ts"
import { makeRpcRoom, type Handlers } from "../src/RpcRoom.ts"

export const methods: ReadonlyArray<string> = [...ExecutorRpcs.requests.keys()]

/** Payloads that decode, for the methods that have one. */
export const payloads: Readonly<Record<string, unknown>> = {
  "Runs.Execute": { code: "return 1" },
  "Runs.Call": { path: "a.b", arguments: {} },
  "Tools.Call": { path: "a.b", arguments: {} },
  "Runs.Resume": { run: "run_1" },
  "Runs.List": {},
  "Runs.Get": { run: "run_1" },
  "Runs.Cancel": { run: "run_1" },
  "Runs.Watch": { run: "run_1" },
  "Sources.Add": { location: { _tag: "Url", url: "http://localhost:1" } },
  "Sources.Refresh": { name: "a" },
  "Sources.Get": { name: "a" },
  "Sources.Remove": { name: "a" },
  "Tools.Search": { query: "a" },
  "Tools.List": {},
  "Tools.Describe": { path: "a.b" },
  "Policies.Set": { pattern: "a.*", effect: "deny" },
  "Policies.Remove": { id: "policy_1" },
  "Policies.Test": { path: "a.b" },
  "Host.Shutdown": { reason: "test" },
  "Tokens.Create": { kind: "agent", name: "test" },
  "Tokens.Revoke": { id: "token_1" }
}

const noting = (reached: Array<string>): Layer.Layer<Handlers> => {
  const handlers = methods.map((tag) => {
    const note = Effect.sync(() => reached.push(tag))
    const answer = RpcSchema.isStreamSchema(ExecutorRpcs.requests.get(tag)!.successSchema)
      ? Stream.drain(Stream.fromEffect(note))
      : Effect.andThen(note, Effect.die("reached"))
    return [tag, () => answer]
  })
  return ExecutorRpcs.toLayer(Object.fromEntries(handlers) as never) as unknown as Layer.Layer<Handlers>
}

export interface TestHouse {
  readonly home: string
  readonly port: number
  readonly owner: string
  readonly agent: string
  readonly keys: Keys
  /** Methods and doors that let somebody through. */
  readonly reached: Array<string>
  readonly close: () => Promise<void>
}

export const openHouse = async (port = 0): Promise<TestHouse> => {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), "executor-house-"))
  const keys = openKeys(home)
  const reached: Array<string> = []
  const scope = Scope.makeUnsafe()
  const room = await Effect.runPromise(
    Scope.provide(
      makeRpcRoom({ workspace: WorkspaceId.make("default"), principalOf: keys.principalOf }, noting(reached)),
      scope
    )
  )
  const listener: Listener = await listen(
    {
      principalOf: keys.principalOf,
      health: () => ({ ok: true }),
      challenge: (body, at) =>
        prove(keys.owner()!, (JSON.parse(body) as { nonce: string }).nonce, {
          instanceId: "test",
          port: at,
          closing: false
        }),
      mcp: async (_request, response, principal) => {
        reached.push(`mcp as ${principal.kind}`)
        response.end("{}")
      },
      rpc: async (request, response) => room.http(request, response),
      socket: async (request, socket, head) => room.socket(request, socket, head),
      onDefect: () => {}
    },
    port
  )
  const read = (kind: "owner" | "agent") => fs.readFileSync(keyFile(home, kind), "utf8").trim()
  return {
    home,
    port: listener.port,
    owner: read("owner"),
    agent: read("agent"),
    keys,
    reached,
    close: async () => {
      await listener.close()
      await Effect.runPromise(Scope.close(scope, Exit.void))
      fs.rmSync(home, { recursive: true, force: true })
    }
  }
}

/** Sends bytes as they are and gives back everything that comes until the other side closes. */
export const raw = (port: number, text: string | Buffer, host = "127.0.0.1"): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = net.connect(port, host, () => socket.write(text))
    let answer = ""
    socket
      .setEncoding("latin1")
      .on("data", (chunk: string) => {
        answer += chunk
      })
      .once("error", reject)
      .once("close", () => resolve(answer))
  })

/** A request text. Names may be repeated. */
export const request = (start: string, headers: ReadonlyArray<readonly [string, string]>, body = ""): string => {
  const length = body === "" ? [] : [["Content-Length", String(Buffer.byteLength(body))] as const]
  const lines = [...headers, ...length, ["Connection", "close"] as const].map(([name, value]) => `${name}: ${value}`)
  return [`${start} HTTP/1.1`, ...lines, "", body].join("\r\n")
}

export const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)
