// Memory for engines. What a run leaves behind is wiped and serves a later one: memory that is dropped instead makes the
// collector go over everything, once a run, which takes longer than the run.

/** A `WebAssembly.Memory`. (The types of Node know nothing of WebAssembly.) */
export interface Memory {
  readonly buffer: ArrayBuffer
}
const { WebAssembly } = globalThis as unknown as {
  readonly WebAssembly: {
    readonly Memory: new (pages: { readonly initial: number; readonly maximum: number }) => Memory
  }
}

export const pageBytes = 65_536
/** What the engine's module asks for at least, in pages. */
export const leastPages = 256

/** One that holds nothing but zeros, by the most that it may grow to. */
const idle = new Map<number, Memory>()
/** Kept at most: each is a part of the little that a host gives its functions. */
const mostIdle = 2

/** Memory of nothing but zeros that cannot grow beyond `maximum` pages. */
export const takeMemory = (maximum: number): Memory => {
  const memory = idle.get(maximum)
  idle.delete(maximum)
  return memory ?? new WebAssembly.Memory({ initial: leastPages, maximum })
}

/** Wipes what nobody uses any more. Memory never shrinks: what has grown is dropped. */
export const giveBack = (memory: Memory, maximum: number): void => {
  if (memory.buffer.byteLength > leastPages * pageBytes || idle.size >= mostIdle) return
  new Uint8Array(memory.buffer).fill(0)
  idle.set(maximum, memory)
}
