// The other files: manifest and snapshot are whole or refused, never half-read.
import { assert, describe, it } from "@effect/vitest"
import { Sequence } from "@executor-v2/schema"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { StateTooLarge, toDataFolderError } from "../src/DataFolderError.ts"
import { nodeDisk } from "../src/Disk.ts"
import { decodeManifest, encodeManifest } from "../src/Manifest.ts"
import { segmentName, segmentNumber } from "../src/Segment.ts"
import { decodeSnapshot, encodeSnapshot, readSnapshot, snapshotNumber } from "../src/SnapshotFile.ts"

const everyFlip = (bytes: Buffer, check: (flipped: Buffer) => void) => {
  for (let position = 0; position < bytes.length; position++) {
    for (let bit = 0; bit < 8; bit++) {
      const flipped = Buffer.from(bytes)
      flipped[position] = bytes[position]! ^ (1 << bit)
      check(flipped)
    }
  }
}

describe("MANIFEST.json", () => {
  const manifest = { format: 1, snapshot: 3, firstSegment: 4, secrets: { provider: "keychain" } }

  it("comes back as it was written", () => {
    const reading = decodeManifest(encodeManifest(manifest))
    assert.isTrue(reading._tag === "Found")
    if (reading._tag === "Found") assert.deepInclude(reading.manifest, manifest)
  })

  it("is refused with any bit flipped and at any shorter length", () => {
    const bytes = encodeManifest(manifest)
    everyFlip(bytes, (flipped) => assert.strictEqual(decodeManifest(flipped)._tag, "Damaged"))
    for (let length = 0; length < bytes.length; length++) {
      assert.strictEqual(decodeManifest(bytes.subarray(0, length))._tag, "Damaged")
    }
  })

  it("of a newer format is told apart from a damaged one", () => {
    assert.deepStrictEqual(decodeManifest(encodeManifest({ ...manifest, format: 2 })), {
      _tag: "NewerFormat",
      format: 2
    })
  })
})

const snapshot = { seq: Sequence.make(7), rows: [] }

describe("a snapshot", () => {
  it("is refused with any bit flipped and at any other length", () => {
    const bytes = encodeSnapshot(snapshot)
    assert.strictEqual(decodeSnapshot(bytes)._tag, "Found")
    everyFlip(bytes, (flipped) => assert.strictEqual(decodeSnapshot(flipped)._tag, "Damaged"))
    for (let length = 0; length < bytes.length; length++) {
      assert.strictEqual(decodeSnapshot(bytes.subarray(0, length))._tag, "Damaged")
    }
    assert.strictEqual(decodeSnapshot(Buffer.concat([bytes, bytes]))._tag, "Damaged")
  })
})

describe("a snapshot's length", () => {
  it("has one bound on both sides: what is written is read, and what would not be read is not written", () => {
    const folder = mkdtempSync(join(tmpdir(), "executor-snapshot-"))
    try {
      const { length } = encodeSnapshot(snapshot)
      const file = join(folder, "snapshot-000001.json")
      for (const limit of [length, length + 1]) {
        writeFileSync(file, encodeSnapshot(snapshot, limit))
        assert.strictEqual(readSnapshot(nodeDisk, folder, 1, limit)._tag, "Found")
      }
      assert.throws(() => readSnapshot(nodeDisk, folder, 1, length - 1), /more than/)
      assert.throws(() => encodeSnapshot(snapshot, length - 1), StateTooLarge)
      const { message } = toDataFolderError(
        folder,
        caught(() => encodeSnapshot(snapshot, length - 1))
      )
      assert.include(message, `its state takes ${length} bytes as a snapshot, and at most ${length - 1} are read back`)
      assert.include(message, "Nothing is lost")
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it("may be longer than a text can be, which is the same trouble", () => {
    // What JSON.stringify throws past half a gigabyte, without the half gigabyte.
    const toJSON = () => "x".repeat(2 ** 30)
    const error = caught(() => encodeSnapshot({ ...snapshot, rows: [{ toJSON }] as unknown as typeof snapshot.rows }))
    assert.instanceOf(error, StateTooLarge)
    assert.include(error.message, "more bytes than can be written")
  })
})

const caught = (run: () => unknown): unknown => {
  try {
    run()
  } catch (error) {
    return error
  }
  return assert.fail("nothing was thrown")
}

describe("file names", () => {
  it("are recognised only in the one form in which they are written", () => {
    assert.strictEqual(segmentNumber(segmentName(124)), 124)
    assert.strictEqual(segmentNumber(segmentName(1_234_567)), 1_234_567)
    for (const name of [
      "events-0000124.jsonl",
      "events-124.jsonl",
      "events-000124.jsonl.torn-x",
      "xevents-000124.jsonl"
    ]) {
      assert.isUndefined(segmentNumber(name))
    }
    assert.isUndefined(snapshotNumber("snapshot-000001.json.tmp"))
  })
})
