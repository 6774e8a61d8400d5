// `pm.mjs inspect <home>`: what `executor doctor` is told about a data folder. Reads only, and needs neither lock nor daemon.
import { inspect, type InspectedSnapshot, type Inspection } from "@executor-v2/persistence-local/Inspect"
import * as fs from "node:fs"
import * as path from "node:path"
import { keyFile } from "./Keys.ts"
import { ownFolder } from "./OwnFolder.ts"

/** One thing that was looked at: how it stands, in words for a person, and what to do about it. */
export interface Finding {
  readonly level: "ok" | "warning" | "error"
  readonly what: string
  readonly next?: string
}

/** Below this a journal is soon in trouble. */
const littleSpace = 64 * 1024 * 1024

const mb = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1)} MB`

const ok = (what: string): Finding => ({ level: "ok", what })
const warning = (what: string, next: string): Finding => ({ level: "warning", what, next })

const restore =
  "nothing was changed. Restore the folder from a backup, or start with another one: EXECUTOR_HOME=FOLDER executor …"

/** Going back is a person's decision, and the files that it needs are untouched until it is taken. */
const goBack = ({ fallback, home }: Inspection & { readonly fallback: NonNullable<Inspection["fallback"]> }): string =>
  `nothing was changed. The generation before is whole: it begins with an older snapshot, and the journal since then ` +
  `leads up to event ${fallback.lastSequence}. To go back to it, stop the daemon, copy ${home} to a safe place, and ` +
  `put this one line into ${path.join(home, "MANIFEST.json")}, followed by a line break: ${fallback.manifest}`

/** What to do about a folder that does not open; where none can be made, the problem says it. */
const remedyOf = (folder: Inspection): { readonly next?: string } => {
  const { fallback, home, manifest } = folder
  if (manifest === "NewerFormat") return { next: "update executor; the folder was not touched" }
  if (fallback !== undefined) return { next: goBack({ ...folder, fallback }) }
  return fs.existsSync(home) ? { next: restore } : {}
}

const stateOf = (folder: Inspection): Finding => {
  const { home, lastSequence, lock, problem, status } = folder
  switch (status) {
    case "absent":
      return ok(`${home} does not exist yet; the daemon makes it`)
    case "refused":
      return { level: "error", what: `${home} cannot be opened: ${problem}`, ...remedyOf(folder) }
    case "torn":
      return lock.held
        ? ok(`${home} holds ${lastSequence} events; a batch is being written right now`)
        : warning(
            `${home} ends in a write that was cut off and that nobody was told of`,
            "the next start sets it aside, and keeps a copy"
          )
    case "sound":
      return ok(`${home} holds ${lastSequence} events`)
  }
}

const snapshotFinding = ({ current, file, problem }: InspectedSnapshot): ReadonlyArray<Finding> =>
  problem === undefined || current
    ? []
    : [warning(`${file}, of the generation before, is ${problem}`, "it is not needed; the next compaction replaces it")]

const spaceFinding = ({ freeBytes }: Inspection): ReadonlyArray<Finding> =>
  freeBytes === undefined || freeBytes > littleSpace
    ? []
    : [warning(`only ${mb(freeBytes)} are free on its disk`, "free some space")]

const keyFindings = (home: string): ReadonlyArray<Finding> =>
  (["owner", "agent"] as const).flatMap((principal) => {
    const file = keyFile(home, principal)
    const stat = fs.lstatSync(file, { throwIfNoEntry: false })
    if (stat === undefined) return []
    const open = process.getuid !== undefined && (stat.mode & 0o077) !== 0
    if (stat.isFile() && !open) return []
    const next = `remove ${file}; the next start of the daemon makes a new key`
    return [
      {
        level: "error",
        what: `${path.basename(file)} ${open ? "can be read by other users" : "is not a plain file"}, so it is not used`,
        next
      } as const
    ]
  })

const writableFinding = (home: string): ReadonlyArray<Finding> => {
  try {
    fs.accessSync(home, fs.constants.W_OK)
    return []
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return []
    return [
      {
        level: "error",
        what: `${home} cannot be written to`,
        next: "make it writable for this user, or choose another folder with EXECUTOR_HOME"
      }
    ]
  }
}

const shared = (home: string): ReadonlyArray<Finding> =>
  fs.existsSync(home) && !ownFolder(home)
    ? [
        warning(
          `${home} is not a folder of this user alone`,
          `take other users' right to write away: chmod go-w ${home}`
        )
      ]
    : []

/** Looks at a data folder in whatever state it is. */
export const inspection = (
  home: string
): { readonly findings: ReadonlyArray<Finding>; readonly folder: Inspection } => {
  const folder = inspect(path.resolve(home))
  const findings = [
    stateOf(folder),
    ...writableFinding(folder.home),
    ...shared(folder.home),
    ...keyFindings(folder.home),
    ...folder.snapshots.flatMap(snapshotFinding),
    ...(folder.torn.length > 0
      ? [ok(`${folder.torn.length} copies of writes that were cut off are kept beside the journal`)]
      : []),
    ...spaceFinding(folder)
  ]
  return { findings, folder }
}
