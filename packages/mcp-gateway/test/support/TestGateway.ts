// The gateway on the test engine and a real socket, with clients of three kinds to reach it.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client"
import { Client as V1Client } from "@modelcontextprotocol/sdk/client/index.js"
import { StreamableHTTPClientTransport as V1Transport } from "@modelcontextprotocol/sdk/client/streamableHttp.js"
import type { Transport as V1TransportType } from "@modelcontextprotocol/sdk/shared/transport.js"
import { Effect, Exit, Logger, Scope } from "effect"
import { makeGateway, type Gateway } from "../../src/Gateway.ts"
import type { McpHttpOptions } from "../../src/McpHttp.ts"
import { makeTestEngine, type TestEngine } from "./TestEngine.ts"
import { listen, type TestHost } from "./TestHost.ts"

export interface TestGateway extends AsyncDisposable {
  readonly engine: TestEngine
  readonly gateway: Gateway
  readonly host: TestHost
  /** Names that the tool's description shows; may be changed. */
  readonly sources: Array<string>
}

export const startGateway = async (http: Omit<McpHttpOptions, "serverFactory"> = {}): Promise<TestGateway> => {
  const engine = makeTestEngine()
  const sources = ["github", "stripe"]
  const scope = Effect.runSync(Scope.make())
  const made = makeGateway({
    version: "2.0.0",
    backend: engine.backend,
    sourceNames: () => Effect.sync(() => sources),
    http
  })
  const gateway = await Effect.runPromise(made.pipe(Scope.provide(scope), Effect.provide(Logger.layer([]))))
  const host = await listen(gateway)
  return {
    engine,
    gateway,
    host,
    sources,
    [Symbol.asyncDispose]: async () => {
      await Effect.runPromise(Scope.close(scope, Exit.void))
      await host[Symbol.asyncDispose]()
    }
  }
}

export interface Called {
  readonly isError?: boolean | undefined
  readonly structuredContent?: unknown
  readonly content: ReadonlyArray<{ readonly type: string; readonly text?: string }>
}

export interface CallOptions {
  readonly onprogress?: (progress: { readonly progress: number; readonly message?: string | undefined }) => void
  readonly signal?: AbortSignal
  readonly timeout?: number
}

/** What the tests need of a client, whichever it is. */
export interface TestClient extends AsyncDisposable {
  readonly era: string | undefined
  readonly instructions: string | undefined
  readonly listTools: () => Promise<ReadonlyArray<{ readonly name: string; readonly description?: string | undefined }>>
  readonly call: (args: Record<string, unknown>, options?: CallOptions) => Promise<Called>
}

export type ClientKind = "v2 modern" | "v2 legacy" | "v1"
export const clientKinds: ReadonlyArray<ClientKind> = ["v2 modern", "v2 legacy", "v1"]

const info = { name: "gateway-test", version: "1.2.3" }

export const connect = async (kind: ClientKind, host: TestHost, key = "a", name = info.name): Promise<TestClient> => {
  const headers = { authorization: `Bearer ${key}` }
  if (kind === "v1") {
    const client = new V1Client({ ...info, name })
    // The SDK's class is declared less exactly than its own interface.
    await client.connect(new V1Transport(host.url, { requestInit: { headers } }) as V1TransportType)
    return {
      era: "2025-11-25",
      instructions: client.getInstructions(),
      listTools: async () => (await client.listTools()).tools,
      call: async (args, options) =>
        (await client.callTool({ name: "execute", arguments: args }, undefined, options)) as Called,
      [Symbol.asyncDispose]: () => client.close()
    }
  }
  const client = new Client(
    { ...info, name },
    { versionNegotiation: { mode: kind === "v2 modern" ? "auto" : "legacy" } }
  )
  await client.connect(new StreamableHTTPClientTransport(host.url, { requestInit: { headers } }))
  return {
    era: client.getNegotiatedProtocolVersion(),
    instructions: client.getInstructions(),
    listTools: async () => (await client.listTools()).tools,
    call: async (args, options) => (await client.callTool({ name: "execute", arguments: args }, options)) as Called,
    [Symbol.asyncDispose]: () => client.close()
  }
}

/** The answer's one text, parsed. */
export const answerOf = (called: Called): Record<string, unknown> => {
  if (called.content.length !== 1) throw new Error(`one content block was expected, not ${called.content.length}`)
  return JSON.parse(called.content[0]!.text ?? "") as Record<string, unknown>
}
