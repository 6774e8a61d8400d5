// One process at a time in a folder of tools: a lock file with its holder's name, kept warm by a heartbeat, taken over
// when cold.
import { hostname } from "node:os"
import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { say, Stop } from "./Report.mjs"

const heartbeatMs = 2_000
const coldMs = 60_000
const pollMs = 200

/** @param {string} file @param {string} body @returns {boolean} false when the file was there already */
const create = (file, body) => {
  try {
    writeFileSync(file, body, { flag: "wx" })
    return true
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "EEXIST") return false
    throw new Stop(
      `cannot write ${file}: ${/** @type {Error} */ (error).message}`,
      "Downloaded tools are kept in that folder; it must be writable."
    )
  }
}

/** @param {string} file */
const read = (file) => {
  try {
    return { body: readFileSync(file, "utf8"), age: Date.now() - statSync(file).mtimeMs }
  } catch {
    return undefined
  }
}

/** True when the process that wrote `body` is gone. @param {{ body: string, age: number }} lock */
const cold = ({ body, age }) => {
  if (age > coldMs) return true
  const [host, pid] = body.split(" ")
  if (host !== hostname() || pid === undefined) return false
  try {
    process.kill(Number(pid), 0)
    return false
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === "ESRCH"
  }
}

/**
 * Removes a cold lock. A second file guards the removal: between our look and our removal somebody else may have taken
 * the
 * lock over, and a fresh lock must not be removed. @param {string} file @param {string} body
 */
const removeCold = (file, body) => {
  const guard = `${file}.removing`
  const left = read(guard)
  if (left !== undefined && left.age > coldMs) rmSync(guard, { force: true })
  if (!create(guard, "")) return
  if (read(file)?.body === body) rmSync(file, { force: true })
  rmSync(guard, { force: true })
}

/**
 * Runs `work` while holding the lock of `folder`; waits, with one line saying so, while another process holds it.
 * `others` says who that may be.
 * @template A @param {string} folder @param {() => Promise<A>} work @param {string} [others] @returns {Promise<A>}
 */
export const locked = async (folder, work, others = "another bootstrap of this checkout") => {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, "lock")
  const mine = `${hostname()} ${process.pid} ${Math.random().toString(36).slice(2)}`
  let told = false
  while (!create(file, mine)) {
    const other = read(file)
    if (other !== undefined && cold(other)) removeCold(file, other.body)
    else {
      if (!told) say(`waiting for ${others} (process ${other?.body.split(" ")[1] ?? "unknown"})`)
      told = true
      await new Promise((wake) => setTimeout(wake, pollMs))
    }
  }
  const heartbeat = setInterval(() => {
    try {
      utimesSync(file, new Date(), new Date())
    } catch {
      // The lock file was removed by hand: the work goes on, there is nothing to keep warm.
    }
  }, heartbeatMs)
  try {
    return await work()
  } finally {
    clearInterval(heartbeat)
    if (read(file)?.body === mine) rmSync(file, { force: true })
  }
}
