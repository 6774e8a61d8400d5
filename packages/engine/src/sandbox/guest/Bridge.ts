// Guest code, part 1: everything that guest and host say to each other. It runs before any agent code and captures
// each built-in it needs, so that hijacked prototypes find nothing to hook; it holds no function of the host.
// The host calls `turn(text, main)` with one operation and `turn("")` to collect what the guest has to say (GuestProtocol.ts);
// `turn("x", error)` ends a program that could not even be started.

/** JavaScript; defines `turn` and `bridge` for the parts after it. */
export const bridge = String.raw`
"use strict"
const apply = Reflect.apply, construct = Reflect.construct, defineProperty = Reflect.defineProperty
const getPrototypeOf = Reflect.getPrototypeOf
const parse = JSON.parse, stringify = JSON.stringify
const PromiseOf = Promise, ErrorOf = Error, TypeErrorOf = TypeError, RangeErrorOf = RangeError
const ProxyOf = Proxy, StringOf = String, NumberOf = Number
const then = Promise.prototype.then
const sliceOf = String.prototype.slice, indexOfOf = String.prototype.indexOf
const exec = RegExp.prototype.exec
const hasOwn = Object.prototype.hasOwnProperty
const captureStackTrace = Error.captureStackTrace
const isArray = Array.isArray, isFinite = Number.isFinite
const slice = (text, from, to) => apply(sliceOf, text, [from, to])
const indexOf = (text, part, from) => apply(indexOfOf, text, [part, from])
const has = (object, key) => apply(hasOwn, object, [key])

// ---- what the guest says -------------------------------------------------------------------------------------------
const limits = { __proto__: null, calls: 0, argumentChars: 0, openChars: 0, resultChars: 0, logLines: 0, logChars: 0 }
const clock = { __proto__: null, startedAt: 0, now: 0, seed: "" }
let outbox = ""
let settled = false

const finish = (record) => {
  if (settled) return
  settled = true
  outbox += record
}
const sayReturned = (json) => finish("r" + json.length + ";" + json)
const sayThrew = (fields) => {
  const json = stringify(fields)
  finish("e" + json.length + ";" + json)
}

// ---- describing what was thrown ------------------------------------------------------------------------------------
const positionPattern = /code\.js:(\d+):(\d+)/
const hostNames = /^'?(require|process|fetch|Buffer|module|exports|global|window|document|XMLHttpRequest|Deno|Bun)'? is not defined$/
const noModule = /^could not load module /
const hostHint = ": this code has no network, files or Node APIs; everything outside is reached by tools.<source>.<tool>(args)"

const textOf = (value) => {
  if (typeof value === "string") return value
  if (typeof value === "bigint") return apply(bigIntText, value, []) + "n"
  if (typeof value === "symbol") return apply(symbolText, value, [])
  if (typeof value === "function") return "[function]"
  if (typeof value !== "object" || value === null) return StringOf(value)
  const json = stringify(value)
  return typeof json === "string" ? json : "[object]"
}
const symbolText = Symbol.prototype.toString, bigIntText = BigInt.prototype.toString

const describe = (thrown) => {
  const fields = { __proto__: null, name: "Error", message: "the code threw a value that cannot be read" }
  try {
    if ((typeof thrown !== "object" || thrown === null) && typeof thrown !== "function") {
      fields.message = slice(textOf(thrown), 0, 2000)
      return fields
    }
    const name = thrown.name, message = thrown.message, code = thrown.code
    if (typeof message !== "string") {
      fields.message = slice("the code threw a value that is not an Error: " + textOf(thrown), 0, 2000)
      return fields
    }
    // Cutting a huge message would first build it: that is a copy of all of it.
    fields.message = message.length > 1000000 ? "(a message of " + message.length + " characters)" : slice(message, 0, 2000)
    if (typeof name === "string" && name !== "") fields.name = slice(name, 0, 200)
    if (typeof code === "string") fields.code = slice(code, 0, 200)
    if (fields.name === "ReferenceError" && apply(exec, hostNames, [fields.message])) fields.message += hostHint
    if (fields.message === "Not supported" || apply(exec, noModule, [fields.message])) {
      fields.message = "import() is not supported" + hostHint
    }
    if (fields.message === "'Intl' is not defined") fields.message += ": this engine has none; write numbers and dates by code"
    // A stack repeats the message: not worth the memory of a huge one.
    const stack = message.length < 20000 ? thrown.stack : undefined
    const place = typeof stack === "string" ? apply(exec, positionPattern, [slice(stack, 0, 20000)]) : null
    if (place !== null) {
      fields.line = NumberOf(place[1])
      fields.column = NumberOf(place[2]) - (fields.line === 1 ? head : 0)
    }
  } catch {}
  return fields
}

// ---- the end of the program ----------------------------------------------------------------------------------------
const noData = (what) => sayThrew({
  __proto__: null, name: "TypeError", message: "the code returned " + what + ", which is not data; return a JSON value instead"
})
const onReturn = (value) => {
  if (settled) return
  if (value === undefined) return finish("u;")
  if (typeof value === "function") return noData("a function")
  if (typeof value === "symbol") return noData("a symbol")
  if (typeof value === "bigint") return noData("a bigint")
  if (typeof value === "string" && value.length > limits.resultChars) return finish("z" + value.length + ";")
  let json
  try {
    json = stringify(value)
  } catch (error) {
    const fields = describe(error)
    fields.message = slice("the result cannot be written as JSON: " + fields.message, 0, 2000)
    return sayThrew(fields)
  }
  if (json === undefined) return finish("u;")
  if (json.length > limits.resultChars) return finish("z" + json.length + ";")
  sayReturned(json)
}
const onThrow = (error) => {
  if (!settled) sayThrew(describe(error))
}

// ---- tool calls ----------------------------------------------------------------------------------------------------
class ToolError extends ErrorOf {}
defineProperty(ToolError.prototype, "name", { __proto__: null, value: "ToolError", writable: true, configurable: true })

const toolError = (fields, site) => {
  const message = typeof fields.message === "string" ? slice(fields.message, 0, 2000) : "the tool call failed"
  const error = new ToolError(message)
  const set = (key, value, enumerable) =>
    defineProperty(error, key, { __proto__: null, value, enumerable, writable: true, configurable: true })
  set("code", typeof fields.code === "string" ? fields.code : "failed", true)
  if (typeof fields.status === "number") set("status", fields.status, true)
  set("retryable", fields.retryable === true, true)
  if (has(fields, "details")) set("details", fields.details, true)
  let stack = "ToolError: " + message
  try {
    const at = site === undefined ? undefined : site.stack
    const from = typeof at === "string" ? indexOf(at, "\n", 0) : -1
    if (from >= 0) stack += slice(at, from)
  } catch {}
  set("stack", stack, false)
  return error
}
const rejected = (code, message, site) =>
  new PromiseOf((_, reject) => reject(toolError({ __proto__: null, code, message, retryable: false }, site)))

// An engine that cannot leave out frames writes ours first: what follows them is the agent's.
const foreignFrames = (stack) => {
  if (typeof stack !== "string") return undefined
  let from = 0
  for (let line = 0; line < 8; line++) {
    const to = indexOf(stack, "\n", from)
    if (to < 0 || indexOf(slice(stack, from, to), "sandbox.js", 0) < 0) break
    from = to + 1
  }
  return "\n" + slice(stack, from, from + 4000)
}

const open = { __proto__: null }
let made = 0
let openChars = 0

const invoke = (path, args, from) => {
  if (path === "") throw new TypeErrorOf("tools is not a function: call tools.<source>.<tool>(args)")
  if (made >= limits.calls) {
    finish("m;")
    throw new RangeErrorOf("too many tool calls in one run: the limit is " + limits.calls)
  }
  const site = { __proto__: null }
  if (captureStackTrace) captureStackTrace(site, from)
  else site.stack = foreignFrames(new ErrorOf().stack)
  const tool = "tools." + path
  if (path.length > 1000) return rejected("unknown_tool", "the path of a tool is at most 1000 characters long", site)
  if (args.length > 1) {
    return rejected("invalid_arguments", tool + " takes one object of arguments, and got " + args.length + " values", site)
  }
  let json = "null"
  if (args.length === 1 && args[0] !== undefined) {
    try {
      json = stringify(args[0])
    } catch (error) {
      const why = "the arguments of " + tool + " cannot be written as JSON: " + describe(error).message
      return rejected("invalid_arguments", why, site)
    }
    if (json === undefined) return rejected("invalid_arguments", "the arguments of " + tool + " are not data", site)
  }
  if (json.length > limits.argumentChars) {
    return rejected("arguments_too_large", "the arguments of " + tool + " are " + json.length +
      " characters of JSON, and the limit is " + limits.argumentChars, site)
  }
  if (openChars + json.length > limits.openChars) {
    return rejected("arguments_too_large", "the arguments of all open calls exceed " + limits.openChars +
      " characters: await some calls before making more", site)
  }
  made++
  openChars += json.length
  outbox += "c" + made + "," + path.length + "," + json.length + ";" + path + json
  return new PromiseOf((resolve, reject) => {
    open[made] = { __proto__: null, resolve, reject, site, chars: json.length }
  })
}

const readOnly = () => {
  throw new TypeErrorOf("tools is read-only")
}
const toolsAt = (path) => {
  const children = { __proto__: null }
  const target = () => {}
  const call = (_, self, args) => invoke(path, args, call)
  delete target.name
  delete target.length
  return new ProxyOf(target, {
    __proto__: null,
    get(_, key) {
      // A promise library asks for "then", JSON.stringify for "toJSON": neither is a tool.
      if (typeof key !== "string" || key === "then" || key === "toJSON") return undefined
      return children[key] ??= toolsAt(path === "" ? key : path + "." + key)
    },
    apply: call,
    has: (_, key) => typeof key === "string",
    set: readOnly, defineProperty: readOnly, deleteProperty: readOnly, setPrototypeOf: readOnly, preventExtensions: readOnly
  })
}

const onReply = (text) => {
  const comma = indexOf(text, ",", 0), semicolon = indexOf(text, ";", 0)
  const id = slice(text, 1, comma), ok = text[comma + 1] === "1"
  const call = open[id]
  if (call === undefined) return
  delete open[id]
  openChars -= call.chars
  clock.now += 1
  let value
  try {
    value = parse(slice(text, semicolon + 1))
  } catch (error) {
    value = { __proto__: null, code: "result_unreadable", message: "the result cannot be read: " + describe(error).message }
    return call.reject(toolError(value, call.site))
  }
  if (ok) call.resolve(value)
  else call.reject(toolError(value, call.site))
}

// ---- timers --------------------------------------------------------------------------------------------------------
// The host keeps real time; the guest's own clock advances by what it asked to wait, so that a run can be repeated.
const timers = { __proto__: null }
let newTimers = { __proto__: null }
let clearedTimers = { __proto__: null }
let timerCount = 0
let lastTimer = 0

const addTimer = (run, args, delay, every) => {
  if (typeof run !== "function") throw new TypeErrorOf("the first argument of a timer must be a function")
  if (timerCount >= 1000) throw new RangeErrorOf("too many timers: at most 1000 may be pending")
  const asked = +delay
  const wait = isFinite(asked) && asked >= 1 ? (asked > 2147483647 ? 2147483647 : asked - asked % 1) : 1
  const id = ++lastTimer
  timerCount++
  timers[id] = { __proto__: null, run, args, wait, every, due: clock.now + wait }
  newTimers[id] = true
  return id
}
const clearTimer = (id) => {
  if (typeof id !== "number" || timers[id] === undefined) return
  delete timers[id]
  timerCount--
  if (newTimers[id] === undefined) clearedTimers[id] = true
  else delete newTimers[id]
}
const onTimer = (text) => {
  const id = slice(text, 1, indexOf(text, ";", 0))
  const timer = timers[id]
  if (timer === undefined) return
  if (timer.due > clock.now) clock.now = timer.due
  if (timer.every) {
    timer.due = clock.now + timer.wait
    newTimers[id] = true
  } else {
    delete timers[id]
    timerCount--
  }
  try {
    apply(timer.run, undefined, timer.args)
  } catch (error) {
    const fields = describe(error)
    say("[error] uncaught in a timer: " + fields.name + ": " + fields.message)
  }
}

// ---- console -------------------------------------------------------------------------------------------------------
let logLines = 0
let logChars = 0
let logsCut = false

const say = (line) => {
  if (logsCut) return
  const room = limits.logChars - logChars
  if (logLines >= limits.logLines || room <= 0) {
    logsCut = true
    outbox += "k;"
    return
  }
  const text = line.length > room ? slice(line, 0, room) : line
  logLines++
  logChars += text.length
  outbox += "l" + text.length + ";" + text
  if (text.length < line.length) {
    logsCut = true
    outbox += "k;"
  }
}
const show = (value) => {
  try {
    if (typeof value === "object" && value !== null && typeof value.message === "string" && typeof value.name === "string") {
      return value.name + ": " + value.message
    }
    return textOf(value)
  } catch {
    return "[unreadable]"
  }
}
const log = (prefix, values) => {
  if (logsCut) return
  let line = prefix
  for (let i = 0; i < values.length && line.length <= limits.logChars; i++) line += (i > 0 ? " " : "") + show(values[i])
  say(line)
}

// ---- the host's one way in -----------------------------------------------------------------------------------------
const collect = () => {
  let text = outbox
  outbox = ""
  for (const id in clearedTimers) text += "x" + id + ";"
  for (const id in newTimers) {
    const timer = timers[id]
    text += "t" + id + "," + timer.wait + "," + (timer.due - clock.startedAt) + ";"
  }
  newTimers = { __proto__: null }
  clearedTimers = { __proto__: null }
  return text
}
const start = (text, main) => {
  const given = parse(slice(text, 1))
  for (const key in limits) limits[key] = given.limits[key]
  clock.seed = given.seed
  clock.startedAt = clock.now = given.startedAt
  if (typeof main !== "function") return noData("nothing to run")
  // Both reactions are registered before any agent code has run, so no hijacked then or species is consulted for them.
  const program = apply(then, new PromiseOf((resolve) => resolve()), [main])
  apply(then, program, [onReturn, onThrow])
}
const turn = (text, main) => {
  if (text === "") return collect()
  const kind = text[0]
  try {
    if (kind === "r") onReply(text)
    else if (kind === "t") onTimer(text)
    else if (kind === "s") start(text, main)
    else if (kind === "x") onThrow(main)
  } catch (error) {
    onThrow(error)
  }
}
`
