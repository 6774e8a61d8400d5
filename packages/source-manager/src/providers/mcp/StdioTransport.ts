// The SDK's transport over a process that the host started. Standard output that is not MCP is never obeyed; when
// nothing else comes, the server is given up: it must print messages only (specification, Transports, stdio).
import type { JSONRPCMessage, RequestId, Transport } from "@modelcontextprotocol/client"
import { presentable } from "./Tail.ts"
import type { StdioListener, StdioProcess } from "./StdioLauncher.ts"

/** Lines and characters of text that are put up with before the first message: banners are common, logs are not. */
const patience = { lines: 200, characters: 256_000 }

/** A message could not be handed to the server: nothing of it arrived. */
export class NotSent extends Error {
  override readonly name = "NotSent"
}

export class StdioTransport implements Transport {
  onclose?: () => void
  onerror?: (error: Error) => void
  onmessage?: NonNullable<Transport["onmessage"]>

  // Present so that the SDK takes this for what it is: on stdio, silence after the first probe means an older server.
  readonly stderr = null
  get pid(): number | null {
    return this.#process?.pid ?? null
  }

  /** Characters received so far. */
  received = 0

  #process: StdioProcess | undefined
  #closed = false
  #spoken = false
  #noiseLines = 0
  #noiseCharacters = 0
  #noise: string | undefined
  #probe: RequestId | undefined
  #timers: ReadonlyArray<ReturnType<typeof setTimeout>> = []
  readonly #textMs: number

  /** @param textMs how long after the first text that is no message the first message may take */
  constructor(textMs: number) {
    this.#textMs = textMs
  }

  /** What the process tells goes here. */
  readonly listener: StdioListener = {
    onLine: (line) => this.#receive(line),
    onExit: () => this.#end()
  }

  /** The start of what the server printed that was no message, fit to be shown. */
  get noise(): string | undefined {
    return this.#noise
  }

  attach(server: StdioProcess): void {
    this.#process = server
  }

  async start(): Promise<void> {
    if (this.#closed) throw new NotSent("the server ended")
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const server = this.#process
    if (this.#closed || server === undefined) throw new NotSent("the server ended")
    this.#probe =
      "id" in message && "method" in message && message.method === "server/discover" ? message.id : undefined
    try {
      await server.write(JSON.stringify(message))
    } catch (cause) {
      throw new NotSent("the server stopped reading", { cause })
    }
  }

  /** The process itself ends with the scope it was started in. */
  async close(): Promise<void> {
    this.#end()
  }

  #end(): void {
    if (this.#closed) return
    this.#closed = true
    this.#timers.forEach(clearTimeout)
    this.onclose?.()
  }

  #receive(line: string): void {
    if (this.#closed) return
    this.received += line.length
    const message = parseMessage(line)
    if (message === undefined) return this.#hear(line)
    this.#spoken = true
    this.#timers.forEach(clearTimeout)
    this.onmessage?.(message)
  }

  #hear(line: string): void {
    this.#noise ??= presentable(line).trim().slice(0, 160)
    if (this.#spoken) return
    if (this.#noiseLines === 0) {
      this.#timers = [
        setTimeout(() => this.#answerProbe(), this.#textMs / 3),
        setTimeout(() => this.#end(), this.#textMs)
      ]
    }
    this.#noiseLines++
    this.#noiseCharacters += line.length
    if (this.#noiseLines > patience.lines || this.#noiseCharacters > patience.characters) this.#end()
  }

  /** Some older servers never answer a question of the newer era: after a banner there is no time to wait for it. */
  #answerProbe(): void {
    if (this.#closed || this.#probe === undefined) return
    this.onmessage?.({ jsonrpc: "2.0", id: this.#probe, error: { code: -32601, message: "no answer" } })
  }
}

const parseMessage = (line: string): JSONRPCMessage | undefined => {
  try {
    const value: unknown = JSON.parse(line)
    const isMessage = typeof value === "object" && value !== null && (value as { jsonrpc?: unknown }).jsonrpc === "2.0"
    return isMessage ? (value as JSONRPCMessage) : undefined
  } catch {
    return undefined
  }
}
