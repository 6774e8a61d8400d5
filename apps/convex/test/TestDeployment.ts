// The deployment under test: every function of this app in the harness, behind two real ports, and the clients that people
// and agents have.
import { startHarness, type Harness } from "@executor-v2/convex-harness"
import type { EventEnvelope, ExecuteResult, Source } from "@executor-v2/schema"
import { Executor } from "@executor-v2/sdk"
import { remote, type Remote } from "@executor-v2/sdk/remote"
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client"
import { fileURLToPath } from "node:url"

export const functions = fileURLToPath(new URL("../convex", import.meta.url))

export type Owner = Executor.Executor<Remote>

/** A call of the HTTP actions with a key. */
export type Post = (path: string, body: unknown, headers?: Readonly<Record<string, string>>) => Promise<Response>

/** A workspace with its first owner's key, and who is there with it. */
export interface House {
  readonly token: string
  readonly owner: Owner
  /** The official MCP client, with an agent's key of its own. */
  readonly agent: Client
  readonly agentToken: string
}

/** An answer of `execute` as its bytes and as what they say. */
export interface Executed {
  readonly text: string
  readonly result: ExecuteResult
}

export const execute = async (client: Client, args: Readonly<Record<string, unknown>>): Promise<Executed> => {
  const { content } = await client.callTool({ name: "execute", arguments: { ...args } })
  const text = (content as ReadonlyArray<{ readonly text?: string }>)[0]?.text ?? ""
  return { text, result: JSON.parse(text) as ExecuteResult }
}

/** What a rejected promise was rejected with. */
export const rejection = (promise: Promise<unknown>): Promise<{ readonly _tag?: string; readonly message: string }> =>
  promise.then(
    (value) => Promise.reject(new Error(`it was fulfilled: ${JSON.stringify(value)}`)),
    (error: { readonly _tag?: string; readonly message: string }) => error
  )

/** All that a stream tells, and its last word. */
export const all = async <A>(stream: AsyncIterable<A>): Promise<ReadonlyArray<A>> => {
  const told: Array<A> = []
  for await (const one of stream) told.push(one)
  return told
}

interface ChangesPage {
  readonly seq: number
  readonly envelopesJson: ReadonlyArray<string>
}

export class TestDeployment {
  readonly harness: Harness
  readonly #open: Array<() => Promise<unknown>> = []

  private constructor(harness: Harness) {
    this.harness = harness
  }

  /** `origins`: private ones that the operator lets runs and people reach. */
  static async start(origins: ReadonlyArray<string> = []): Promise<TestDeployment> {
    const environment = { EXECUTOR_ALLOW_ORIGINS: origins.join(" ") }
    return new TestDeployment(await startHarness({ functions, environment }))
  }

  async stop(): Promise<void> {
    for (const close of this.#open.splice(0)) await close()
    await this.harness.stop()
  }

  /** Runs a function as who deploys can, and as the platform does. */
  async run<A>(name: string, args: Readonly<Record<string, unknown>>): Promise<A> {
    return (await this.harness.deployment.run(name, args as Record<string, string>)) as A
  }

  /** An owner's first key to a workspace. */
  async firstToken(workspace: string): Promise<string> {
    return (await this.run<{ readonly token: string }>("tokens:create", { workspace })).token
  }

  async owner(token: string): Promise<Owner> {
    const { siteUrl, url } = this.harness
    const owner = await Executor.create({ adapter: remote({ url, siteUrl, token, client: "test", pauseMs: 10 }) })
    this.#open.push(owner.close)
    return owner
  }

  async agent(token: string): Promise<Client> {
    const client = new Client({ name: "test", version: "1.0.0" }, { versionNegotiation: { mode: "auto" } })
    const headers = { authorization: `Bearer ${token}` }
    await client.connect(
      new StreamableHTTPClientTransport(new URL(`${this.harness.siteUrl}/mcp`), { requestInit: { headers } })
    )
    this.#open.push(() => client.close())
    return client
  }

  /** A workspace with an owner and an agent in it. */
  async house(workspace: string): Promise<House> {
    const token = await this.firstToken(workspace)
    const owner = await this.owner(token)
    const { token: agentToken } = await owner.tokens.create({ kind: "agent", name: "agent" })
    return { token, owner, agentToken, agent: await this.agent(agentToken) }
  }

  /** A request to the site port with a key; other headers may take its place. */
  request(path: string, token: string | undefined, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    if (token !== undefined && !headers.has("authorization")) headers.set("authorization", `Bearer ${token}`)
    return fetch(this.harness.siteUrl + path, { ...init, headers })
  }

  /** Everything that has happened in a workspace, in its order. */
  async events(workspace: string): Promise<ReadonlyArray<EventEnvelope>> {
    const envelopes: Array<EventEnvelope> = []
    for (let after = 0; ;) {
      const page = await this.run<ChangesPage>("persistence:changesSince", { workspace, after })
      if (page.envelopesJson.length === 0) return envelopes
      envelopes.push(...page.envelopesJson.map((json) => JSON.parse(json) as EventEnvelope))
      after = page.seq
    }
  }

  /** Ends runs that nobody drives, as the cron does each minute. Returns how many. */
  sweep(): Promise<unknown> {
    return this.harness.runCron("end runs that nobody drives")
  }
}

/** Registers the source and returns it as it came to rest. */
export const register = async (owner: Owner, draft: Parameters<Owner["sources"]["add"]>[0]): Promise<Source> =>
  (await all(owner.sources.add(draft))).at(-1)!
