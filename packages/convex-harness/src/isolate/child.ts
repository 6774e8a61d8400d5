// The gate's process: holds the isolate, with a whole deployment around it for calls, and does what it is asked.
import { convexToJson, jsonToConvex } from "convex/values"
import { Clock } from "../Clock.ts"
import { Deployment } from "../Deployment.ts"
import { FunctionCall } from "../FunctionCall.ts"
import type { CallRules } from "../FunctionCall.ts"
import type { FunctionModule } from "../FunctionModules.ts"
import { kindOf } from "../Guards.ts"
import { incomingOf, serve, within } from "../HttpActions.ts"
import { unverifiedClaims } from "../Identity.ts"
import type { FetchReport, GateReply, GateRequest, GateSetup, ImportReport, Profile } from "./GateProtocol.ts"
import { Isolate, loadIsolated } from "./IsolateModules.ts"

const unhandled: Array<string> = []
process.on("unhandledRejection", (reason) => unhandled.push(String(reason)))
process.on("disconnect", () => process.exit(0))

const clock = new Clock()
const rules: CallRules = { tables: undefined, fileUrl: String, uploadUrl: String, clock, alone: (write) => write() }
let setup: GateSetup | undefined
let deployment: Promise<Deployment> | undefined

process.on("message", (message: GateSetup | (GateRequest & { readonly id: number })) => {
  if (!("op" in message)) setup = message
  else void answer(message.id, message)
})

async function answer(id: number, request: GateRequest): Promise<void> {
  let began = performance.now()
  const ready = request.op === "import" ? Promise.resolve() : running()
  const result = await ready
    .then(() => {
      began = performance.now()
      return perform(request)
    })
    .then(
      (value) => ({ value }),
      (error: unknown) => ({ error: describe(error) })
    )
  const milliseconds = performance.now() - began
  // A rejection is known to be unhandled only when its turn of the event loop is over.
  await new Promise((resolve) => setImmediate(resolve))
  const reply: GateReply = { id, ...result, unhandled: unhandled.splice(0), milliseconds }
  process.send?.(reply)
}

async function perform(request: GateRequest): Promise<unknown> {
  switch (request.op) {
    case "import":
      return importAll(request.entries, request.profile)
    case "run":
      return convexToJson(await (await running()).run(request.name, jsonToConvex(request.args)))
    case "fetch":
      return fetchIn(await running(), request)
  }
}

async function importAll(entries: ReadonlyArray<string>, profile: Profile): Promise<ReadonlyArray<ImportReport>> {
  const { files, environment } = given()
  const isolate = new Isolate(files, environment, clock)
  const reports: Array<ImportReport> = []
  for (const entry of entries) {
    const began = performance.now()
    const work = () => isolate.import(entry)
    const call = new FunctionCall(`import of ${entry}`, "query", rules)
    const result = await (profile === "query" ? call.run(work) : work()).then(
      (module) => ({ kinds: kindsOf(entry, module) }),
      (error: unknown) => ({ kinds: [], error: describe(error) })
    )
    reports.push({ entry, profile, milliseconds: performance.now() - began, ...result })
  }
  return reports
}

function kindsOf(entry: string, module: FunctionModule): ReadonlyArray<string> {
  if (entry === "http.js") return ["http"]
  if (entry === "crons.js") return ["crons"]
  return [...new Set(Object.values(module).flatMap((value) => kindOf(value) ?? []))].sort()
}

async function fetchIn(inside: Deployment, request: GateRequest & { readonly op: "fetch" }): Promise<FetchReport> {
  const { method, url, body: sent } = request
  const headers = request.headers.map(([name, value]): [string, string] => [name, value])
  const now = incomingOf(
    new Request(url, { method, headers, ...(sent === undefined ? {} : { body: new Uint8Array(sent) }) })
  )
  try {
    const response = await serve(inside, unverifiedClaims, now)
    const body = new Uint8Array(await within(now, () => response.arrayBuffer()))
    return { status: response.status, headers: [...response.headers], body }
  } finally {
    now.call?.end()
  }
}

function given(): GateSetup {
  if (setup === undefined) throw new Error("the gate has not been set up")
  return setup
}

function running(): Promise<Deployment> {
  const { folder, environment } = given()
  deployment ??= loadIsolated(folder, environment, clock).then(
    (functions) => new Deployment({ functions, clock, url: () => "https://some.convex.cloud", redact: false })
  )
  return deployment
}

function describe(error: unknown): string {
  if (typeof error !== "object" || error === null || !("message" in error)) return String(error)
  const { name, message } = error as Error
  return name === "Error" ? message : `${name}: ${message}`
}
