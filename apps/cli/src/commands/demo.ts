// `executor demo`: the whole product with real parts, in a folder and on a port of its own, leaving nothing behind.
import { mkdtempSync, realpathSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { connectLocal, stopDaemon, type LocalExecutor } from "../Connect.ts"
import { findParts } from "../demo/Parts.ts"
import { serveShop } from "../demo/Shop.ts"
import { perform } from "../demo/Story.ts"
import { onInterrupt } from "../Interrupt.ts"
import { out, progress, style } from "../Terminal.ts"

/** What is to be undone, in the order in which it was done. */
type Undo = Array<() => Promise<unknown> | void>

const undoAll = async (undo: Undo): Promise<void> => {
  for (const step of undo.splice(0).toReversed()) {
    try {
      await step()
    } catch {
      // The steps before it are still to be undone.
    }
  }
}

/** The daemon of the demo. One that was about to start when the demo was cut short is waited for, then stopped. */
const startDaemon = async (home: string, undo: Undo): Promise<LocalExecutor> => {
  const place = { home, env: { EXECUTOR_PORT: "0" } }
  const connecting = connectLocal(place)
  undo.push(async () => {
    await (await connecting).close()
    await stopDaemon("the demo is over", place)
  })
  return await connecting
}

const play = async (undo: Undo, cut: AbortSignal): Promise<void> => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "executor-demo-")))
  undo.push(() => rmSync(folder, { recursive: true, force: true }))
  const executor = await startDaemon(join(folder, "home"), undo)
  const spinner = progress("finding the demo's parts")
  const fetching = () => spinner.say("downloading the demo's parts from the npm registry")
  const parts = await findParts(folder, fetching, cut).finally(spinner.done)
  const shop = await serveShop()
  undo.push(shop.close)
  await perform(executor, parts, shop.url)
}

const next = `
  executor sources add https://petstore3.swagger.io/api/v3/openapi.json    a service of your own
  executor claude                                                          an agent that has it (or codex, opencode, gemini)
  executor run -e 'return await tools.executor.health()'                   or you yourself`

export const demo = async (): Promise<void> => {
  const started = Date.now()
  const undo: Undo = []
  const cut = new AbortController()
  const release = onInterrupt((exitCode) => {
    cut.abort()
    void undoAll(undo).then(() => process.exit(exitCode))
  })
  try {
    await play(undo, cut.signal)
  } catch (error) {
    // Once it is cut short everything fails, and nobody wants to read how.
    if (!cut.signal.aborted) throw error
  } finally {
    await undoAll(undo)
    if (!cut.signal.aborted) release()
  }
  if (cut.signal.aborted) return
  out(
    style(
      `\nDone in ${((Date.now() - started) / 1_000).toFixed(1)} s; the demo's daemon and its folder are gone.`,
      "dim"
    )
  )
  out(`\n${style("Now yours", ["bold", "cyan"])}${next}`)
  out(style("  from a checkout, put `npm run` and `--` round it: npm run executor -- claude", "dim"))
}
