// Resident memory of a process and of everything it has started.
import { execFile } from "node:child_process"
import { promisify } from "node:util"

const mebi = 1024

/** MiB held by a process and its descendants, as `ps` counts them (shared pages in each). */
export const residentMb = async (pid: number): Promise<number> => {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid=,rss="])
  const rows = stdout
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number, number])
  const family = new Set([pid])
  for (let before = 0; before !== family.size;) {
    before = family.size
    for (const [id, parent] of rows) if (family.has(parent)) family.add(id)
  }
  return rows.reduce((sum, [id, , kilobytes]) => (family.has(id) ? sum + kilobytes / mebi : sum), 0)
}
