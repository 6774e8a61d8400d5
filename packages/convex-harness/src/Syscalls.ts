// The one place where functions reach the database, the scheduler and the file storage: convex-test's syscalls, with the
// checks that the real backend makes and convex-test does not, and closed to calls that are over.
import { jsonToConvex } from "convex/values"
import type { JSONValue, Value } from "convex/values"
import { documentOverLimit, mismatch, overLimit } from "./CheckValue.ts"
import { withoutRetries } from "./Faults.ts"
import { FunctionCall } from "./FunctionCall.ts"
import { Limits } from "./Limits.ts"

interface Syscalls {
  readonly syscall: (op: string, json: string) => string
  readonly asyncSyscall: (op: string, json: string) => Promise<string>
  readonly jsSyscall: (op: string, args: Record<string, unknown>) => Promise<unknown>
}

type Arguments = Readonly<Record<string, JSONValue>>
type Inner = (op: string, args: Arguments) => Promise<string>

let guarded: unknown

/** Puts the checks in front of convex-test's syscalls. Call it once a convexTest exists; further calls change nothing. */
export function guardSyscalls(): void {
  const scope = globalThis as unknown as { Convex: Syscalls }
  if (scope.Convex === guarded) return
  const inner = scope.Convex
  const own: Syscalls = {
    syscall: (op, json) => inner.syscall(op, json),
    asyncSyscall: (op, json) => {
      const call = FunctionCall.current()
      if (call === undefined) return inner.asyncSyscall(op, json)
      const args = JSON.parse(json) as Arguments
      return call.serve(() =>
        checked(call, op, args, (name, changed) => inner.asyncSyscall(name, JSON.stringify(changed)))
      )
    },
    jsSyscall: (op, args) => {
      const call = FunctionCall.current()
      const done = () => inner.jsSyscall(op, args)
      if (call === undefined) return done()
      return call.serve(() => (op === "storage/storeBlob" ? ownWrite(call, done) : done()))
    }
  }
  scope.Convex = own
  guarded = own
}

async function checked(call: FunctionCall, op: string, args: Arguments, inner: Inner): Promise<string> {
  switch (op) {
    case "1.0/insert":
      checkDocument(call, textOf(args, "table"), jsonToConvex(args["value"] ?? null))
      return inner(op, args)
    case "1.0/replace":
      checkDocument(call, tableOf(args), jsonToConvex(args["value"] ?? null))
      return inner(op, args)
    case "1.0/shallowMerge":
      checkDocument(call, tableOf(args), await merged(args, inner))
      return inner(op, args)
    case "1.0/schedule":
    case "1.0/actions/schedule":
      return withoutRetries(() => FunctionCall.outside(() => inner(op, scheduled(call, op, args))))
    case "1.0/storageGetUrl":
      return (await inner(op, args)) === "null" ? "null" : JSON.stringify(call.rules.fileUrl(textOf(args, "storageId")))
    case "1.0/storageDelete":
      return ownWrite(call, () => inner(op, args))
    case "1.0/storageGenerateUploadUrl":
      return JSON.stringify(call.rules.uploadUrl())
    default:
      return inner(op, args)
  }
}

/** convex-test lets an action's write to the storage join whichever transaction happens to be under way. */
function ownWrite<A>(call: FunctionCall, write: () => Promise<A>): Promise<A> {
  return call.transaction ? write() : call.rules.alone(write)
}

/** What a patch leaves behind. */
async function merged(args: Arguments, inner: Inner): Promise<Value> {
  const before = JSON.parse(await inner("1.0/get", { id: args["id"] ?? null })) as Arguments | null
  const after: Record<string, JSONValue> = { ...before }
  for (const [key, value] of Object.entries(args["value"] as Arguments)) {
    if (typeof value === "object" && value !== null && "$undefined" in value) delete after[key]
    else after[key] = value
  }
  return jsonToConvex(after)
}

function textOf(args: Arguments, name: string): string {
  const value = args[name]
  return typeof value === "string" ? value : ""
}

/** convex-test's ids end in their table's name. */
function tableOf(args: Arguments): string {
  return textOf(args, "id").replace(/^\d+/, "")
}

function checkDocument(call: FunctionCall, table: string, document: Value): void {
  if (typeof document !== "object" || document === null || Array.isArray(document)) return
  const { _id, _creationTime, ...fields } = document as Record<string, Value>
  const { tables } = call.rules
  const validator = tables?.get(table)
  if (tables !== undefined && validator === undefined && !table.startsWith("_")) {
    throw new Error(`table "${table}" is not in the schema`)
  }
  const reserved = Object.keys(fields).find((key) => key.startsWith("_"))
  const problem =
    reserved === undefined
      ? (documentOverLimit(fields) ?? (validator === undefined ? undefined : mismatch(validator, fields)))
      : `the field ${reserved} starts with _, which is reserved`
  if (problem !== undefined) throw new Error(`a document of "${table}" cannot be written: ${problem}`)
}

function scheduled(call: FunctionCall, op: string, args: Arguments): Arguments {
  const problem = overLimit(jsonToConvex(args["args"] ?? null), {
    size: Limits.scheduledArguments,
    nesting: Limits.valueNesting
  })
  if (problem !== undefined)
    throw new Error(`arguments of the scheduled ${textOf(args, "name")} are over a limit: ${problem}`)
  // An action's own transaction for this reads the real clock; a mutation's reads the moved one.
  return op === "1.0/schedule" ? args : { ...args, ts: Number(args["ts"]) - call.rules.clock.ahead / 1000 }
}
