// A guest on QuickJS: the same prelude and the same rules as on isolated-vm (Isolates.ts). We hold one function of it, call
// it with text under a deadline, run the reactions that follow, and read back text. Time is the wall's: the guest runs on
// the host's own thread, and what cannot be interrupted there (a native loop) is not interrupted.
import type { Fault } from "../GuestProtocol.ts"
import { parseTurn } from "../GuestProtocol.ts"
import { preludeWith } from "../Prelude.ts"
import { asFunction, headChars } from "./ProgramText.ts"
import {
  EngineOutOfMemory,
  QuickJs,
  type CompiledQuickJs,
  type Completion,
  type Picture,
  type Value
} from "./QuickJs.ts"

// Text that crosses is UTF-8 and ends at a NUL: what neither can carry is replaced, one unit for one, before lengths count.
const source = `(function () {
const turn = (function () {${preludeWith(headChars)}})()
const apply = Reflect.apply, wellFormed = String.prototype.toWellFormed
const indexOf = String.prototype.indexOf, slice = String.prototype.slice
return (text, main) => {
  const said = turn(text, main)
  if (typeof said !== "string") return said
  let rest = apply(wellFormed, said, []), out = ""
  for (let at = apply(indexOf, rest, ["\\0"]); at >= 0; at = apply(indexOf, rest, ["\\0"])) {
    out += apply(slice, rest, [0, at]) + "\\ufffd"
    rest = apply(slice, rest, [at + 1])
  }
  return out + rest
}
})()`

/** Milliseconds that collecting may take: of a guest that was stopped, and of any other. It runs no agent code. */
const stoppedMs = 50
const collectMs = 5_000
/** Reactions run in a row before the deadline is looked at by us. */
const jobsInRow = 500

const record = (json: string): string => `e${json.length};${json}`
const tooDeep = record(
  JSON.stringify({ name: "RangeError", message: "Maximum call stack size exceeded: the code recurses too deeply" })
)

