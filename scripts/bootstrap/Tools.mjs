// Node and pnpm for this checkout: the running Node when it serves, else pinned packages, kept in .tools/.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { toolEnvironment } from "./Environment.mjs"
import { nodeServes, provide, provided, sweep, wantedNode } from "./Pinned.mjs"

export { nodeServes }

/** @typedef {{ node: import("./Pinned.mjs").NodePins, pnpm: import("./Pinned.mjs").Pin }} Toolchain */

/** @param {string} root @returns {Toolchain} */
export const readToolchain = (root) => JSON.parse(readFileSync(join(root, "scripts", "toolchain.json"), "utf8"))

/** @param {string} root */
export const toolsFolder = (root) => join(root, ".tools")

/**
 * Where Node and pnpm are, without touching anything.
 * @param {string} root
 */
export const locateTools = (root) => {
  const toolchain = readToolchain(root)
  const tools = toolsFolder(root)
  const node = nodeServes(process.version, toolchain.node) ? undefined : wantedNode(toolchain.node)
  const pnpm = { name: `pnpm-${toolchain.pnpm.version}`, pin: toolchain.pnpm, probe: async () => undefined }
  const wanted = node === undefined ? [pnpm] : [node, pnpm]
  return {
    node: node === undefined ? process.execPath : join(tools, node.name, node.pin.bin),
    pnpm: join(tools, pnpm.name, pnpm.pin.bin),
    shims: join(tools, "shims"),
    known: `${pnpm.pin.pkg}@${pnpm.pin.version}`,
    missing: wanted.filter((each) => !provided(tools, each))
  }
}

/** Fetches what `locateTools` found missing. Call it under the lock. @param {string} root */
export const fetchTools = async (root) => {
  sweep(toolsFolder(root))
  for (const wanted of locateTools(root).missing) await provide(toolsFolder(root), wanted)
}

/** @param {string} file @param {string} body */
const writeWhenChanged = (file, body) => {
  if (existsSync(file) && readFileSync(file, "utf8") === body) return
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, body)
  chmodSync(file, 0o755)
}

/**
 * The environment in which our tools run: a `pnpm` and the right `node` first on PATH. The shims hold absolute paths,
 * so they
 * are written again when the checkout has moved. @param {string} root @param {ReturnType<typeof locateTools>} tools
 */
export const toolPath = (root, tools) => {
  /** @param {string} value */
  const quoted = (value) => `'${value.replaceAll("'", "'\\''")}'`
  writeWhenChanged(join(tools.shims, "pnpm"), `#!/bin/sh\nexec ${quoted(tools.node)} ${quoted(tools.pnpm)} "$@"\n`)
  if (process.platform === "win32") {
    writeWhenChanged(join(tools.shims, "pnpm.cmd"), `@"${tools.node}" "${tools.pnpm}" %*\r\n`)
  }
  return toolEnvironment(process.env, [tools.shims, dirname(tools.node), join(root, "node_modules", ".bin")])
}
