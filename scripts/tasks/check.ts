// `npm run check`: every gate, each with what it looked at and what it found. `npm run check -- imports sizes` runs
// only those.
import { root } from "../check/Commands.ts"
import { gates } from "../check/Gates.ts"
import { type Report, render } from "../check/Report.ts"
import { checkEffects, checkFormat, checkLint, checkTypes, checkUnused } from "../check/Tools.ts"

type Gate = (root: string) => Report | Promise<Report>

const all: { readonly [name: string]: Gate } = {
  format: checkFormat,
  lint: checkLint,
  types: checkTypes,
  effects: checkEffects,
  unused: checkUnused,
  ...gates
}

/** Runs one gate and prints its line; true when it passed. */
const run = async (name: string, gate: Gate): Promise<boolean> => {
  const start = performance.now()
  const { inspected, unit, violations } = await gate(root)
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  const passed = violations.length === 0
  const finding = passed ? "" : `, ${violations.length} violation${violations.length === 1 ? "" : "s"}`
  console.log(`${passed ? "ok  " : "FAIL"} ${name.padEnd(13)} ${inspected} ${unit}${finding}  (${seconds} s)`)
  for (const violation of violations) console.log(`     ${render(violation)}`)
  return passed
}

const main = async (): Promise<number> => {
  const wanted = process.argv.slice(2)
  const unknown = wanted.filter((name) => all[name] === undefined)
  if (unknown.length > 0) {
    console.error(`no such gate: ${unknown.join(", ")}. Gates: ${Object.keys(all).join(", ")}`)
    return 2
  }
  const chosen = Object.entries(all).filter(([name]) => wanted.length === 0 || wanted.includes(name))
  const failed: Array<string> = []
  for (const [name, gate] of chosen) if (!(await run(name, gate))) failed.push(name)
  const passed = chosen.length - failed.length
  console.log(`\n${passed} gates passed, ${failed.length} failed${failed.length === 0 ? "" : `: ${failed.join(", ")}`}`)
  return failed.length === 0 ? 0 : 1
}

process.exitCode = await main()
