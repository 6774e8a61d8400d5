// Between a client on standard input and output and the host's one HTTP endpoint, for both eras of the protocol. It knows
// no tool and keeps no state but what the transport needs, and it survives a daemon: each message asks anew where it is.
import { setTimeout as sleep } from "node:timers/promises"
import { ask, type Answer, type Place } from "./Line.ts"
import { failure, isRequest, isStateless, statelessHeaders, type Id, type Message, type Request } from "./Message.ts"
import { makeSession } from "./Session.ts"

export interface BridgeOptions {
  /** Finds the daemon, starts it when there is none, and lets it prove itself before it gets a key. */
  readonly reach: () => Promise<Place>
  /** The daemon if it runs; never starts one. */
  readonly look: () => Promise<Place | undefined>
  /** A message for the client. */
  readonly tell: (message: Message) => void
}

export interface Bridge {
  /** A message of the client. Never rejects: a request that fails is answered with an error. */
  readonly accept: (message: Message) => Promise<void>
  /** Waits for open requests at most so many milliseconds, then ends everything. */
  readonly close: (patienceMs: number) => Promise<void>
}

/** JSON-RPC: internal error. */
const internal = -32603
const pollMs = 1_000

const cutOff =
  "Executor ended before it answered, or the connection to it did. What the code did until then is not known here: executor runs list"

/** Reads an answer in which there is nothing to pass on. */
const drain = async (answer: Answer): Promise<void> => {
  for await (const _ of answer.messages);
}

/** A subscription has no end of its own: after the daemon was away it is made again. */
const isSubscription = (message: Message): boolean => message.method === "subscriptions/listen"

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

export const makeBridge = ({ look, reach, tell }: BridgeOptions): Bridge => {
  const session = makeSession()
  const open = new Map<Id, AbortController>()
  const working = new Set<Promise<void>>()
  const ended = new AbortController()
  let heard: string | undefined
  /** The client's introduction: what it sends right behind it waits for the session that it opens. */
  let opening: Promise<void> = Promise.resolve()

  /** Sends one message; a session that the daemon does not know any more is opened again, once. */
  const post = async (message: Message, signal?: AbortSignal): Promise<Answer> => {
    const stateless = isStateless(message)
    if (!stateless && message.method !== "initialize") await opening
    const place = await reach()
    const send = () =>
      ask(place, {
        method: "POST",
        body: message,
        headers: stateless
          ? statelessHeaders(message as Request)
          : message.method === "initialize"
            ? {}
            : session.headers(),
        ...(signal === undefined ? {} : { signal })
      })
    const known = session.id()
    const answer = await send()
    if (answer.status !== 404 || known === undefined || stateless) return answer
    if (session.id() === known && !(await session.reopen(place))) return answer
    await drain(answer)
    void hearSession()
    return await send()
  }

  /** What the daemon says to this session by itself, for as long as the session lives. */
  const hearSession = async (): Promise<void> => {
    const mine = session.id()
    if (mine === heard) return
    heard = mine
    while (mine !== undefined && session.id() === mine && !ended.signal.aborted) {
      try {
        const place = await look()
        const answer = place && (await ask(place, { method: "GET", headers: session.headers(), signal: ended.signal }))
        if (answer !== undefined && answer.status !== 200) return await drain(answer)
        for await (const message of answer?.messages ?? []) tell(message)
      } catch {
        // The daemon went away: the next message, or the next look, finds it again.
      }
      await sleep(pollMs, undefined, { signal: ended.signal }).catch(() => {})
    }
  }

  /** One exchange; `true` once the client has its answer. */
  const exchange = async (request: Request, signal: AbortSignal): Promise<boolean> => {
    if (request.method === "initialize") session.opening(request)
    const answer = await post(request, signal)
    for await (const message of answer.messages) {
      const answers = message.method === undefined && (message.id === request.id || message.id == null)
      if (answers && request.method === "initialize" && message.result !== undefined) session.opened(answer, message)
      tell(answers ? { ...message, id: request.id } : message)
      if (answers) return true
    }
    if (answer.status === 200) return false
    tell(failure(request.id, internal, answer.refused ?? `Executor answered with status ${answer.status}`))
    return true
  }

  /** The same, where a connection that breaks is an end without an answer. */
  const tryExchange = (request: Request, signal: AbortSignal): Promise<boolean> =>
    exchange(request, signal).catch((error: NodeJS.ErrnoException) => {
      if (isSubscription(request) || error.code === "ECONNRESET") return false
      throw error
    })

  const serve = async (request: Request): Promise<void> => {
    const stop = new AbortController()
    open.set(request.id, stop)
    const signal = AbortSignal.any([stop.signal, ended.signal])
    try {
      while (!(await tryExchange(request, signal)) && !signal.aborted) {
        if (!isSubscription(request)) return tell(failure(request.id, internal, cutOff))
        do await sleep(pollMs, undefined, { signal })
        while ((await look()) === undefined)
      }
    } catch (error) {
      // Whoever cancelled a request wants no answer.
      if (!signal.aborted) tell(failure(request.id, internal, reasonOf(error)))
    } finally {
      if (open.get(request.id) === stop) open.delete(request.id)
    }
  }

  /** Passes on what wants no answer. Where there is no session, a request is cancelled by closing its stream. */
  const notify = async (message: Message): Promise<void> => {
    const cancelled =
      message.method === "notifications/cancelled" ? open.get(message.params?.["requestId"] as Id) : undefined
    try {
      if (cancelled === undefined || session.id() !== undefined) await drain(await post(message))
      if (message.method === "notifications/initialized") void hearSession()
    } catch {
      // Nobody waits for an answer to it.
    } finally {
      cancelled?.abort()
    }
  }

  const accept = async (message: Message): Promise<void> => {
    const work = isRequest(message) ? serve(message) : notify(message)
    if (message.method === "initialize") opening = work
    if (!isSubscription(message)) working.add(work)
    await work
    working.delete(work)
  }

  const close = async (patienceMs: number): Promise<void> => {
    const over = new AbortController()
    const late = sleep(patienceMs, undefined, { signal: over.signal }).catch(() => {})
    await Promise.race([Promise.all(working), late])
    over.abort()
    ended.abort()
    const place = await look()
    if (place !== undefined) await session.close(place).catch(() => {})
  }

  return { accept, close }
}
