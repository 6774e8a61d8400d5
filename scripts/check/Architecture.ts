// The house as data: architecture.json at the root. Which package may import which, what Convex hosts, what is pure,
// what is excused.
import { readFileSync } from "node:fs"
import { join } from "node:path"

export interface PackageRow {
  /** Floor in the house: a package depends only on lower floors. */
  readonly level: number
  /** Folder names of workspace packages that the sources may import, or "*" for packages that nobody imports. */
  readonly dependencies: ReadonlyArray<string> | "*"
  /** What tests and build configuration may import beside that. */
  readonly testDependencies: ReadonlyArray<string>
  /** True where the published package is a bundle: what it imports is then a devDependency, apart from native parts. */
  readonly bundled?: boolean
  /** Files outside of every package that it may import by relative path. */
  readonly outside?: ReadonlyArray<string>
}

export interface SizeException {
  /** `path` for a whole file, `path#name` for one function. */
  readonly of: string
  /** Lines allowed. Lower it when the code shrinks. */
  readonly lines: number
  readonly reason: string
}

export interface Architecture {
  readonly packages: { readonly [folder: string]: PackageRow }
  readonly portable: {
    /** Packages whose main entry must run on a host without Node. */
    readonly packages: ReadonlyArray<string>
    /** Further entries that must: files beside main entries, which such a host imports by their own names. */
    readonly entries?: ReadonlyArray<string>
    /** Installed package → why it may hold `eval` or `new Function`. */
    readonly evalAllowed: { readonly [name: string]: string }
    /** Installed package → why it may name a `node:` module. */
    readonly nodeAllowed: { readonly [name: string]: string }
  }
  readonly pure: {
    readonly folder: string
    readonly packages: ReadonlyArray<string>
    /** Modules of Effect that hold data and no I/O. */
    readonly effect: ReadonlyArray<string>
  }
  readonly sizes: {
    readonly file: number
    readonly function: number
    /** For a service's `make` or `layer`, which holds the service's methods. */
    readonly make: number
    /** Folders whose functions are test suites that happen to be exported. */
    readonly suites: ReadonlyArray<string>
    readonly exceptions: ReadonlyArray<SizeException>
  }
}

export const readArchitecture = (root: string): Architecture =>
  JSON.parse(readFileSync(join(root, "architecture.json"), "utf8")) as Architecture
