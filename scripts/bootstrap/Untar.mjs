// Reads a gzipped tar archive as npm packs it: plain files under one top folder. No dependency, nothing outside the
// target.
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { gunzipSync } from "node:zlib"
import { Stop } from "./Report.mjs"

const block = 512

/** @param {Buffer} header @param {number} start @param {number} length */
const text = (header, start, length) => {
  const field = header.subarray(start, start + length)
  const end = field.indexOf(0)
  return field.toString("utf8", 0, end === -1 ? length : end)
}

/** @param {Buffer} header @param {number} start @param {number} length */
const octal = (header, start, length) => {
  const value = Number.parseInt(text(header, start, length).trim() || "0", 8)
  if (!Number.isSafeInteger(value) || value < 0)
    throw new Stop("the archive is damaged: a header field is not a number")
  return value
}

/** The `path` record of a pax header, when it has one. @param {string} body */
const paxPath = (body) => /^\d+ path=(.*)$/m.exec(body)?.[1]

/**
 * The path below the archive's top folder, or undefined for the top folder itself. Refuses anything that could leave
 * the target.
 * @param {string} name
 */
export const innerPath = (name) => {
  const parts = name.split("/").filter((part) => part !== "" && part !== ".")
  const bad = name.startsWith("/") || /[\\\0]/.test(name) || /^[A-Za-z]:/.test(name) || parts.includes("..")
  if (bad) throw new Stop(`the archive holds a path that leaves its folder: ${JSON.stringify(name)}`)
  return parts.length < 2 ? undefined : parts.slice(1)
}

/**
 * Every plain file of a tar archive, in order. Links, devices and unknown kinds are refused.
 * @param {Buffer} tar
 * @returns {Generator<{ name: string, mode: number, body: Buffer }>}
 */
export function* entries(tar) {
  let longName
  for (let at = 0; at + block <= tar.length;) {
    const header = tar.subarray(at, at + block)
    if (header[0] === 0) return
    const size = octal(header, 124, 12)
    const kind = String.fromCharCode(header[156] || 48)
    const body = tar.subarray(at + block, at + block + size)
    if (body.length < size) throw new Stop("the archive is damaged: it ends in the middle of a file")
    at += block + Math.ceil(size / block) * block
    if (kind === "x") longName = paxPath(body.toString("utf8")) ?? longName
    else if (kind === "L") longName = body.toString("utf8").replace(/\0+$/, "")
    else if (kind === "g" || kind === "5") longName = undefined
    else if (kind === "0") {
      const prefix = text(header, 257, 5) === "ustar" ? text(header, 345, 155) : ""
      const short = prefix === "" ? text(header, 0, 100) : `${prefix}/${text(header, 0, 100)}`
      yield { name: longName ?? short, mode: octal(header, 100, 8), body }
      longName = undefined
    } else throw new Stop(`the archive holds an entry of kind ${JSON.stringify(kind)}: ${text(header, 0, 100)}`)
  }
}

/**
 * Unpacks an npm tarball into `target`, without its top folder and without the folders named in `skip`.
 * @param {Buffer} tgz @param {string} target @param {readonly string[]} [skip]
 * @returns {number} how many files were written
 */
export const unpack = (tgz, target, skip = []) => {
  let written = 0
  for (const { name, mode, body } of entries(gunzipSync(tgz))) {
    const path = innerPath(name)
    if (path === undefined || skip.includes(path[0] ?? "")) continue
    const file = join(target, ...path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, body, { mode: mode & 0o111 ? 0o755 : 0o644 })
    written += 1
  }
  return written
}
