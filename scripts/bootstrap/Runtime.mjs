// The Node that the product runs on where the person's own does not serve. The product's launcher bundles this module,
// so it must parse on every Node from 18 on.
import { lstatSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import toolchain from "../toolchain.json" with { type: "json" }
import { locked } from "./Lock.mjs"
import { provide, provided, sweep, wantedNode } from "./Pinned.mjs"
import { say, speakAs, Stop } from "./Report.mjs"

export { become } from "./Run.mjs"

/** What somebody else could have put there is never run. @param {string} folder */
const isOwn = (folder) => {
  const stat = lstatSync(folder, { throwIfNoEntry: false })
  const user = process.getuid?.()
  return stat?.isDirectory() === true && (user === undefined || (stat.uid === user && (stat.mode & 0o022) === 0))
}

/** @param {string} folder */
const makeFolder = (folder) => {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch (error) {
    const { message } = /** @type {Error} */ (error)
    throw new Stop(
      `cannot make ${folder}: ${message}`,
      "Choose a folder that can be written to with EXECUTOR_HOME, or install Node 24."
    )
  }
  if (!isOwn(folder)) {
    throw new Stop(
      `${folder} is not a folder of yours alone`,
      `Take other users' right to write away from it (chmod go-w), or install Node 24.`
    )
  }
}

/**
 * The path of a Node that serves: found in one of `folders`, else fetched into the first.
 * @param {readonly [string, ...string[]]} folders @returns {Promise<string>}
 */
export const provideNode = async (folders) => {
  const wanted = wantedNode(toolchain.node)
  const folder = folders.find((each) => isOwn(each) && provided(each, wanted)) ?? folders[0]
  if (!provided(folder, wanted)) {
    speakAs("executor")
    makeFolder(folder)
    say(`Node ${process.version} is too old for the sandbox; a newer one is kept in ${folder}`)
    const fetchOnce = async () => {
      if (provided(folder, wanted)) return
      sweep(folder)
      await provide(folder, wanted)
    }
    await locked(folder, fetchOnce, "another executor that fetches it")
  }
  return join(folder, wanted.name, wanted.pin.bin)
}
