// Guest code, part 2: the globals of a run. Takes away what can reach outside the turn's clock or grow code from text,
// and makes time and chance repeatable: both follow from the run's seed and start, never from the machine.

/** JavaScript; uses the names that the bridge captured. */
export const globals = String.raw`
const hide = (key, value) =>
  defineProperty(globalThis, key, { __proto__: null, value, writable: true, configurable: true, enumerable: false })

// Shared memory and WebAssembly defeat the memory limit; weak references make runs unrepeatable and run outside turns.
for (const key of ["WebAssembly", "SharedArrayBuffer", "Atomics", "FinalizationRegistry", "WeakRef", "eval"]) {
  delete globalThis[key]
}

// No code from strings: it multiplies memory past the limit. Every function kind has its own constructor.
for (const [name, sample] of [
  ["Function", function () {}], ["AsyncFunction", async function () {}],
  ["GeneratorFunction", function* () {}], ["AsyncGeneratorFunction", async function* () {}]
]) {
  const prototype = getPrototypeOf(sample)
  const refuse = function () {
    throw new EvalErrorOf("code cannot be made from strings here")
  }
  defineProperty(refuse, "name", { __proto__: null, value: name, configurable: true })
  defineProperty(refuse, "prototype", { __proto__: null, value: prototype, writable: false })
  defineProperty(prototype, "constructor", { __proto__: null, value: refuse, writable: false, configurable: false })
  if (name === "Function") hide("Function", refuse)
}

// ---- time ----------------------------------------------------------------------------------------------------------
const DateOf = Date
const dateText = Date.prototype.toString
function GuestDate(...parts) {
  if (new.target === undefined) return apply(dateText, new DateOf(clock.now), [])
  return construct(DateOf, parts.length === 0 ? [clock.now] : parts, new.target)
}
defineProperty(GuestDate, "name", { __proto__: null, value: "Date", configurable: true })
defineProperty(GuestDate, "length", { __proto__: null, value: 7, configurable: true })
defineProperty(GuestDate, "prototype", { __proto__: null, value: DateOf.prototype, writable: false })
for (const [key, value] of [["now", () => clock.now], ["parse", DateOf.parse], ["UTC", DateOf.UTC]]) {
  defineProperty(GuestDate, key, { __proto__: null, value, writable: true, configurable: true })
}
defineProperty(DateOf.prototype, "constructor", { __proto__: null, value: GuestDate, writable: true, configurable: true })
hide("Date", GuestDate)
hide("performance", { now: () => clock.now - clock.startedAt, get timeOrigin() { return clock.startedAt } })

if (typeof Intl === "object") {
  const formats = Intl.DateTimeFormat.prototype
  const formatOf = Object.getOwnPropertyDescriptor(formats, "format").get, partsOf = formats.formatToParts
  const bound = new WeakMap()
  const boundGet = WeakMap.prototype.get, boundSet = WeakMap.prototype.set
  defineProperty(formats, "format", {
    __proto__: null, configurable: true,
    get() {
      const format = apply(formatOf, this, [])
      let mine = apply(boundGet, bound, [format])
      if (mine === undefined) {
        mine = (date) => format(date === undefined ? clock.now : date)
        apply(boundSet, bound, [format, mine])
      }
      return mine
    }
  })
  defineProperty(formats, "formatToParts", {
    __proto__: null, configurable: true, writable: true,
    value: function formatToParts(date) {
      return apply(partsOf, this, [date === undefined ? clock.now : date])
    }
  })
}

// ---- chance --------------------------------------------------------------------------------------------------------
const imul = Math.imul, charCodeAt = String.prototype.charCodeAt
// FNV-1a over the seed gives three of the four words of an sfc32 generator; the salt keeps the streams apart.
const wordOf = (text) => {
  let hash = 2166136261
  for (let i = 0; i < text.length; i++) hash = imul(hash ^ apply(charCodeAt, text, [i]), 16777619)
  return hash | 0
}
const generator = (salt) => {
  let a = 0, b = 0, c = 0, d = 0
  const next = () => {
    const sum = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }
  return () => {
    if (d === 0) {
      a = wordOf("a" + salt + clock.seed)
      b = wordOf("b" + salt + clock.seed)
      c = wordOf("c" + salt + clock.seed)
      d = 1
      for (let i = 0; i < 15; i++) next()
    }
    return next()
  }
}
const chance = generator("random:"), bits = generator("crypto:")
defineProperty(Math, "random", {
  __proto__: null, value: () => (chance() * 2097152 + (chance() >>> 11)) / 9007199254740992, writable: true, configurable: true
})
const byteText = []
for (let i = 0; i < 256; i++) byteText[i] = (i + 256).toString(16).slice(1)
const isView = ArrayBuffer.isView
const viewOf = Uint8Array
const bytesIn = Object.getOwnPropertyDescriptor(getPrototypeOf(Uint8Array.prototype), "byteLength").get
hide("crypto", {
  // Repeatable, hence not fit for keys: secrets never live in this code.
  randomUUID() {
    let text = ""
    for (let i = 0; i < 16; i++) {
      let byte = bits() & 255
      if (i === 6) byte = (byte & 15) | 64
      if (i === 8) byte = (byte & 63) | 128
      text += (i === 4 || i === 6 || i === 8 || i === 10 ? "-" : "") + byteText[byte]
    }
    return text
  },
  getRandomValues(array) {
    if (!isView(array)) throw new TypeErrorOf("crypto.getRandomValues takes a typed array")
    const size = apply(bytesIn, array, [])
    if (size > 65536) throw new RangeErrorOf("crypto.getRandomValues fills at most 65536 bytes")
    const bytes = new viewOf(array.buffer, array.byteOffset, size)
    for (let i = 0; i < size; i++) bytes[i] = bits() & 255
    return array
  }
})

// ---- console, timers, tools ----------------------------------------------------------------------------------------
const plain = (...values) => log("", values)
const counts = { __proto__: null }
hide("console", {
  log: plain, info: plain, debug: plain, dir: plain, table: plain, group: plain, trace: plain,
  warn: (...values) => log("[warn] ", values),
  error: (...values) => log("[error] ", values),
  assert: (ok, ...values) => {
    if (!ok) log("[error] assertion failed: ", values)
  },
  count: (label = "default") => log("", [label + ": " + (counts[label] = (counts[label] ?? 0) + 1)]),
  groupEnd() {}, groupCollapsed: plain, time() {}, timeEnd() {}, timeLog() {}, clear() {}
})
hide("setTimeout", (run, delay, ...args) => addTimer(run, args, delay, false))
hide("setInterval", (run, delay, ...args) => addTimer(run, args, delay, true))
hide("setImmediate", (run, ...args) => addTimer(run, args, 1, false))
hide("clearTimeout", clearTimer)
hide("clearInterval", clearTimer)
hide("clearImmediate", clearTimer)
hide("queueMicrotask", (run) => {
  if (typeof run !== "function") throw new TypeErrorOf("queueMicrotask takes a function")
  apply(then, new PromiseOf((resolve) => resolve()), [() => run()])
})
hide("ToolError", ToolError)
hide("tools", toolsAt(""))

// ---- data that JSON alone would lose -------------------------------------------------------------------------------
const jsonOf = (prototype, toJSON) =>
  defineProperty(prototype, "toJSON", { __proto__: null, value: toJSON, writable: true, configurable: true })
const eachEntry = Map.prototype.forEach, eachItem = Set.prototype.forEach
const put = (object, key, value) =>
  defineProperty(object, key, { __proto__: null, value, writable: true, configurable: true, enumerable: true })
jsonOf(Map.prototype, function () {
  const entries = [], object = {}
  let named = true
  apply(eachEntry, this, [(value, key) => {
    put(entries, entries.length, [key, value])
    if (typeof key !== "string") named = false
    else put(object, key, value)
  }])
  return named ? object : entries
})
jsonOf(Set.prototype, function () {
  const items = []
  apply(eachItem, this, [(item) => put(items, items.length, item)])
  return items
})
jsonOf(Error.prototype, function () {
  const out = { name: this.name, message: this.message }
  for (const key of ["code", "status", "retryable", "details"]) if (has(this, key)) out[key] = this[key]
  return out
})
`
