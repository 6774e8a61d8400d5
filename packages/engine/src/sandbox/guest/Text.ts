// Guest code, part 3: small pure stand-ins for the text and data functions that a bare engine lacks and agents expect.
// They hold nothing worth hijacking, so they use built-ins freely.

/** JavaScript; each shim is a global of its usual name. */
export const text = String.raw`
const codePointsToUtf8 = (text) => {
  const out = []
  for (const char of text) {
    let code = char.codePointAt(0)
    if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd
    if (code < 0x80) out.push(code)
    else if (code < 0x800) out.push(0xc0 | (code >> 6), 0x80 | (code & 63))
    else if (code < 0x10000) out.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63))
    else out.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63))
  }
  return out
}
hide("TextEncoder", class TextEncoder {
  get encoding() {
    return "utf-8"
  }
  encode(text = "") {
    return Uint8Array.from(codePointsToUtf8(String(text)))
  }
  encodeInto(text, target) {
    let read = 0, written = 0
    for (const char of String(text)) {
      const bytes = codePointsToUtf8(char)
      if (written + bytes.length > target.length) break
      target.set(bytes, written)
      read += char.length
      written += bytes.length
    }
    return { read, written }
  }
})

// One sequence at a time, by the lead byte's own bounds (Encoding Standard, UTF-8 decoder).
const utf8ToText = (bytes, fatal) => {
  let out = ""
  for (let i = 0; i < bytes.length;) {
    const lead = bytes[i++]
    if (lead < 0x80) {
      out += String.fromCharCode(lead)
      continue
    }
    const more = lead >= 0xc2 && lead < 0xe0 ? 1 : lead >= 0xe0 && lead < 0xf0 ? 2 : lead >= 0xf0 && lead < 0xf5 ? 3 : 0
    let code = more === 1 ? lead & 31 : more === 2 ? lead & 15 : lead & 7
    let low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80, high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
    let ok = more > 0
    for (let n = 0; ok && n < more; n++, low = 0x80, high = 0xbf) {
      if (i < bytes.length && bytes[i] >= low && bytes[i] <= high) code = (code << 6) | (bytes[i++] & 63)
      else ok = false
    }
    if (!ok && fatal) throw new TypeError("the data is not valid utf-8")
    out += ok ? String.fromCodePoint(code) : "\ufffd"
  }
  return out
}
hide("TextDecoder", class TextDecoder {
  #fatal
  #keepMark
  constructor(label = "utf-8", { fatal = false, ignoreBOM = false } = {}) {
    if (!/^\s*(utf-?8|unicode-1-1-utf-8)\s*$/i.test(label)) throw new RangeError("only utf-8 is supported: " + label)
    this.#fatal = Boolean(fatal)
    this.#keepMark = Boolean(ignoreBOM)
  }
  get encoding() {
    return "utf-8"
  }
  get fatal() {
    return this.#fatal
  }
  get ignoreBOM() {
    return this.#keepMark
  }
  decode(data = new Uint8Array(0)) {
    const bytes = ArrayBuffer.isView(data)
      ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data)
    const text = utf8ToText(bytes, this.#fatal)
    return !this.#keepMark && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  }
})

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
const characterError = (message) => Object.assign(new Error(message), { name: "InvalidCharacterError" })
hide("btoa", (data) => {
  const text = String(data)
  let out = ""
  for (let i = 0; i < text.length; i += 3) {
    const [a, b, c] = [text.charCodeAt(i), text.charCodeAt(i + 1), text.charCodeAt(i + 2)]
    if (a > 255 || b > 255 || c > 255) throw characterError("btoa takes characters up to U+00FF; encode other text first")
    out += alphabet[a >> 2] + alphabet[((a & 3) << 4) | (b >> 4)] +
      (i + 1 < text.length ? alphabet[((b & 15) << 2) | (c >> 6)] : "=") + (i + 2 < text.length ? alphabet[c & 63] : "=")
  }
  return out
})
hide("atob", (data) => {
  let text = String(data).replace(/[\t\n\f\r ]/g, "")
  if (text.length % 4 === 0) text = text.replace(/={1,2}$/, "")
  if (text.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(text)) throw characterError("the text is not base64")
  let out = "", held = 0, bits = 0
  for (const char of text) {
    held = ((held << 6) | alphabet.indexOf(char)) & 0xffffff
    bits += 6
    if (bits >= 8) out += String.fromCharCode((held >> (bits -= 8)) & 255)
  }
  return out
})

const cloneError = (what) => Object.assign(new Error(what + " cannot be cloned"), { name: "DataCloneError" })
hide("structuredClone", (value) => {
  const seen = new Map()
  const clone = (given) => {
    if (typeof given === "function" || typeof given === "symbol") throw cloneError("a " + typeof given)
    if (typeof given !== "object" || given === null) return given
    if (seen.has(given)) return seen.get(given)
    const keep = (copy) => (seen.set(given, copy), copy)
    const kind = Object.prototype.toString.call(given).slice(8, -1)
    if (kind === "Date") return keep(new Date(given.getTime()))
    if (kind === "RegExp") return keep(new RegExp(given.source, given.flags))
    if (kind === "Boolean" || kind === "Number" || kind === "String") return keep(Object(given.valueOf()))
    if (kind === "ArrayBuffer") return keep(given.slice(0))
    if (ArrayBuffer.isView(given)) {
      const buffer = clone(given.buffer)
      const size = kind === "DataView" ? given.byteLength : given.length
      return keep(new given.constructor(buffer, given.byteOffset, size))
    }
    if (kind === "Map") {
      const copy = keep(new Map())
      for (const [key, item] of given) copy.set(clone(key), clone(item))
      return copy
    }
    if (kind === "Set") {
      const copy = keep(new Set())
      for (const item of given) copy.add(clone(item))
      return copy
    }
    if (kind === "Promise" || kind === "WeakMap" || kind === "WeakSet") throw cloneError("a " + kind)
    const copy = keep(Array.isArray(given) ? new Array(given.length)
      : kind === "Error" ? Object.assign(new Error(given.message), { name: given.name }) : {})
    for (const key of Object.keys(given)) {
      Object.defineProperty(copy, key, { value: clone(given[key]), writable: true, configurable: true, enumerable: true })
    }
    return copy
  }
  return clone(value)
})
`
