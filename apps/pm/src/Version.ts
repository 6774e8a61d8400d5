// What this daemon calls itself. The version is the product's, the one of the command line's package.
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"

export const version = "2.0.0-alpha.0"

/** Tells builds of one version apart, for people who look into daemon.json. */
export const buildId = (): string => {
  const { size, mtimeMs } = fs.statSync(fileURLToPath(import.meta.url))
  return `${version}+${size.toString(36)}.${Math.floor(mtimeMs).toString(36)}`
}
