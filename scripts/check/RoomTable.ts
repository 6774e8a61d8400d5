// Gate: the table of rooms in ARCHITECTURE.md says what architecture.json says. People read one, the other gates the other.
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { readArchitecture } from "./Architecture.ts"
import { report, type Report, type Violation } from "./Report.ts"

const file = "ARCHITECTURE.md"

interface Row {
  readonly line: number
  readonly level: string
  readonly short: string
  readonly imports: string
}

/** Rows that link to a package's folder; planned rooms have none. */
const rowsOf = (text: string): ReadonlyArray<Row> =>
  text.split("\n").flatMap((line, index) => {
    const [, level, room, , imports] = line.split("|").map((cell) => cell.trim())
    const short = /^\[`[^`]+`\]\((?:packages|apps)\/([^)]+)\)$/.exec(room ?? "")?.[1]
    return short === undefined || level === "-" ? [] : [{ line: index + 1, level: level!, short, imports: imports! }]
  })

export const checkRoomTable = (root: string): Report => {
  const { packages } = readArchitecture(root)
  const rows = rowsOf(readFileSync(join(root, file), "utf8"))
  const wrong = rows.flatMap(({ imports, level, line, short }): ReadonlyArray<Violation> => {
    const room = packages[short]
    if (room === undefined) return [{ file, line, message: `${short} has no row in architecture.json` }]
    const right = room.dependencies === "*" ? "anything" : room.dependencies.join(", ") || "-"
    return imports === right && level === String(room.level)
      ? []
      : [{ file, line, message: `architecture.json says of ${short}: level ${room.level}, may import ${right}` }]
  })
  const told = new Set(rows.map(({ short }) => short))
  const missing = Object.entries(packages)
    .filter(([short, room]) => room.dependencies !== "*" && !told.has(short) && short !== "convex-harness")
    .map(([short]): Violation => ({ file, message: `the table of rooms has no row for ${short}` }))
  return report("room-table", "rooms", rows.length, [...wrong, ...missing])
}
