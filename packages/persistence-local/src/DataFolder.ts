// The folder that holds all state: made private, and refused when state could not be safe in it.
import * as fs from "node:fs"
import { DataFolderError, Unsuitable } from "./DataFolderError.ts"
import type { Disk } from "./Disk.ts"

/** File systems on which locks or syncs are not to be trusted, by statfs(2) type. */
const networkFileSystems: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB"],
  [0x5346414f, "AFS"],
  [0x00c36400, "Ceph"]
])

const unsuitable = (home: string, kind: Unsuitable["kind"], detail: string) =>
  new DataFolderError({ home, reason: new Unsuitable({ kind, detail }) })

/** The name of the network file system a folder is on, as far as the platform tells. */
export const networkFileSystem = (home: string): string | undefined => {
  try {
    return networkFileSystems.get(fs.statfsSync(home).type)
  } catch {
    return undefined
  }
}

/** Why state must not live here, if so. Looks only. */
export const folderProblem = (disk: Disk, home: string): DataFolderError | undefined => {
  const found = disk.entry(home)
  if (found === undefined) return undefined
  if (found.kind === "link") return unsuitable(home, "link", "it is a symbolic link")
  if (found.kind !== "folder") return unsuitable(home, "not_a_folder", "it is not a folder")
  const user = process.getuid?.()
  if (user !== undefined && found.uid !== user) {
    return unsuitable(home, "foreign_owner", `it belongs to user ${found.uid}, and this process runs as user ${user}`)
  }
  const network = networkFileSystem(home)
  if (network === undefined) return undefined
  return unsuitable(home, "network", `it is on a network file system (${network})`)
}

/** Creates the folder (0700) or checks the one that is there, and takes others' access away. Throws. */
export const prepareFolder = (disk: Disk, home: string): void => {
  if (disk.entry(home) === undefined) disk.makeFolder(home)
  const problem = folderProblem(disk, home)
  if (problem) throw problem
  const { mode } = disk.entry(home)!
  if (process.platform !== "win32" && (mode & 0o077) !== 0) disk.chmod(home, 0o700)
  disk.checkWritable(home)
}
