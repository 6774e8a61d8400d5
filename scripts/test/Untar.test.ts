// The archive reader takes what npm packs and refuses what could write outside its folder.
import { existsSync, readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { assert, describe, it } from "vitest"
import { entries, innerPath, unpack } from "../bootstrap/Untar.mjs"
import { plant } from "./Plant.ts"

interface Entry {
  readonly name: string
  readonly body?: string
  readonly mode?: string
  readonly kind?: string
  readonly prefix?: string
}

/** An archive in the ustar format. */
const tar = (...list: ReadonlyArray<Entry>): Buffer =>
  Buffer.concat([
    ...list.map(({ body = "", kind = "0", mode = "0000644", name, prefix = "" }) => {
      const header = Buffer.alloc(512)
      const size = Buffer.byteLength(body)
      header.write(name, 0)
      header.write(`${mode}\0`, 100)
      header.write(`${size.toString(8).padStart(11, "0")}\0`, 124)
      header.write(kind, 156)
      header.write("ustar\0", 257)
      header.write(prefix, 345)
      return Buffer.concat([header, Buffer.from(body), Buffer.alloc((512 - (size % 512)) % 512)])
    }),
    Buffer.alloc(1024)
  ])

const pax = (path: string): Entry => {
  const record = (length: number) => `${length} path=${path}\n`
  const length = record(0).length + 1 + String(record(10).length).length - 1
  return { name: "PaxHeader", kind: "x", body: record(length) }
}

describe("the archive reader", () => {
  it("writes files below the top folder, keeps what is executable, and skips named folders", () => {
    const root = plant({})
    const archive = tar(
      { name: "package/bin/node", body: "program", mode: "0000755" },
      { name: "package/share/man.1", body: "manual" },
      { name: "package/readme", body: "x".repeat(1500) }
    )
    assert.strictEqual(unpack(gzipSync(archive), root, ["share"]), 2)
    assert.strictEqual(readFileSync(join(root, "bin/node"), "utf8"), "program")
    assert.strictEqual(statSync(join(root, "bin/node")).mode & 0o111, 0o111)
    assert.strictEqual(statSync(join(root, "readme")).mode & 0o111, 0)
    assert.strictEqual(statSync(join(root, "readme")).size, 1500)
    assert.isFalse(existsSync(join(root, "share")))
  })

  it("reads long names in every form that packers use", () => {
    const long = `package/${"deep/".repeat(40)}file`
    const archive = tar(
      { name: "file", prefix: "package/a" },
      { name: "././@LongLink", kind: "L", body: `${long}\0` },
      { name: "short" },
      pax(`${long}2`),
      { name: "short2" },
      { name: "package/plain" }
    )
    assert.deepStrictEqual(
      [...entries(archive)].map((entry) => entry.name),
      ["package/a/file", long, `${long}2`, "package/plain"]
    )
  })

  it.each([
    "package/../../etc/passwd",
    "/etc/passwd",
    "package/..",
    "package\\..\\x",
    "C:/windows/x",
    "package/a/../b"
  ])("refuses the path %s", (name) => {
    const root = plant({})
    assert.throws(() => unpack(gzipSync(tar({ name, body: "bad" })), root), /leaves its folder/)
  })

  it("takes the top folder itself for nothing", () => {
    assert.isUndefined(innerPath("package/"))
    assert.deepStrictEqual(innerPath("package/./a//b"), ["a", "b"])
  })

  it.each([
    ["a symbolic link", "2"],
    ["a hard link", "1"],
    ["a device", "3"]
  ])("refuses %s", (_, kind) => {
    assert.throws(() => [...entries(tar({ name: "package/x", kind }))], /an entry of kind/)
  })

  it("refuses an archive that ends in the middle of a file", () => {
    const archive = tar({ name: "package/x", body: "x".repeat(2000) }).subarray(0, 1024)
    assert.throws(() => [...entries(archive)], /ends in the middle/)
  })
})
