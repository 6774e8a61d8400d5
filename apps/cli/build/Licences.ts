// Collects the licences of everything that the bundles are made of: their authors ask for no more than being named.
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import type { Plugin } from "rolldown"

interface Manifest {
  readonly name?: string
  readonly version?: string
  readonly license?: string
}

/** The nearest folder upwards whose package.json has a name. */
const packageOf = (file: string): { readonly folder: string; readonly manifest: Manifest } | undefined => {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, "package.json")
    if (!existsSync(path)) continue
    const manifest = JSON.parse(readFileSync(path, "utf8")) as Manifest
    if (manifest.name !== undefined && manifest.version !== undefined) return { folder, manifest }
  }
  return undefined
}

export const licences = (): Plugin => ({
  name: "licences",
  generateBundle(_, bundle) {
    const texts = new Map<string, string>()
    for (const chunk of Object.values(bundle)) {
      for (const id of chunk.type === "chunk" ? chunk.moduleIds : []) {
        const found = id.includes("node_modules") ? packageOf(id.replace(/^\0/, "").split("?")[0]!) : undefined
        if (found === undefined) continue
        const {
          folder,
          manifest: { name, version, license = "see its text" }
        } = found
        const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
        const text = file === undefined ? "" : `\n\n${readFileSync(join(folder, file), "utf8").trim()}`
        texts.set(`${name} ${version}`, `${name} ${version} (${license})${text}`)
      }
    }
    const all = [...texts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text)
    this.emitFile({ type: "asset", fileName: "LICENCES.txt", source: `${all.join(`\n\n${"-".repeat(80)}\n\n`)}\n` })
  }
})
