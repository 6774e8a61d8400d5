// `executor mcp`: an MCP server on standard input and output, for clients that can only start a process. It is a bridge:
// the daemon answers, with an agent's key, so that this client can do what any other agent can and no more.
import { readFile } from "node:fs/promises"
import { createInterface } from "node:readline"
import { makeBridge } from "../bridge/Bridge.ts"
import { parse, type Place } from "../bridge/Line.ts"
import { failure } from "../bridge/Message.ts"
import { connect, runningDaemon } from "../Connect.ts"
import { exitCodes } from "../Failure.ts"
import { onInterrupt } from "../Interrupt.ts"
import { note, plain } from "../Terminal.ts"

const placeOf = async (at: { readonly mcpUrl: string; readonly agentTokenFile: string }): Promise<Place> => ({
  url: at.mcpUrl,
  key: (await readFile(at.agentTokenFile, "utf8")).trim()
})

const look = async (): Promise<Place | undefined> => {
  const daemon = await runningDaemon()
  return daemon && (await placeOf(daemon))
}

const start = async (): Promise<Place> => {
  const executor = await connect()
  await executor.close()
  return await placeOf(executor.at)
}

/** Several messages at once start one daemon. */
const reacher = (): (() => Promise<Place>) => {
  let starting: Promise<Place> | undefined
  return async () =>
    (await look()) ??
    (await (starting ??= start().finally(() => {
      starting = undefined
    })))
}

/** What is open when the client closes its end may still be answered for so long: `echo … | executor mcp` wants that. */
const patienceMs = 5_000
const parseError = -32700

export const mcp = async (): Promise<void> => {
  const reach = reacher()
  const bridge = makeBridge({
    look,
    reach,
    tell: (message) => void process.stdout.write(`${JSON.stringify(message)}\n`)
  })
  // The daemon is up by the time the client has said hello; if it cannot be, each request is told why.
  reach().catch((error: unknown) => {
    note(`executor mcp: ${plain(error instanceof Error ? error.message : String(error))}`)
    process.exitCode = exitCodes.unreachable
  })
  const lines = createInterface({ input: process.stdin, crlfDelay: Infinity })
  let patience = patienceMs
  const release = onInterrupt(() => {
    patience = 0
    lines.close()
    process.stdin.destroy()
  })
  for await (const line of lines) {
    if (line.trim() === "") continue
    const message = parse(line)
    if (message !== undefined) void bridge.accept(message)
    else process.stdout.write(`${JSON.stringify(failure(null, parseError, "this line is no JSON-RPC 2.0 message"))}\n`)
  }
  await bridge.close(patience)
  release()
}
