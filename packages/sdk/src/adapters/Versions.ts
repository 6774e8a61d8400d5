// Which of two programs is the newer one, and whether they understand each other.
import type { ApiRange } from "@executor-v2/rpc/Daemon"

const parse = (version: string) => {
  const [core = "", pre] = version.split("+", 1)[0]!.split(/-(.*)/s)
  return { core: core.split(".").map(Number), pre: pre === undefined || pre === "" ? [] : pre.split(".") }
}

const compareIdentifiers = (a: string, b: string): number => {
  const numeric = [a, b].map((each) => /^\d+$/.test(each))
  if (numeric[0] && numeric[1]) return Number(a) - Number(b)
  if (numeric[0] !== numeric[1]) return numeric[0] ? -1 : 1
  return a < b ? -1 : a > b ? 1 : 0
}

/** Precedence of semver.org, section 11: negative when `a` is older. What is no version counts as equal. */
export const compareVersions = (a: string, b: string): number => {
  const left = parse(a)
  const right = parse(b)
  for (let index = 0; index < 3; index++) {
    const difference = (left.core[index] ?? 0) - (right.core[index] ?? 0)
    if (difference) return difference
  }
  if (left.pre.length === 0 || right.pre.length === 0) return right.pre.length - left.pre.length
  for (let index = 0; index < Math.min(left.pre.length, right.pre.length); index++) {
    const difference = compareIdentifiers(left.pre[index]!, right.pre[index]!)
    if (difference !== 0) return difference
  }
  return left.pre.length - right.pre.length
}

/** How a program stands to a daemon that runs: they can talk, the daemon is to make room, or the program is too old. */
export type Standing = "speaks" | "daemon_older" | "program_older"

export const standing = (ours: ApiRange, theirs: ApiRange): Standing =>
  ours.min > theirs.max ? "daemon_older" : ours.max < theirs.min ? "program_older" : "speaks"
