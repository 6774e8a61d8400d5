// Gate: who may import whom. architecture.json is the table; every package.json and every import is held against it.
import { posix } from "node:path"
import type { Architecture, PackageRow } from "./Architecture.ts"
import { readArchitecture } from "./Architecture.ts"
import { type Report, report, type Violation } from "./Report.ts"
import { type Import, importsOf, parseFile } from "./Syntax.ts"
import { isTest, modulesOf, type Package, packagesOf } from "./Workspace.ts"

interface House {
  readonly root: string
  readonly table: Architecture["packages"]
  readonly packages: ReadonlyArray<Package>
  /** Package name → folder name, for packages of this workspace. */
  readonly shortOf: ReadonlyMap<string, string>
}

const tableFile = "architecture.json"

const listOf = (names: ReadonlyArray<string>): string => (names.length === 0 ? "nothing" : names.join(", "))

/** Rows without a package, packages without a row, dependencies on the same or a higher floor, and circles. */
const checkTable = ({ packages, table }: House): ReadonlyArray<Violation> => {
  const shorts = packages.map((item) => item.short)
  const say = (message: string): Violation => ({ file: tableFile, message })
  const missing = shorts.filter((short) => table[short] === undefined)
  const stale = Object.keys(table).filter((short) => !shorts.includes(short))
  const floors = Object.entries(table).flatMap(([short, row]) =>
    row.dependencies === "*"
      ? []
      : row.dependencies
          .filter((name) => (table[name]?.level ?? -1) >= row.level)
          .map((name) => say(`${short} (level ${row.level}) may not depend on ${name} (level ${table[name]?.level})`))
  )
  const unknown = Object.entries(table).flatMap(([short, row]) =>
    [...(row.dependencies === "*" ? [] : row.dependencies), ...row.testDependencies]
      .filter((name) => !shorts.includes(name))
      .map((name) => say(`${short} names ${name}, which is no package of this workspace`))
  )
  return [
    ...missing.map((short) => say(`the package ${short} has no row: add its level and what it may import`)),
    ...stale.map((short) => say(`the row ${short} has no package: remove it`)),
    ...floors,
    ...unknown,
    ...circles(table)
  ]
}

/** Circles through tests count too: Turborepo orders packages by all their dependencies. */
const circles = (table: Architecture["packages"]): ReadonlyArray<Violation> => {
  const found: Array<Violation> = []
  const done = new Set<string>()
  const visit = (short: string, path: ReadonlyArray<string>): void => {
    if (path.includes(short)) {
      const circle = [...path.slice(path.indexOf(short)), short].join(" → ")
      found.push({ file: tableFile, message: `a circle: ${circle}` })
      return
    }
    if (done.has(short)) return
    const row = table[short]
    const next = row === undefined || row.dependencies === "*" ? [] : [...row.dependencies, ...row.testDependencies]
    for (const name of next) visit(name, [...path, short])
    done.add(short)
  }
  for (const short of Object.keys(table)) visit(short, [])
  return found
}

const allows = (row: PackageRow, short: string, inTest: boolean): boolean =>
  row.dependencies === "*" || row.dependencies.includes(short) || (inTest && row.testDependencies.includes(short))

const workspaceNames = (house: House, fields: ReadonlyArray<{ readonly [name: string]: string } | undefined>) =>
  fields.flatMap((field) => Object.keys(field ?? {})).flatMap((name) => house.shortOf.get(name) ?? [])

/** The dependencies that a package.json declares. */
const checkManifest = (house: House, item: Package, row: PackageRow): ReadonlyArray<Violation> => {
  const { manifest } = item
  const file = `${item.folder}/package.json`
  const inSource = workspaceNames(house, [
    manifest.dependencies,
    manifest.optionalDependencies,
    manifest.peerDependencies
  ])
  const inTest = workspaceNames(house, [manifest.devDependencies])
  const allowed = row.dependencies === "*" ? ["everything"] : row.dependencies
  return [
    ...inSource
      .filter((short) => !allows(row, short, false))
      .map((short) => ({
        file,
        message: `${item.short} may not depend on ${short}: it may import ${listOf(allowed)}`
      })),
    ...inTest
      .filter((short) => !allows(row, short, true))
      .map((short) => ({
        file,
        message: `the tests of ${item.short} may not depend on ${short} (testDependencies in ${tableFile})`
      }))
  ]
}

/** The package name in a specifier: `@scope/name/path` → `@scope/name`. */
export const packageName = (specifier: string): string =>
  specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/")

const targetOf = (file: string, specifier: string): string =>
  posix.normalize(posix.join(posix.dirname(file), specifier))

/** One import of one module; undefined when it is as it should be. */
const checkImport = (house: House, item: Package, row: PackageRow, file: string, used: Import): string | undefined => {
  const { specifier } = used
  if (specifier.startsWith(".")) {
    const target = targetOf(file, specifier)
    const stays = `${target}/`.startsWith(`${item.folder}/`) || (row.outside ?? []).includes(target)
    return stays ? undefined : `${specifier} leaves the package: import the other package by its name`
  }
  if (specifier.startsWith("/") || specifier.startsWith("file:")) return `${specifier} is an absolute path`
  const name = packageName(specifier)
  const short = house.shortOf.get(name)
  const inTest = isTest(file) || !file.startsWith(`${item.folder}/src/`)
  if (short === undefined) return undefined
  if (short === item.short) return inTest ? undefined : `${specifier} is this package itself: import by relative path`
  if (!allows(row, short, inTest)) {
    const allowed = row.dependencies === "*" ? [] : row.dependencies
    return inTest
      ? `the tests of ${item.short} may not import ${short} (testDependencies in ${tableFile})`
      : `${item.short} may not import ${short}: it may import ${listOf(allowed)} (${tableFile})`
  }
  const { manifest } = item
  const declared = workspaceNames(house, [
    manifest.dependencies,
    manifest.peerDependencies,
    manifest.optionalDependencies,
    ...(inTest || row.bundled === true ? [manifest.devDependencies] : [])
  ])
  return declared.includes(short) ? undefined : `${name} is imported but not declared in ${item.folder}/package.json`
}

/** Holds the workspace below `root` against the import table. */
export const checkImports = (root: string, architecture = readArchitecture(root)): Report => {
  const packages = packagesOf(root)
  const house: House = {
    root,
    table: architecture.packages,
    packages,
    shortOf: new Map(packages.map((item) => [item.manifest.name, item.short]))
  }
  let inspected = 0
  const found = packages.flatMap((item) => {
    const row = house.table[item.short]
    if (row === undefined) return []
    const inModules = modulesOf(root, item).flatMap((file) =>
      importsOf(parseFile(root, file)).flatMap((used) => {
        inspected += 1
        const message = checkImport(house, item, row, file, used)
        return message === undefined ? [] : [{ file, line: used.line, message }]
      })
    )
    return [...checkManifest(house, item, row), ...inModules]
  })
  return report("imports", "imports", inspected, [...checkTable(house), ...found])
}
