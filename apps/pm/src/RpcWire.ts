// How RPC messages look on this daemon's wires: newline-delimited JSON, with everything a stranger may get wrong
// turned into an answer instead of a surprise further in.
import * as RpcSerialization from "effect/rpc/RpcSerialization"
import { maxBodyBytes } from "./Listener.ts"

const isPair = (entry: unknown): boolean =>
  Array.isArray(entry) && entry.length === 2 && entry.every((part) => typeof part === "string")

const isId = (id: unknown): boolean => typeof id === "string" || (typeof id === "number" && Number.isSafeInteger(id))

/** Deeper than any arguments: what reads a message recurses, and would exhaust the stack. */
const deepest = 500

const isDeep = (value: unknown, levels: number): boolean => {
  if (typeof value !== "object" || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => isDeep(inner, levels - 1))
}

/** The message, if its envelope is one that the server reads without further checks. */
const checked = (message: unknown): unknown => {
  const { _tag, id, requestId, tag, headers = [], payload = null } = (message ?? {}) as Record<string, unknown>
  const sound =
    _tag === "Request"
      ? isId(id) && typeof tag === "string" && Array.isArray(headers) && headers.every(isPair)
      : _tag === "Ack" || _tag === "Interrupt"
        ? isId(requestId)
        : _tag === "Ping" || _tag === "Eof"
  if (!sound) throw new Error("This is no RPC message: see the contract of this daemon's version.")
  if (isDeep(payload, deepest)) throw new Error(`This message is nested more than ${deepest} levels deep.`)
  return _tag === "Request" ? { ...(message as object), headers, payload } : message
}

/**
 * Messages in one body: clients of this contract send one. Answers wait in a bounded queue until all messages are read, and
 * more answers than it holds would wait for ever, and keep the daemon from stopping.
 */
const mostInBody = 256

const bounded = (messages: ReadonlyArray<unknown>): ReadonlyArray<unknown> => {
  if (messages.length > mostInBody)
    throw new Error(`These are ${messages.length} messages in one request: send at most ${mostInBody}.`)
  return messages
}

/** `whole`: what arrives is a whole body, so that its last line needs no newline. */
export const wire = (options: { readonly whole: boolean }): RpcSerialization.RpcSerialization["Service"] => {
  const lines = RpcSerialization.makeNdjson({ maxBufferSize: maxBodyBytes })
  return RpcSerialization.RpcSerialization.of({
    ...lines,
    makeUnsafe: () => {
      const parser = lines.makeUnsafe()
      return {
        encode: parser.encode,
        decode: (data) =>
          options.whole
            ? bounded([...parser.decode(data), ...parser.decode("\n")]).map(checked)
            : parser.decode(data).map(checked)
      }
    }
  })
}
