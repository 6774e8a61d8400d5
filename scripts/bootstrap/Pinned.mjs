// Pinned packages from the person's own registry, fetched by `npm pack` (so that registry, proxy and certificate
// settings apply), checked against a sha512, and kept in a folder. The checkout keeps its tools so, and the product its
// Node.
import { createHash } from "node:crypto"
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync
} from "node:fs"
import { dirname, join } from "node:path"
import { downloadAdvice, npmWords, say, Stop, tail } from "./Report.mjs"
import { npm } from "./Npm.mjs"
import { capture } from "./Run.mjs"
import { unpack } from "./Untar.mjs"

/** @typedef {{ pkg: string, version: string, bin: string, integrity: string }} Pin */
/** @typedef {{ accept: { major: number, minor: number }[], platforms: Record<string, Pin> }} NodePins */
/**
 * @typedef {{ name: string, pin: Pin, probe: (bin: string) => Promise<void> }} Wanted a package, its folder's name, and
 * what to do before it counts as installed
 */

/**
 * Whether this Node can run the product: the majors that its native parts are built for.
 * @param {string} version
 * @param {NodePins} pins
 */
export const nodeServes = (version, pins) => {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number)
  return pins.accept.some((range) => range.major === major && minor >= range.minor)
}

/**
 * Downloads one pinned package into `folder` and returns its bytes, checked.
 * @param {Pin} pin @param {string} folder @returns {Promise<Buffer>}
 */
const download = async (pin, folder) => {
  const spec = `${pin.pkg}@${pin.version}`
  const result = await npm(folder, ["pack", spec, "--ignore-scripts"])
  const file = readdirSync(folder).find((name) => name.endsWith(".tgz"))
  if (result.code !== 0 || file === undefined) {
    throw new Stop(`${spec}: npm could not download it\n${npmWords(result.output)}`, downloadAdvice(result.output))
  }
  const bytes = readFileSync(join(folder, file))
  rmSync(join(folder, file))
  const got = `sha512-${createHash("sha512").update(bytes).digest("base64")}`
  if (got !== pin.integrity) {
    throw new Stop(
      `${spec}: integrity mismatch\n  want ${pin.integrity}\n  got  ${got}`,
      "Nothing was installed. The registry served something else than what this version pins."
    )
  }
  return bytes
}

/**
 * Fetches a package into a folder of `folder`. Call it under the lock of `folder`.
 * @param {string} folder
 * @param {Wanted} wanted
 */
export const provide = async (folder, { name, pin, probe }) => {
  const target = join(folder, name)
  say(`fetching ${pin.pkg} ${pin.version}`)
  const temporary = mkdtempSync(join(folder, "tmp-"))
  try {
    const bytes = await download(pin, temporary)
    const unpacked = join(temporary, "package")
    mkdirSync(unpacked)
    unpack(bytes, unpacked, ["share", "include"])
    if (!existsSync(join(unpacked, pin.bin))) throw new Stop(`${pin.pkg}@${pin.version} holds no ${pin.bin}`)
    await probe(join(unpacked, pin.bin))
    writeFileSync(join(unpacked, ".ok"), pin.integrity)
    rmSync(target, { recursive: true, force: true })
    renameSync(unpacked, target)
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

/** Whether a package is there already. @param {string} folder @param {Pick<Wanted, "name" | "pin">} wanted */
export const provided = (folder, { name, pin }) => {
  try {
    return readFileSync(join(folder, name, ".ok"), "utf8") === pin.integrity
  } catch {
    return false
  }
}

/**
 * Removes what was cut off while it was fetched. Only under the lock: then nobody else's is alive.
 * @param {string} folder
 */
export const sweep = (folder) => {
  for (const name of readdirSync(folder)) {
    if (name.startsWith("tmp-")) rmSync(join(folder, name), { recursive: true, force: true })
  }
}

/** @param {string} bin */
const probeNode = async (bin) => {
  const result = await capture(bin, ["--version"], { cwd: dirname(bin), env: process.env })
  if (result.code === 0) return
  throw new Stop(
    `the packaged Node does not run on this machine\n${tail(result.output, 4)}`,
    "A system without glibc (Alpine) or with an old one needs its own: install Node 24 LTS, then run it again."
  )
}

/** The Node for this machine, where the running one does not serve. @param {NodePins} pins @returns {Wanted} */
export const wantedNode = (pins) => {
  const platform = `${process.platform}-${process.arch}`
  const pin = pins.platforms[platform]
  if (pin !== undefined) return { name: `node-${pin.version}-${platform}`, pin, probe: probeNode }
  throw new Stop(
    `Node ${process.version} does not serve (24.11 or later, or 26) and there is no packaged Node for ${platform}`,
    "Install Node 24 LTS from https://nodejs.org, then run it again."
  )
}
