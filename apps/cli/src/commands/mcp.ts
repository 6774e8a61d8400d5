// `executor mcp`: an MCP server on standard input and output, for clients that can only start a process. It is a bridge:
// the host answers, with an agent's key, so that this client can do what any other agent can and no more.
import { createInterface } from "node:readline"
import { makeBridge } from "../bridge/Bridge.ts"
import { parse, type Place } from "../bridge/Line.ts"
import { failure } from "../bridge/Message.ts"
import { agentAccess, localAccess, runningDaemon, type AgentAccess } from "../Connect.ts"
import { exitCodes } from "../Failure.ts"
import { onInterrupt } from "../Interrupt.ts"
import { chosenTarget } from "../Targets.ts"
import { note, plain } from "../Terminal.ts"

const placeOf = ({ key, mcpUrl }: AgentAccess): Place => ({ url: mcpUrl, key })

/** A way to the host, and a look at whether it is there. */
interface Way {
  readonly reach: () => Promise<Place>
  readonly look: () => Promise<Place | undefined>
}

/** Several messages at once ask for one. */
const shared = (ask: () => Promise<Place>): (() => Promise<Place>) => {
  let asking: Promise<Place> | undefined
  return () =>
    (asking ??= ask().finally(() => {
      asking = undefined
    }))
}

const access = async (): Promise<Place> => placeOf(await agentAccess())

/** The daemon may be another one each time, on another port. */
const toDaemon = (): Way => {
  const start = shared(access)
  const look = async () => {
    const daemon = await runningDaemon()
    return daemon && placeOf(localAccess(daemon))
  }
  return { look, reach: async () => (await look()) ?? (await start()) }
}

/** A deployment stays where it is: once it has answered, its address is known. */
const toDeployment = (name: string): Way => {
  let known: Place | undefined
  const whenRefused = `the target "${name}" refuses the token of this machine's agents. Add the target again: executor target add`
  const meet = shared(async () => (known = { ...(await access()), whenRefused }))
  return { look: async () => known, reach: async () => known ?? (await meet()) }
}

/** What is open when the client closes its end may still be answered for so long: `echo … | executor mcp` wants that. */
const patienceMs = 5_000
const parseError = -32700

export const mcp = async (): Promise<void> => {
  const target = chosenTarget()
  const { look, reach } = target === undefined ? toDaemon() : toDeployment(target.name)
  const bridge = makeBridge({
    look,
    reach,
    tell: (message) => void process.stdout.write(`${JSON.stringify(message)}\n`)
  })
  // The host is up by the time the client has said hello; if it cannot be, each request is told why.
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
