// Entry of the sandbox process: transpiles one program or runs one program at a time, with a few unused isolates kept warm.
// It answers frames on stdin with frames on stdout. All clocks and all judgement are the host's; when the host goes away,
// it ends itself, after its turn at the latest (turns run on this thread: a thread hop would cost 100 µs a call).
// Arguments: path of isolated-vm, path of oxc-transform, heap limit of the first isolates in MiB.
import { createRequire } from "node:module"
import { Socket } from "node:net"
import { Guest, type Engine, type TurnEnd } from "./Isolates.ts"
import { loadTranspiler, type Transpiler } from "./Oxc.ts"
import { decodeToChild, encodeFromChild, frameReader, type FromChild, type ToChild } from "./WireFormat.ts"

/** Unused isolates kept ready; each costs about 1.5 MB. */
const warmIsolates = 2
/**
 * How long no run must have come before a further isolate is made, in milliseconds: short, so that it is made while the
 * host still writes down the run before, and not in the middle of the next one.
 */
const quietMs = 1
/** A slice of queued operations gives way to the pipe after this many milliseconds. */
const sliceMs = 20

// Nothing of the machine shows in the guest's dates; the environment is empty, so this is the only value in it.
process.env["TZ"] = "UTC"

const die = () => process.kill(process.pid, "SIGKILL")
const output = new Socket({ fd: 1, readable: false, writable: true })
const input = new Socket({ fd: 0, readable: true, writable: false })
const send = (message: FromChild) => output.write(encodeFromChild(message))

interface Run {
  readonly id: number
  readonly guest: Guest
  readonly turnMs: number
  readonly cpuMs: number
  readonly maxTurnChars: number
  queue: Array<string>
  /** A faulted guest is never entered again. */
  faulted: boolean
}

const engineOf = (): Engine | undefined => {
  try {
    return createRequire(import.meta.url)(process.argv[2] ?? "isolated-vm") as Engine
  } catch (error) {
    send({ _tag: "Unavailable", detail: error instanceof Error ? error.message.slice(0, 500) : "" })
    output.end(die)
    return undefined
  }
}

let transpiler: Transpiler | undefined
const loadedTranspiler = (): Transpiler | undefined => {
  try {
    return (transpiler ??= loadTranspiler(process.argv[3] ?? "oxc-transform"))
  } catch {
    return undefined
  }
}
const compile = (message: ToChild & { readonly _tag: "Transpile" | "Locate" }) => {
  const { run, code } = message
  const transpiler = loadedTranspiler()
  if (transpiler === undefined) return send({ _tag: "Refused", run, line: 0, column: 0, reason: "", excerpt: "" })
  if (message._tag === "Locate") {
    const { line, column } = transpiler.locate(code, message) ?? { line: 0, column: 0 }
    return send({ _tag: "Located", run, line, column })
  }
  const result = transpiler.transpile(code)
  if ("problem" in result) return send({ _tag: "Refused", run, ...result.problem })
  return send({ _tag: "Transpiled", run, javascript: result.javascript })
}

/** The unused isolates. Making one holds this thread for 2 ms: while one is ready, that waits for a quiet moment. */
const makeWarm = (engine: Engine, resting: () => boolean) => {
  const ready: Array<Guest> = []
  let memoryMb = Number(process.argv[4]) || 128
  const refill = () => {
    if (!resting() || ready.length >= warmIsolates) return
    ready.push(new Guest(engine, memoryMb))
    refillSoon()
  }
  const refillSoon = () => {
    if (ready.length === 0) setImmediate(refill)
    else setTimeout(refill, quietMs)
  }
  const take = (wantedMb: number): Guest => {
    memoryMb = wantedMb
    for (let guest = ready.shift(); guest !== undefined; guest = ready.shift()) {
      if (guest.memoryMb === memoryMb) return guest
      guest.dispose()
    }
    return new Guest(engine, memoryMb)
  }
  ready.push(new Guest(engine, memoryMb))
  return { take, refillSoon }
}

const serve = (engine: Engine) => {
  let run: Run | undefined
  const warm = makeWarm(engine, () => run === undefined)

  /** Milliseconds the next turn may take: the turn's own limit, or what is left of the run's processor time. */
  const allowance = () => Math.max(1, Math.min(run!.turnMs, Math.ceil(run!.cpuMs - run!.guest.cpuUs / 1_000)))

  const report = (done: number, how: TurnEnd) => {
    const { id, guest, maxTurnChars } = run!
    const cpuUs = guest.cpuUs
    const { end, text } = guest.collect(how)
    const tooMuch = text.length > maxTurnChars
    const fault = tooMuch ? "too-much" : end.fault
    send({ _tag: "Turn", run: id, done, cpuUs, fault, detail: end.detail, text: tooMuch ? "" : text })
    if (fault === "none") return true
    run!.faulted = true
    run!.queue = []
    return false
  }

  const work = () => {
    if (run === undefined || run.queue.length === 0) return
    const until = performance.now() + sliceMs
    let done = 0
    let end: TurnEnd
    do {
      end = run.guest.operate(run.queue[done++]!, allowance())
      // A turn with something to tell ends its slice, so that it is told.
    } while (end.fault === "none" && end.detail === "" && done < run.queue.length && performance.now() < until)
    run.queue = run.queue.slice(done)
    if (report(done, end) && run.queue.length > 0) setImmediate(work)
  }

  const receive = (message: ToChild) => {
    if (message._tag === "Transpile" || message._tag === "Locate") {
      compile(message)
    } else if (message._tag === "Start") {
      const { run: id, turnMs, cpuMs, maxTurnChars } = message
      run = { id, guest: warm.take(message.memoryMb), turnMs, cpuMs, maxTurnChars, queue: [], faulted: false }
      report(1, run.guest.start(message.javascript, message.start, allowance()))
    } else if (run === undefined || run.id !== message.run) {
      return
    } else if (message._tag === "Operations") {
      if (run.faulted) return
      const idle = run.queue.length === 0
      for (const text of message.texts) run.queue.push(text)
      if (idle) work()
    } else {
      const { id, guest } = run
      run = undefined
      guest.dispose()
      send({ _tag: "Idle", run: id, rssMb: Math.round(process.memoryUsage.rss() / 1_048_576) })
      warm.refillSoon()
    }
  }

  input.on(
    "data",
    frameReader(
      () => 0xffff_ffff,
      (frame) => receive(decodeToChild(frame))
    )
  )
  send({ _tag: "Ready" })
  setImmediate(loadedTranspiler)
  warm.refillSoon()
}

input.on("close", die)
input.on("error", die)
output.on("error", die)
const engine = engineOf()
if (engine !== undefined) serve(engine)