/** The engine's own errors, which end the program as a thrown error of its own would. */
const engineError = /^\{"name":"InternalError","message":"(out of memory|interrupted)"/
/** What it throws when there is no memory for an error either. */
const nothing = '{"name":"Error","message":"null"}'

/**
 * What the guest said, without an end that only says that the engine had no memory for more, or that we stopped it. Code
 * that throws such an error by itself is taken at its word; `null`, only while there was memory.
 */
const judged = (text: string, fault: Fault, exhausted: boolean): { readonly text: string; readonly fault: Fault } => {
  const mayBeNothing = exhausted && text.includes(nothing)
  if (!mayBeNothing && !text.includes('{"name":"InternalError"')) return { text, fault }
  const thrown = parseTurn(text).find((said) => said._tag === "Threw")
  if (thrown === undefined) return { text, fault }
  const why = mayBeNothing && thrown.json === nothing ? "out of memory" : engineError.exec(thrown.json)?.[1]
  if (why === undefined) return { text, fault }
  if (why === "interrupted" && fault !== "timeout") return { text, fault }
  const at = text.lastIndexOf(record(thrown.json))
  const rest = text.slice(0, at) + text.slice(at + record(thrown.json).length)
  return { text: rest, fault: fault === "none" ? "memory" : fault }
}

/** Engines with the prelude in them, and nothing else: reading it takes several times as long as copying its memory. */
const prepared = new WeakMap<CompiledQuickJs, { readonly picture: Picture; readonly turn: Value }>()

export class QuickJsGuest {
  readonly #engine: QuickJs
  readonly #turn: Value
  #deadline = Infinity
  #stopped = false
  /** The engine threw instead of answering: it is never entered again. */
  #broken = false
  /** What we say in the guest's place. */
  #lastWord = ""
  #usedMs = 0

  private constructor(engine: QuickJs, turn: Value) {
    this.#engine = engine
    this.#turn = turn
    engine.interrupt = () => (this.#stopped ||= performance.now() > this.#deadline)
  }

  /** A new guest in an engine of its own, limited to `memoryMb`. */
  static async make(compiled: CompiledQuickJs, memoryMb: number): Promise<QuickJsGuest> {
    const ready = prepared.get(compiled)
    if (ready !== undefined) return new QuickJsGuest(await QuickJs.make(compiled, memoryMb, ready.picture), ready.turn)
    const engine = await QuickJs.make(compiled, memoryMb)
    const { threw, value: turn } = engine.evaluate(source, "sandbox.js")
    if (threw) throw new EngineOutOfMemory()
    prepared.set(compiled, { picture: engine.picture(), turn })
    return new QuickJsGuest(engine, turn)
  }

  /** The run is over. Nothing enters the guest any more. Once. */
  release(): void {
    this.#broken = true
    this.#engine.release()
  }

  /** Microseconds spent in the guest so far. */
  get cpuUs(): number {
    return Math.ceil(this.#usedMs * 1_000)
  }

  get memoryMb(): number {
    return this.#engine.memoryMb
  }

  /** Compiles the program and runs nothing of it. What the engine says of its error; nothing when there is none. */
  compile(javascript: string): string | undefined {
    const { threw, value } = this.#engine.compile(asFunction(javascript), "code.js")
    const said = threw ? this.#engine.dump(value) : undefined
    this.#engine.free(value)
    return said
  }

  /** Compiles the program as the body of a strict async function and starts it. */
  start(javascript: string, start: string, turnMs: number): Fault {
    return this.#enter(turnMs, () => {
      const { threw, value: main } = this.#engine.evaluate(asFunction(javascript), "code.js")
      this.#say(threw ? "x" : start, main)
      this.#engine.free(main)
      this.#react()
    })
  }

  /** One operation: a reply or a timer, and all reactions to it. */
  operate(text: string, turnMs: number): Fault {
    return this.#enter(turnMs, () => {
      this.#say(text)
      this.#react()
    })
  }

  /** What the guest has said since the last time, and how its last operations really ended. */
  collect(fault: Fault): { readonly text: string; readonly fault: Fault } {
    if (this.#broken) return { text: this.#lastWord, fault }
    this.#deadline = performance.now() + (fault === "none" ? collectMs : stoppedMs)
    this.#stopped = false
    try {
      const said = this.#call("")
      const text = said === undefined ? undefined : this.#engine.textOf(said)
      if (said !== undefined) this.#engine.free(said)
      if (text === undefined) return { text: "", fault: fault === "none" ? "memory" : fault }
      return judged(text, fault, this.#engine.exhausted)
    } catch (error) {
      const broken = this.#breakOf(error)
      return { text: this.#lastWord, fault: fault === "none" ? broken : fault }
    }
  }

  #enter(turnMs: number, act: () => void): Fault {
    if (this.#broken) return "crash"
    const began = performance.now()
    this.#deadline = began + turnMs
    this.#stopped = false
    try {
      act()
      return this.#stopped ? "timeout" : "none"
    } catch (error) {
      if (this.#stopped && error instanceof Stopped) return "timeout"
      return this.#breakOf(error)
    } finally {
      this.#usedMs += performance.now() - began
    }
  }

  #say(text: string, main?: Value): void {
    const value = this.#call(text, main)
    if (value !== undefined) this.#engine.free(value)
  }

  /** The guest's own code catches what agent code throws: what still comes out of it is the engine's. */
  #call(text: string, main?: Value): Value | undefined {
    const operation = this.#engine.text(text)
    const { threw, value }: Completion = this.#engine.call(
      this.#turn,
      main === undefined ? [operation] : [operation, main]
    )
    this.#engine.free(operation)
    if (!threw) return value
    this.#engine.free(value)
    if (this.#stopped) throw new Stopped()
    throw new EngineOutOfMemory()
  }

  #react(): void {
    for (;;) {
      const how = this.#engine.runJobs(jobsInRow)
      // Stopping ends one reaction only: the next ones would go on.
      if (this.#engine.interrupt()) throw new Stopped()
      if (how === "failed") throw new EngineOutOfMemory()
      if (how === "all done") return
    }
  }

  /** What it means that the engine did not answer. WebAssembly is left in the middle of things then. */
  #breakOf(error: unknown): Fault {
    this.#broken = true
    if (error instanceof EngineOutOfMemory || this.#engine.exhausted) return "memory"
    if (error instanceof RangeError) {
      this.#lastWord = tooDeep
      return "none"
    }
    return "crash"
  }
}

/** The deadline has passed. */
class Stopped extends Error {}
