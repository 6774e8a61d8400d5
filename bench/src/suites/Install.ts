// What lands on a disk when somebody installs the command line from its tarball.
import { readdirSync, statSync } from "node:fs"
import { join } from "node:path"
import { mustRun, root, temporaryFolder } from "../Product.ts"
import { timed } from "../Statistics.ts"
import type { Suite } from "../Suite.ts"

const sizeOf = (folder: string): number =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)

const mega = 1_000_000

export const install: Suite = {
  name: "install",
  about: "size of `npm i` of the packed command line",
  run: async (bench) => {
    const folder = temporaryFolder(bench, "install")
    bench.say("packing")
    const pnpm = [
      join(root, "scripts/bootstrap.mjs"),
      "pnpm",
      "--dir",
      join(root, "apps/cli"),
      "pack",
      "--pack-destination",
      folder
    ]
    await mustRun(process.execPath, pnpm, { cwd: root })
    const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"))
    if (tarball === undefined) throw new Error(`pnpm pack left no tarball in ${folder}`)
    bench.report("tarball", "MB", statSync(join(folder, tarball)).size / mega)
    bench.say("npm install")
    const taken = await timed(() =>
      mustRun("npm", ["install", "--no-audit", "--no-fund", join(folder, tarball)], { cwd: folder })
    )
    bench.report("npm install", "s", taken / 1_000)
    bench.report("size of node_modules", "MB", sizeOf(join(folder, "node_modules")) / mega, { goal: { atMost: 90 } })
    const program = join(folder, "node_modules", ".bin", "executor")
    const { stdout } = await mustRun(process.execPath, [program, "--version"])
    if (stdout.trim() === "") throw new Error("the installed program does not say its version")
  }
}
