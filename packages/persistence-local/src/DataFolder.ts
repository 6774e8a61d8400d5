// The folder that holds all state: made private, and refused when state could not be safe in it.
import * as fs from "node:fs"
import * as path from "node:path"
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

/** File systems in which the kernel shows itself and nobody can keep a file, by statfs(2) type. */
const kernelFileSystems: ReadonlyMap<number, string> = new Map([
  [0x9fa0, "proc"],
  [0x62656572, "sysfs"],
  [0x1cd1, "devpts"],
  [0x27e0eb, "cgroup"],
  [0x63677270, "cgroup2"],
  [0x64626720, "debugfs"],
  [0x74726163, "tracefs"]
])

const unsuitable = (home: string, kind: Unsuitable["kind"], detail: string) =>
  new DataFolderError({ home, reason: new Unsuitable({ kind, detail }) })

/** Which of these file systems a folder is on, as far as the platform tells. */
const fileSystemIn = (kinds: ReadonlyMap<number, string>, folder: string): string | undefined => {
  try {
    return kinds.get(fs.statfsSync(folder).type)
  } catch {
    return undefined
  }
}

/** The nearest folder above that is there. */
const existingAbove = (disk: Disk, folder: string): string | undefined => {
  const above = path.dirname(folder)
  if (above === folder) return undefined
  return disk.entry(above) === undefined ? existingAbove(disk, above) : above
}

/** Why a folder that is not there cannot be made, as far as it can be told without trying. */
const creationProblem = (disk: Disk, home: string): DataFolderError | undefined => {
  const above = existingAbove(disk, home)
  if (above === undefined) return undefined
  if (disk.entry(above)!.kind === "file") {
    return unsuitable(home, "not_creatable", `it cannot be created: ${above} is not a folder`)
  }
  const kernel = fileSystemIn(kernelFileSystems, above)
  if (kernel === undefined) return undefined
  return unsuitable(
    home,
    "not_creatable",
    `it cannot be created: ${above} belongs to the system (${kernel}) and keeps no files`
  )
}

/** Why state must not live here, if so. Looks only. */
export const folderProblem = (disk: Disk, home: string): DataFolderError | undefined => {
  const found = disk.entry(home)
  if (found === undefined) return creationProblem(disk, home)
  if (found.kind === "link") return unsuitable(home, "link", "it is a symbolic link")
  if (found.kind !== "folder") return unsuitable(home, "not_a_folder", "it is not a folder")
  const user = process.getuid?.()
  if (user !== undefined && found.uid !== user) {
    return unsuitable(home, "foreign_owner", `it belongs to user ${found.uid}, and this process runs as user ${user}`)
  }
  const network = fileSystemIn(networkFileSystems, home)
  if (network === undefined) return undefined
  return unsuitable(home, "network", `it is on a network file system (${network})`)
}

/** Creates the folder (0700) or checks the one that is there, and takes others' access away. Throws. */
export const prepareFolder = (disk: Disk, home: string): void => {
  const refuse = () => {
    const problem = folderProblem(disk, home)
    if (problem) throw problem
  }
  refuse()
  if (disk.entry(home) === undefined) {
    disk.makeFolder(home)
    refuse()
  }
  const { mode } = disk.entry(home)!
  if (process.platform !== "win32" && (mode & 0o077) !== 0) disk.chmod(home, 0o700)
  disk.checkWritable(home)
}
