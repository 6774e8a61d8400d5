// How much a server may say: ordinary talk passes, however lively, and one that sends without end is cut off before it takes
// the host's memory and time.
import type { JSONRPCMessage } from "@modelcontextprotocol/client"

/** So much at once, and so much more each second. */
const limits = {
  bytes: { most: 64 * 1024 * 1024, perSecond: 8 * 1024 * 1024 },
  messages: { most: 10_000, perSecond: 1_000 },
  /** Each costs an answer, which an older server over HTTP gets with a request of its own. */
  requests: { most: 50, perSecond: 5 }
}

/** Takes an amount unless it is more than is left. */
type Bucket = (amount: number) => boolean

const bucket = ({ most, perSecond }: { readonly most: number; readonly perSecond: number }): Bucket => {
  let left = most
  let then = Date.now()
  return (amount) => {
    const now = Date.now()
    // A clock that was set back gives nothing.
    left = Math.min(most, left + (Math.max(0, now - then) / 1_000) * perSecond)
    then = now
    if (amount > left) return false
    left -= amount
    return true
  }
}

/** What one connection may bring. */
export interface Flood {
  /** `false` when the connection was cut off for it. */
  readonly bytes: (amount: number) => boolean
  /** `false` when nobody is to hear of the message: a request too many, or the connection was cut off. */
  readonly admits: (message: JSONRPCMessage) => boolean
  /** Why the connection was cut off, after its server's name; `undefined` while it is not. */
  excess: string | undefined
  /** Ends the connection. */
  cutOff: () => void
}

export const makeFlood = (): Flood => {
  const [bytes, messages, requests] = [bucket(limits.bytes), bucket(limits.messages), bucket(limits.requests)]
  const end = (): false => {
    if (flood.excess === undefined) {
      flood.excess = "sent more than anybody reads and was cut off"
      flood.cutOff()
    }
    return false
  }
  const flood: Flood = {
    bytes: (amount) => (flood.excess === undefined && bytes(amount)) || end(),
    admits: (message) => {
      if (flood.excess !== undefined || !messages(1)) return end()
      return !("method" in message && "id" in message) || requests(1)
    },
    excess: undefined,
    cutOff: () => {}
  }
  return flood
}
