// One QuickJS engine per run: a WebAssembly instance of its own, in memory that cannot grow beyond its cap. It is spoken to
// through the functions it exports, so that every allocation can be checked: an engine without memory answers with 0.
// Nothing is ever freed as a whole: after a run the instance is dropped, whatever state it is in, and its memory wiped.
import { QuickJSFFI } from "@jitl/quickjs-wasmfile-release-sync/ffi"
import quickJsModule from "@jitl/quickjs-wasmfile-release-sync/emscripten-module"
import { giveBack, leastPages, pageBytes, takeMemory, type Memory } from "./Memories.ts"

/**
 * The `WebAssembly.Module` of `@jitl/quickjs-wasmfile-release-sync/wasm`; each host has its own way to get it. (The types
 * of Node know nothing of WebAssembly.)
 */
export type CompiledQuickJs = object

const { WebAssembly } = globalThis as unknown as {
  readonly WebAssembly: {
    readonly Instance: new (compiled: CompiledQuickJs, imports: object) => object
  }
}

type Loader = typeof quickJsModule.default
type Exports = Awaited<ReturnType<Loader>>
type Runtime = ReturnType<QuickJSFFI["QTS_NewRuntime"]>
type Realm = ReturnType<QuickJSFFI["QTS_NewContext"]>
/** A value inside the engine. */
export type Value = ReturnType<QuickJSFFI["QTS_Call"]>
type CharPointer = Parameters<QuickJSFFI["QTS_NewString"]>[1]
type JobRealm = Parameters<QuickJSFFI["QTS_ExecutePendingJob"]>[2]

/** An engine as it once stood at rest: a new one goes on from there. Pointers mean the same in every instance. */
export interface Picture {
  /** Its memory without the pages that hold nothing but zeros, as new memory does. */
  readonly pages: ReadonlyArray<{ readonly at: number; readonly bytes: Uint8Array }>
  readonly runtime: Runtime
  readonly realm: Realm
  readonly jobRealm: JobRealm
}

/** The engine has no memory left. */
export class EngineOutOfMemory extends Error {}

/** What evaluating or calling gave: a value, or what was thrown. The caller frees it. */
export interface Completion {
  readonly threw: boolean
  readonly value: Value
}

/** A picture keeps memory in pieces of so many bytes. */
const pictureBytes = 16_384
/**
 * Bytes of its own stack that code may use. The machine's stack beneath is deeper but not endless, and the engine does not
 * see it: some native recursion still ends there first, as a RangeError of the host.
 */
const stackBytes = 192 * 1024
const everyIntrinsic = 0xffff as Parameters<QuickJSFFI["QTS_NewContext"]>[1]
/** `JS_EVAL_FLAG_COMPILE_ONLY` of quickjs.h. */
const compileOnly = 1 << 5

export class QuickJs {
  #exports: Exports
  #ffi: QuickJSFFI
  readonly #memory: Memory
  readonly #maxBytes: number
  readonly #runtime: Runtime
  readonly #realm: Realm
  readonly #jobRealm: JobRealm
  /** Asked every now and then while code runs; `true` stops it. */
  interrupt: () => boolean = () => false

  private constructor(exports: Exports, memory: Memory, maxBytes: number, picture?: Picture) {
    this.#exports = exports
    this.#ffi = new QuickJSFFI(exports)
    this.#memory = memory
    this.#maxBytes = maxBytes
    exports.callbacks = {
      shouldInterrupt: () => (this.interrupt() ? 1 : 0),
      // The guest is never given a function or a module of the host.
      callFunction: () => 0 as Value,
      loadModuleSource: () => 0 as CharPointer,
      normalizeModule: () => 0 as CharPointer,
      freeHostRef: () => {}
    }
    const all = new Uint8Array(memory.buffer)
    for (const { at, bytes } of picture?.pages ?? []) all.set(bytes, at)
    this.#runtime = picture?.runtime ?? this.#ffi.QTS_NewRuntime()
    this.#ffi.QTS_RuntimeSetMemoryLimit(this.#runtime, maxBytes)
    this.#ffi.QTS_RuntimeSetMaxStackSize(this.#runtime, stackBytes)
    this.#ffi.QTS_RuntimeEnableInterruptHandler(this.#runtime)
    this.#realm = picture?.realm ?? this.#ffi.QTS_NewContext(this.#runtime, everyIntrinsic)
    this.#jobRealm = picture?.jobRealm ?? (this.#checked(exports._malloc(4)) as JobRealm)
  }

  /**
   * Makes an engine whose whole memory (code, stack and heap) stays below `memoryMb`; at least 16 MiB. With a picture it
   * starts where that engine stood, and shares nothing with it.
   */
  static async make(compiled: CompiledQuickJs, memoryMb: number, picture?: Picture): Promise<QuickJs> {
    const maximum = Math.max(leastPages, Math.ceil((memoryMb * 1_048_576) / pageBytes))
    const memory = takeMemory(maximum)
    const exports = await new Promise<Exports>((resolve, reject) => {
      const load = quickJsModule as unknown as Loader
      const loaded = load({
        wasmMemory: memory,
        // Its loader would wait for ever when this fails.
        instantiateWasm: (imports, onSuccess) => {
          try {
            // It is compiled already: asking for it in the background takes longer than doing it.
            onSuccess(new WebAssembly.Instance(compiled, imports))
          } catch (error) {
            reject(error)
          }
          return {}
        },
        ...silent
      })
      loaded.then(resolve, reject)
    })
    return new QuickJs(exports, memory, maximum * pageBytes, picture)
  }

