// All suites, in the order in which they run.
import type { Suite } from "./Suite.ts"
import { calls } from "./suites/Calls.ts"
import { execute } from "./suites/Execute.ts"
import { firstRun } from "./suites/FirstRun.ts"
import { hostile } from "./suites/Hostile.ts"
import { install } from "./suites/Install.ts"
import { memory } from "./suites/MemoryUse.ts"
import { peers } from "./suites/Peers.ts"
import { register } from "./suites/Register.ts"
import { remote } from "./suites/Remote.ts"
import { search } from "./suites/Search.ts"
import { startup } from "./suites/Startup.ts"
import { surface } from "./suites/Surface.ts"
import { typescript } from "./suites/TypeScript.ts"
import { wal } from "./suites/Wal.ts"

export const suites: ReadonlyArray<Suite> = [
  firstRun,
  startup,
  execute,
  calls,
  typescript,
  register,
  surface,
  search,
  hostile,
  wal,
  memory,
  remote,
  install,
  peers
]
