// Asks a Convex backend, to which the probes of apps/convex/facts are deployed, whether the facts hold that the product
// relies on. Prints a table (Markdown, so that a workflow can show it); ends with 1 when one does not hold.
//   node scripts/confirm-convex-facts.mjs --url http://127.0.0.1:3210 --site-url http://127.0.0.1:3211
// Needs the Node that the product is built with (see scripts/toolchain.json) and an installed checkout.
import { parseArgs } from "node:util"
import { facts, Probe, restartFacts } from "../apps/convex/facts/Facts.ts"

const usage = `Usage: node scripts/confirm-convex-facts.mjs [OPTIONS]
  --url URL             the backend's API (default: EXECUTOR_CONVEX_URL)
  --site-url URL        its HTTP actions (default: EXECUTOR_CONVEX_SITE)
  --action-seconds N    it ends actions after so many seconds: see that it does
  --only NAME           this fact alone; may be given several times
  --after-restart       only what a restart must keep; the facts must have been asked before it
Deploy the probes first, to a backend that is thrown away: see docs/convex-facts.md.`

const read = () => {
  const { values } = parseArgs({
    options: {
      url: { type: "string", default: process.env["EXECUTOR_CONVEX_URL"] ?? "" },
      "site-url": { type: "string", default: process.env["EXECUTOR_CONVEX_SITE"] ?? "" },
      "action-seconds": { type: "string", default: "" },
      only: { type: "string", multiple: true, default: [] },
      "after-restart": { type: "boolean", default: false },
      help: { type: "boolean", default: false }
    }
  })
  if (values.help) {
    console.log(usage)
    return undefined
  }
  const unknown = values.only.filter((name) => !facts.some((fact) => fact.name === name))
  const seconds = Number(values["action-seconds"] || "0")
  if (values.url === "" || values["site-url"] === "") throw new Error("both addresses are needed")
  if (unknown.length > 0) throw new Error(`there is no fact ${unknown.join(", ")}`)
  if (!Number.isInteger(seconds) || seconds < 0) throw new Error("--action-seconds is a whole number")
  const backend = { url: values.url, siteUrl: values["site-url"], ...(seconds > 0 && { actionSeconds: seconds }) }
  const asked = facts.filter(({ name }) => values.only.length === 0 || values.only.includes(name))
  return { backend, asked, afterRestart: values["after-restart"] }
}

/** @param {string} text */
const cell = (text) => text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ")

/** @param {import("../apps/convex/facts/Facts.ts").Fact} fact @param {import("../apps/convex/facts/Facts.ts").Backend} backend */
const confirm = async ({ check, hindered, name, says }, backend) => {
  /** @param {string} word @param {string} seen */
  const row = (word, seen) => console.log(`| ${word} | \`${name}\` | ${cell(says)} | ${cell(seen)} |`)
  const hindrance = hindered?.(backend)
  if (hindrance !== undefined) {
    row("not asked", hindrance)
    return true
  }
  try {
    row("holds", await check(new Probe(backend)))
    return true
  } catch (error) {
    row("**fails**", error instanceof Error ? error.message : String(error))
    return false
  }
}

const main = async () => {
  const settings = read()
  if (settings === undefined) return 0
  const { afterRestart, asked, backend } = settings
  console.log(`Asked of ${backend.url} and ${backend.siteUrl}:\n`)
  console.log("| | fact | what is relied on | what was seen |\n|---|---|---|---|")
  let failed = 0
  if (!afterRestart) await restartFacts.prepare(new Probe(backend))
  for (const fact of afterRestart ? [restartFacts.after] : asked) if (!(await confirm(fact, backend))) failed += 1
  console.log(failed === 0 ? "\nnone fails" : `\n${failed} fail`)
  return failed === 0 ? 0 : 1
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
  process.exitCode = 2
}
