// How much memory a child process really holds, seen from outside, because the engine's own limit is soft.
// Linux: /proc (about 3 µs a look). macOS: `ps`. Windows: not seen from outside; the engine limit and the turn limit stand.
import { execFile } from "node:child_process"
import { closeSync, openSync, readFileSync, readSync } from "node:fs"

export interface ResidentSize {
  /** Latest known size in MiB, 0 when unknown. Never blocks for more than some microseconds. */
  readonly look: () => number
  readonly close: () => void
}

const MiB = 1_048_576

/** The kernel counts pages; their size follows from our own size told in both ways. */
const pageBytes = (): number => {
  const pages = Number(readFileSync("/proc/self/statm", "latin1").split(" ")[1])
  return 2 ** Math.round(Math.log2(process.memoryUsage.rss() / pages))
}

const onLinux = (pid: number): ResidentSize => {
  const page = pageBytes()
  const file = openSync(`/proc/${pid}/statm`, "r")
  const buffer = Buffer.alloc(128)
  let open = true
  return {
    look: () => {
      if (!open) return 0
      try {
        const read = readSync(file, buffer, 0, 128, 0)
        return (Number(buffer.toString("latin1", 0, read).split(" ")[1]) * page) / MiB
      } catch {
        return 0 // the process has just ended
      }
    },
    close: () => {
      if (open) closeSync(file)
      open = false
    }
  }
}

const onMac = (pid: number): ResidentSize => {
  let latest = 0
  let asking = false
  return {
    look: () => {
      if (!asking) {
        asking = true
        execFile("/bin/ps", ["-o", "rss=", "-p", String(pid)], (_, text) => {
          latest = Number(text) / 1_024 || 0
          asking = false
        })
      }
      return latest
    },
    close: () => {}
  }
}

/** A watch on process `pid`. */
export const residentSize = (pid: number): ResidentSize => {
  try {
    if (process.platform === "linux") return onLinux(pid)
    if (process.platform === "darwin") return onMac(pid)
  } catch {
    // No /proc, or the process is already gone: its exit is noticed elsewhere.
  }
  return { look: () => 0, close: () => {} }
}
