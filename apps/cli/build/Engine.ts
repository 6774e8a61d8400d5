// Puts the sandbox engine into the bundle, with its prebuilt parts for every platform. As a dependency it would be compiled
// by its install script on a Node that it has no prebuilt part for, although the product then runs on another Node.
import { cpSync, mkdirSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"
import type { Plugin } from "rolldown"

const packages = [
  { name: "isolated-vm", files: ["package.json", "LICENSE", "isolated-vm.js", "prebuilds"] },
  { name: "node-gyp-build", files: ["package.json", "LICENSE", "index.js", "node-gyp-build.js"] }
]

export const engine = (): Plugin => ({
  name: "engine",
  writeBundle({ dir = "bundle" }) {
    let from = import.meta.url
    for (const { name, files } of packages) {
      const manifest = createRequire(from).resolve(`${name}/package.json`)
      const target = join(dir, "node_modules", name)
      mkdirSync(target, { recursive: true })
      for (const file of files) cpSync(join(dirname(manifest), file), join(target, file), { recursive: true })
      // The second is a dependency of the first.
      from = manifest
    }
  }
})
