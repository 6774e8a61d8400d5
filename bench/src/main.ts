// `npm run bench -- SUITE... [--json] [--strict]`: measures the built product and says which goals it reaches.
import { parseArgs } from "node:util"
import { broken, type Metric } from "./Metric.ts"
import { exitCode, jsonLine, table } from "./Report.ts"
import { runSuite } from "./Suite.ts"
import { suites } from "./Suites.ts"

const usage = `npm run bench -- SUITE... [--json] [--strict]

${suites.map(({ about, name, onlyWhenNamed }) => `  ${name.padEnd(12)}${about}${onlyWhenNamed ? " (only when named)" : ""}`).join("\n")}
  ${"all".padEnd(12)}every suite but those that run only when named

  --json      one JSON line per figure on standard output
  --strict    a missed goal ends with status 1, not only a suite that breaks
`

const stop = (message: string): never => {
  process.stderr.write(`bench: ${message}\n\n${usage}`)
  process.exit(2)
}

const read = () => {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { json: { type: "boolean" }, strict: { type: "boolean" }, help: { type: "boolean", short: "h" } }
    })
  } catch (error) {
    return stop(error instanceof Error ? error.message : String(error))
  }
}

const { positionals, values } = read()
if (values.help === true) {
  process.stdout.write(usage)
  process.exit(0)
}
if (positionals.length === 0) stop("name a suite")
const unknown = positionals.find((name) => name !== "all" && !suites.some((suite) => suite.name === name))
if (unknown !== undefined) stop(`there is no suite ${unknown}`)
const chosen = suites.filter(
  ({ name, onlyWhenNamed }) => positionals.includes(name) || (positionals.includes("all") && onlyWhenNamed !== true)
)

const metrics: Array<Metric> = []
const onMetric = (metric: Metric) => {
  metrics.push(metric)
  if (values.json === true) process.stdout.write(`${jsonLine(metric)}\n`)
}
for (const suite of chosen) {
  const say = (text: string) => void process.stderr.write(`bench: ${suite.name}: ${text}\n`)
  say(suite.about)
  try {
    await runSuite(suite, onMetric, say)
  } catch (error) {
    onMetric(broken(suite.name, error))
  }
}
if (values.json !== true) process.stdout.write(`${table(metrics)}\n`)
process.exit(exitCode(metrics, values.strict === true))
