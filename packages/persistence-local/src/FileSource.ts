// An open file as a source of bytes.
import type { Disk } from "./Disk.ts"
import type { ByteSource } from "./Lines.ts"

/** Opens files, hands them out as sources, and closes all of them when `use` is over. */
export const withFiles = <A>(
  disk: Disk,
  files: ReadonlyArray<string>,
  use: (sources: ReadonlyArray<ByteSource>) => A
): A => {
  const open: Array<number> = []
  try {
    const sources = files.map((file) => {
      const size = disk.entry(file)?.size ?? 0
      const fd = disk.open(file, "r")
      open.push(fd)
      return { size, read: (into: Uint8Array, position: number) => disk.read(fd, into, position) }
    })
    return use(sources)
  } finally {
    for (const fd of open) disk.close(fd)
  }
}
