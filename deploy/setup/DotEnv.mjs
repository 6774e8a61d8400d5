// Reads deploy/.env as Compose does (for what is in our example), and changes single lines of it.
import { chmodSync, readFileSync, renameSync, writeFileSync } from "node:fs"

/** @param {string} file @returns {string} */
const textOf = (file) => {
  try {
    return readFileSync(file, "utf8")
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOENT") return ""
    throw error
  }
}

const line = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*$/

/** @param {string} value */
const unquoted = (value) => {
  const quoted = /^(["'])(.*)\1(\s+#.*)?$/.exec(value)
  return quoted === null ? value.replace(/(^|\s+)#.*$/, "") : (quoted[2] ?? "")
}

/**
 * The variables of the file, and over them those of the environment: as Compose has them. No file is no variables.
 * @param {string} file @param {NodeJS.ProcessEnv} environment @returns {Record<string, string | undefined>}
 */
export const readDotEnv = (file, environment) => {
  const found = textOf(file)
    .split(/\r?\n/)
    .flatMap((text) => {
      const [, name, value] = line.exec(text) ?? []
      return name === undefined ? [] : [/** @type {const} */ ([name, unquoted(value ?? "")])]
    })
  return { ...Object.fromEntries(found), ...environment }
}

/**
 * Sets variables in the file: in their own lines where there are such, else at its end. Nobody else may read it.
 * @param {string} file @param {Record<string, string>} values
 */
export const writeDotEnv = (file, values) => {
  const lines = textOf(file).split(/\r?\n/)
  while (lines.at(-1) === "") lines.pop()
  for (const [name, value] of Object.entries(values)) {
    const at = lines.findIndex((text) => line.exec(text)?.[1] === name)
    if (at === -1) lines.push(`${name}=${value}`)
    else lines[at] = `${name}=${value}`
  }
  const beside = `${file}.${process.pid}.new`
  writeFileSync(beside, `${lines.join("\n")}\n`, { mode: 0o600 })
  chmodSync(beside, 0o600)
  renameSync(beside, file)
}
