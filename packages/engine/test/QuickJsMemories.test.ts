// Memory that serves one engine after the other: a run finds nothing of another in it, and nobody keeps a way into it.
import { assert, describe, it } from "vitest"
import { giveBack, leastPages, pageBytes, takeMemory } from "../src/sandbox/quickjs/Memories.ts"
import { QuickJs } from "../src/sandbox/quickjs/QuickJs.ts"
import { compiled } from "./quickJs.ts"

const bytesOf = (memory: { readonly buffer: ArrayBuffer }) => Buffer.from(memory.buffer)
const grow = (memory: { readonly buffer: ArrayBuffer }) =>
  (memory as unknown as { readonly grow: (pages: number) => number }).grow(1)

describe("memory that was given back", () => {
  it("is taken again, wiped from end to end", () => {
    const memory = takeMemory(300)
    new Uint8Array(memory.buffer).fill(7)
    giveBack(memory, 300)
    const again = takeMemory(300)
    assert.strictEqual(again, memory)
    assert.isTrue(bytesOf(again).equals(Buffer.alloc(leastPages * pageBytes)))
    assert.notStrictEqual(takeMemory(300), memory)
  })

  it("serves only engines with the same limit, and not once it has grown", () => {
    const small = takeMemory(301)
    giveBack(small, 301)
    assert.notStrictEqual(takeMemory(302), small)
    const grown = takeMemory(301)
    grow(grown)
    giveBack(grown, 301)
    assert.notStrictEqual(takeMemory(301), grown)
  })

  it("holds nothing of the engine that had it, which answers no more", async () => {
    const secret = "a secret of the first run"
    const memory = takeMemory(400)
    giveBack(memory, 400)
    const first = await QuickJs.make(compiled, 25)
    assert.isFalse(first.evaluate(`globalThis.kept = ${JSON.stringify(secret)}`, "code.js").threw)
    assert.isTrue(bytesOf(memory).includes(secret))
    first.release()
    assert.isFalse(bytesOf(memory).includes(secret))
    assert.throws(() => first.evaluate("globalThis.kept", "code.js"), TypeError)
    const second = await QuickJs.make(compiled, 25)
    const { value } = second.evaluate("String(globalThis.kept)", "code.js")
    assert.strictEqual(second.textOf(value), "undefined")
    second.release()
  })
})
