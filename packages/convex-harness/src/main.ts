// The harness as a process of its own: prints one line of JSON with its URLs, serves until SIGINT or SIGTERM, then writes its
// state if it was given a file for it. Usage: see the README.
import { parseArgs } from "node:util"
import { startHarness } from "./Harness.ts"

const { values } = parseArgs({
  options: {
    functions: { type: "string" },
    port: { type: "string", default: "0" },
    "site-port": { type: "string", default: "0" },
    env: { type: "string", multiple: true, default: [] },
    advance: { type: "string", default: "0" },
    run: { type: "string", multiple: true, default: [] },
    state: { type: "string" },
    redact: { type: "boolean", default: false },
    isolate: { type: "boolean", default: false }
  }
})

if (values.functions === undefined) {
  process.stderr.write(
    "usage: main.ts --functions DIR [--port N] [--site-port N] [--env K=V]… [--state FILE] [--redact] [--isolate]\n" +
      '               [--advance MS] [--run \'FUNCTION {"its":"arguments"}\']…\n'
  )
  process.exit(2)
}

const environment = Object.fromEntries(
  values.env.map((pair) => [pair.split("=", 1)[0] ?? "", pair.slice(pair.indexOf("=") + 1)])
)
const harness = await startHarness({
  functions: values.functions,
  port: Number(values.port),
  sitePort: Number(values["site-port"]),
  environment,
  redact: values.redact,
  isolate: values.isolate,
  ...(values.state === undefined ? {} : { stateFile: values.state })
})

harness.advance(Number(values.advance))

/** What `npx convex run` does: any function, internal ones too. Arguments are JSON after the name; none are {}. */
const run = (asked: string): Promise<unknown> => {
  const [name = ""] = asked.split(" ", 1)
  return harness.deployment.run(name, JSON.parse(asked.slice(name.length).trim() || "{}"))
}

const ran: Array<unknown> = []
for (const asked of values.run) ran.push(await run(asked))
const { siteUrl, url } = harness
process.stdout.write(`${JSON.stringify({ url, siteUrl, pid: process.pid, ...(ran.length > 0 && { ran }) })}\n`)

const stop = (): void => {
  harness.stop().then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`)
      process.exit(1)
    }
  )
}
process.once("SIGINT", stop)
process.once("SIGTERM", stop)
