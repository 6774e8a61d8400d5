// The console output of one run, bounded: the guest keeps to the same bounds, but is not believed.
import type { SandboxLimits } from "./Sandbox.ts"

export interface RunLogs {
  readonly lines: ReadonlyArray<string>
  readonly add: (line: string) => void
  /** Output was dropped on the guest's side. */
  readonly cut: () => void
  readonly truncated: () => boolean
}

export const makeRunLogs = (limits: SandboxLimits): RunLogs => {
  const lines: Array<string> = []
  let room = limits.logChars
  let truncated = false
  return {
    lines,
    add: (line) => {
      if (lines.length >= limits.logLines || room < line.length) truncated = true
      if (lines.length >= limits.logLines || room <= 0) return
      lines.push(line.slice(0, room))
      room -= line.length
    },
    cut: () => {
      truncated = true
    },
    truncated: () => truncated
  }
}