  /** What this engine holds now. To be asked between calls, and before any agent code has run in it. */
  picture(): Picture {
    const pages: Array<Picture["pages"][number]> = []
    for (let at = 0; at < this.#memory.buffer.byteLength; at += pictureBytes) {
      // Four bytes at a time, as an engine has millions of them.
      if (!isZero(new Int32Array(this.#memory.buffer, at, pictureBytes / 4)))
        pages.push({ at, bytes: new Uint8Array(this.#memory.buffer, at, pictureBytes).slice() })
    }
    return { pages, runtime: this.#runtime, realm: this.#realm, jobRealm: this.#jobRealm }
  }

  get memoryMb(): number {
    return Math.ceil(this.#memory.buffer.byteLength / 1_048_576)
  }

  /** The memory has once been taken up to its cap, or nearly: it never shrinks. */
  get exhausted(): boolean {
    return this.#memory.buffer.byteLength > 0.9 * this.#maxBytes
  }

  /** Its memory goes to a later engine: whatever is still asked of this one throws before it gets there. Once. */
  release(): void {
    this.#exports = this.#ffi = undefined as never
    giveBack(this.#memory, this.#maxBytes / pageBytes)
  }

  evaluate(code: string, file: string): Completion {
    return this.#evaluate(code, file, 0)
  }

  /** Only compiles: nothing of the code runs. */
  compile(code: string, file: string): Completion {
    return this.#evaluate(code, file, compileOnly)
  }

  call(callee: Value, args: ReadonlyArray<Value>): Completion {
    const list = this.#checked(this.#exports._malloc(4 * Math.max(1, args.length)))
    new Int32Array(this.#memory.buffer, list, args.length).set(args)
    const self = this.#ffi.QTS_GetUndefined()
    const value = this.#ffi.QTS_Call(this.#realm, callee, self, args.length, list as ArgumentList)
    this.#exports._free(list)
    return this.#completed(value)
  }

  /** Runs at most `count` of the waiting jobs (reactions to promises). A job that fails has no other way to say so. */
  runJobs(count: number): "all done" | "more" | "failed" {
    const value = this.#checked(this.#ffi.QTS_ExecutePendingJob(this.#runtime, count, this.#jobRealm)) as Value
    const failed = this.#typeOf(value) !== "number"
    this.#ffi.QTS_FreeValuePointerRuntime(this.#runtime, value)
    if (failed) return "failed"
    return this.#ffi.QTS_IsJobPending(this.#runtime) === 0 ? "all done" : "more"
  }

  /** A string of the engine. Text is UTF-8 on its way and ends at the first NUL. */
  text(text: string): Value {
    const { at } = this.#write(text)
    const value = this.#ffi.QTS_NewString(this.#realm, at)
    this.#exports._free(at)
    return this.#checked(value) as Value
  }

  /** The text of a value that is a string; nothing for any other value. */
  textOf(value: Value): string | undefined {
    if (this.#typeOf(value) !== "string") return undefined
    const at = this.#checked(this.#ffi.QTS_GetString(this.#realm, value)) as ReturnType<QuickJSFFI["QTS_GetString"]>
    const text = this.#exports.UTF8ToString(at)
    this.#ffi.QTS_FreeCString(this.#realm, at)
    return text
  }

  /** The engine's own JSON of a value. It reads properties: not for values that agent code has touched. */
  dump(value: Value): string {
    const at = this.#checked(this.#ffi.QTS_Dump(this.#realm, value)) as ReturnType<QuickJSFFI["QTS_Dump"]>
    const text = this.#exports.UTF8ToString(at)
    this.#ffi.QTS_FreeCString(this.#realm, at)
    return text
  }

  free(value: Value): void {
    this.#ffi.QTS_FreeValuePointer(this.#realm, value)
  }

  #evaluate(code: string, file: string, flags: number): Completion {
    const { at, length } = this.#write(code)
    const value = this.#ffi.QTS_Eval(this.#realm, at, length, file, 0 as EvalDetectModule, flags as EvalFlags)
    this.#exports._free(at)
    return this.#completed(value)
  }

  #typeOf(value: Value): string {
    const at = this.#checked(this.#ffi.QTS_Typeof(this.#realm, value)) as ReturnType<QuickJSFFI["QTS_Typeof"]>
    const text = this.#exports.UTF8ToString(at)
    this.#exports._free(at)
    return text
  }

  #completed(value: Value): Completion {
    this.#checked(value)
    const error = this.#ffi.QTS_ResolveException(this.#realm, value)
    if (error === 0) return { threw: false, value }
    this.free(value)
    return { threw: true, value: error }
  }

  #write(given: string): { readonly at: CharPointer; readonly length: number } {
    // The two functions below count halves of characters differently: the text would be cut.
    const text = given.toWellFormed()
    const length = this.#exports.lengthBytesUTF8(text)
    const at = this.#checked(this.#exports._malloc(length + 1)) as CharPointer
    this.#exports.stringToUTF8(text, at as Parameters<Exports["stringToUTF8"]>[1], length + 1)
    return { at, length }
  }

  /** Every pointer that the engine hands out goes through here. */
  #checked(pointer: number): number {
    if (pointer === 0) throw new EngineOutOfMemory()
    return pointer
  }
}

const isZero = (words: Int32Array): boolean => {
  for (let at = 0; at < words.length; at++) if (words[at] !== 0) return false
  return true
}

type EvalDetectModule = Parameters<QuickJSFFI["QTS_Eval"]>[4]
type EvalFlags = Parameters<QuickJSFFI["QTS_Eval"]>[5]
type ArgumentList = Parameters<QuickJSFFI["QTS_Call"]>[4]

/** An engine that aborts says so to the host's console; we learn of it by the error that it throws. */
const silent = { print: () => {}, printErr: () => {} }
