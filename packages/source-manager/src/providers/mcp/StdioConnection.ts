// Connects over stdio: starts the server's process, and finds out which era it speaks.
import type { Transport } from "@modelcontextprotocol/client"
import type { SourceLocation } from "@executor-v2/schema"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { SourceError } from "../../Provider.ts"
import {
  closed,
  connectClient,
  type ConnectFailed,
  type Connection,
  established,
  type Link,
  loadSdk
} from "./Connection.ts"
import { makeFlood } from "./Flood.ts"
import { connectFailure } from "./Failures.ts"
import { type Limits, Patience } from "./Patience.ts"
import { StdioLauncher } from "./StdioLauncher.ts"
import { StdioTransport } from "./StdioTransport.ts"

/** What was learnt about servers before, so that nobody is asked twice; lives as long as the host. */
export type Verdicts = Map<string, "legacy">

/** These fetch the server first when they have not seen it before. */
const downloads = new Set(["npx", "bunx", "pnpx", "uvx", "uv", "pipx", "docker", "podman", "deno"])

/** Words of runners that come before what they run. */
const runnerWords = new Set(["-y", "--yes", "x", "run", "-i", "--rm", "tool"])

/** The command, and what it runs when that is plain to see; other arguments may be secrets. */
const nameOf = ({ command, args }: Stdio): string => {
  const first = downloads.has(command) ? args.find((word) => !runnerWords.has(word)) : args[0]
  return [command, ...(first === undefined || first.startsWith("-") ? [] : [first])].join(" ").slice(0, 120)
}

type Stdio = Extract<SourceLocation, { readonly _tag: "Stdio" }>

interface Started {
  readonly transport: StdioTransport
  readonly link: Link
  readonly timeout: number
  readonly limits: Limits
}

/** Starts the server's process and listens to it. */
const start = Effect.fnUntraced(function* (
  location: Stdio
): Effect.fn.Return<Started, SourceError, StdioLauncher | Scope.Scope> {
  const { command, args, cwd } = location
  const launcher = yield* StdioLauncher
  const limits = yield* Patience
  const transport = new StdioTransport(limits.text)
  const flood = makeFlood()
  const server = yield* launcher.launch({ command, args, ...(cwd === undefined ? {} : { cwd }) }, transport.listener)
  transport.attach(server)
  const where = `the server "${nameOf(location)}"`
  return {
    transport,
    limits,
    timeout: downloads.has(command) ? limits.download : limits.answer,
    link: {
      where,
      flood,
      received: () => transport.received,
      circumstances: (seconds) => ({
        where,
        seconds,
        ending: server.ending(),
        stderr: server.stderr(),
        noise: transport.noise,
        excess: flood.excess
      })
    }
  }
})

const greet = ({ transport, link, timeout, limits }: Started, prior: "legacy" | undefined) =>
  Effect.tryPromise({
    try: async (signal) =>
      connectClient(
        await loadSdk(),
        { transport: transport as Transport, flood: link.flood },
        timeout,
        limits.probe,
        prior,
        signal
      ),
    catch: (cause) => connectFailure(cause, link.circumstances(timeout / 1_000))
  }).pipe(
    Effect.tap((client) => Effect.addFinalizer(() => closed(() => client.close()))),
    Effect.map((client) => established(client, link))
  )

export const overStdio = Effect.fnUntraced(function* (
  location: Stdio,
  verdicts: Verdicts
): Effect.fn.Return<Connection, ConnectFailed, StdioLauncher | Scope.Scope> {
  const key = JSON.stringify(location)
  const prior = verdicts.get(key)
  const started = yield* start(location)
  let outcome = yield* Effect.result(greet(started, prior))
  // Some older servers end when they meet a question of the newer era: they get a second start without it.
  if (outcome._tag === "Failure" && prior === undefined && started.link.circumstances(0).ending !== undefined) {
    outcome = yield* Effect.result(greet(yield* start(location), "legacy"))
  }
  if (outcome._tag === "Failure") return yield* outcome.failure
  if (outcome.success.era === "legacy") verdicts.set(key, "legacy")
  return outcome.success
})
