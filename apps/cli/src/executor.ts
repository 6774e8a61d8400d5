#!/usr/bin/env node
// The program people start. It parses on every Node from 18 on: where the running one does not serve, a newer one is fetched
// once and takes over. Compiled code is kept between starts, in the data folder, because others can write to a shared one.
import nodeModule from "node:module"
import { homedir } from "node:os"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { isOwnFolder } from "./OwnFolder.ts"

/** Put in by the build, from the list of Nodes that the checkout runs on. */
declare const ACCEPTED_NODES: ReadonlyArray<{ readonly major: number; readonly minor: number }>

/** What the build makes of the bootstrap's own way to a Node; it lies beside this program. */
interface Runtime {
  readonly provideNode: (folders: readonly [string, ...Array<string>]) => Promise<string>
  readonly become: (
    node: string,
    args: ReadonlyArray<string>,
    where: { readonly cwd: string; readonly env: NodeJS.ProcessEnv }
  ) => Promise<never>
}

const standard = join(homedir(), ".executor")
const home = resolve(process.env["EXECUTOR_HOME"] || standard)

const serves = (): boolean => {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number)
  return ACCEPTED_NODES.some((range) => range.major === major && minor >= range.minor)
}

/** Starts this program again, under a Node that serves, and ends as that one ends. */
const runElsewhere = async (): Promise<void> => {
  try {
    const { become, provideNode }: Runtime = await import(new URL("./runtime.mjs", import.meta.url).href)
    const node = await provideNode([join(home, "runtime"), join(standard, "runtime")])
    const args = [fileURLToPath(import.meta.url), ...process.argv.slice(2)]
    await become(node, args, { cwd: process.cwd(), env: process.env })
  } catch (error) {
    const { message, next } = error as { readonly message: string; readonly next?: string }
    process.stderr.write(`executor: ${message}\n${next === undefined ? "" : `\n${next}\n`}`)
    process.exitCode = 1
  }
}

if (serves()) {
  if (isOwnFolder(home)) nodeModule.enableCompileCache(join(home, "cache"))
  await import("./main.ts")
} else await runElsewhere()
