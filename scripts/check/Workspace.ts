// The packages of the workspace and their modules, as the gates see them.
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { basename, join, relative, sep } from "node:path"

export interface Manifest {
  readonly name: string
  readonly scripts?: { readonly [name: string]: string }
  readonly dependencies?: { readonly [name: string]: string }
  readonly devDependencies?: { readonly [name: string]: string }
  readonly optionalDependencies?: { readonly [name: string]: string }
  readonly peerDependencies?: { readonly [name: string]: string }
}

export interface Package {
  /** The folder's own name: how the package is called in architecture.json and in service keys. */
  readonly short: string
  /** Path from the root, with forward slashes. */
  readonly folder: string
  readonly manifest: Manifest
}

const outputs = new Set(["node_modules", "dist", "bundle"])

/** A path relative to the root, in the form used in every message. */
export const relativePath = (root: string, file: string): string => relative(root, file).split(sep).join("/")

/**
 * Every file below a folder of the root, sorted; empty when the folder is not there. Outputs of tools and hidden files
 * are left out: they are nobody's source.
 */
export const filesBelow = (root: string, folder: string): ReadonlyArray<string> => {
  const start = join(root, folder)
  if (!existsSync(start)) return []
  const walk = (path: string): ReadonlyArray<string> =>
    readdirSync(path, { withFileTypes: true }).flatMap((entry) => {
      if (outputs.has(entry.name) || entry.name.startsWith(".")) return []
      const inner = join(path, entry.name)
      return entry.isDirectory() ? walk(inner) : entry.isFile() ? [relativePath(root, inner)] : []
    })
  return [...walk(start)].sort()
}

const modulePattern = /\.(ts|tsx|mts|mjs)$/
const testPattern = /(^|\/)test\/|\.test\.tsx?$/

export const isModule = (file: string): boolean => modulePattern.test(file) && !file.endsWith(".d.ts")

/** Tests and their supporting files. */
export const isTest = (file: string): boolean => testPattern.test(file)

/** Every package: folders with a package.json in apps/ and packages/, and bench and e2e. */
export const packagesOf = (root: string): ReadonlyArray<Package> => {
  const nested = ["apps", "packages"].flatMap((group) =>
    existsSync(join(root, group)) ? readdirSync(join(root, group)).map((name) => `${group}/${name}`) : []
  )
  return [...nested, "bench", "e2e", "examples"]
    .filter((folder) => existsSync(join(root, folder, "package.json")))
    .sort()
    .map((folder) => ({
      short: basename(folder),
      folder,
      manifest: JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as Manifest
    }))
}

/** Modules of one package, tests included. */
export const modulesOf = (root: string, { folder }: Package): ReadonlyArray<string> =>
  filesBelow(root, folder).filter(isModule)

/** Modules that are product code: those in the `src` folders of the packages. */
export const sourcesOf = (root: string, item: Package): ReadonlyArray<string> =>
  modulesOf(root, item).filter((file) => file.startsWith(`${item.folder}/src/`) && !isTest(file))
