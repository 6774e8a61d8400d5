// Guest code, part 4: URL and URLSearchParams for reading and building addresses. A working subset of the URL Standard:
// special schemes, relative references, dot segments, default ports; host names must be ASCII (no punycode tables).
// Nothing is fetched by it, so a difference from the Standard is a wrong string, never a way out.

/** JavaScript; defines the globals URL and URLSearchParams. */
export const url = String.raw`
const defaultPorts = { "http:": "80", "https:": "443", "ws:": "80", "wss:": "443", "ftp:": "21" }
const isSpecial = (protocol) => Object.hasOwn(defaultPorts, protocol)
const escapeIn = (text, pattern) =>
  text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd")
    .replace(pattern, (part) => encodeURIComponent(part).replace(/[!'()*~]/g, (c) => "%" + c.charCodeAt(0).toString(16).toUpperCase()))
const inPath = /[\u0000- "#<>?^\u0060{}\u007f]|[^\u0000-\u007f]+/g
const inQuery = /[\u0000- "#'<>\u007f]|[^\u0000-\u007f]+/g
const inHash = /[\u0000- "<>\u0060\u007f]|[^\u0000-\u007f]+/g
const inUser = /[\u0000- "#<>?\u0060{}/:;=@[\\\]^|\u007f]|[^\u0000-\u007f]+/g

const withoutDots = (path) => {
  const out = []
  const parts = path.split("/")
  parts.forEach((part, index) => {
    const dots = part.replace(/%2e/gi, ".")
    const last = index === parts.length - 1
    if (dots === "..") {
      if (out.length > 1) out.pop()
      if (last) out.push("")
    } else if (dots === ".") {
      if (last) out.push("")
    } else out.push(part)
  })
  return out.join("/")
}
const hostOf = (host, special, given) => {
  const bad = () => {
    throw new TypeError("Invalid URL: " + String(given).slice(0, 200))
  }
  if (host.startsWith("[")) return /^\[[0-9a-f:.]+\]$/i.test(host) ? host.toLowerCase() : bad()
  if (!special) return escapeIn(host, inPath)
  let plain = host
  try {
    plain = decodeURIComponent(host).toLowerCase()
  } catch {
    bad()
  }
  return plain === "" || /[^\u0021-\u007e]|[#%/:<>?@[\\\]^|]/.test(plain) ? bad() : plain
}

const parseUrl = (given, base) => {
  const text = String(given).replace(/^[\u0000- ]+|[\u0000- ]+$/g, "").replace(/[\t\n\r]/g, "")
  const fail = () => {
    throw new TypeError("Invalid URL: " + text.slice(0, 200))
  }
  const scheme = /^([a-z][a-z0-9+.-]*:)/i.exec(text)
  const protocol = scheme ? scheme[1].toLowerCase() : base ? base.protocol : fail()
  const special = isSpecial(protocol)
  const relative = !scheme || (base && special && base.protocol === protocol && !/^[a-z0-9+.-]*:[/\\]{2}/i.test(text))
  let rest = relative && scheme ? text.slice(scheme[0].length) : scheme ? text.slice(scheme[0].length) : text
  let hash = "", search = ""
  const hashAt = rest.indexOf("#")
  if (hashAt >= 0) [hash, rest] = [rest.slice(hashAt), rest.slice(0, hashAt)]
  const queryAt = rest.indexOf("?")
  if (queryAt >= 0) [search, rest] = [rest.slice(queryAt), rest.slice(0, queryAt)]
  if (special) rest = rest.replace(/\\/g, "/")
  const out = { protocol, username: "", password: "", hostname: "", port: "", pathname: "", search: "", hash: "" }
  out.hash = hash.length > 1 ? escapeIn(hash, inHash).replace(/^%23/, "#") : ""
  out.search = search.length > 1 ? escapeIn(search, inQuery).replace(/^%3F/, "?") : ""
  const authority = special && !relative ? /^\/*([^/]*)(.*)$/s.exec(rest) : /^\/\/([^/]*)(.*)$/s.exec(rest)
  if (authority && (rest.startsWith("//") || (special && !relative))) {
    const at = authority[1].lastIndexOf("@")
    if (at >= 0) {
      const [user, ...password] = authority[1].slice(0, at).split(":")
      out.username = escapeIn(user, inUser)
      out.password = escapeIn(password.join(":"), inUser)
    }
    const place = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(authority[1].slice(at + 1)) ?? fail()
    out.hostname = hostOf(place[1], special, text)
    const port = place[2] ? String(Number(place[2])) : ""
    if (Number(port) > 65535) fail()
    out.port = port === defaultPorts[protocol] ? "" : port
    out.pathname = withoutDots(escapeIn(authority[2] || (special ? "/" : ""), inPath))
    return out
  }
  if (!relative) {
    if (special) fail()
    out.pathname = rest.startsWith("/") ? withoutDots(escapeIn(rest, inPath)) : escapeIn(rest, /[\u0000-\u001f\u007f]|[^\u0000-\u007f]+/g)
    return out
  }
  if (base.pathname !== "" && !base.pathname.startsWith("/")) fail()
  Object.assign(out, { username: base.username, password: base.password, hostname: base.hostname, port: base.port })
  if (rest === "") {
    out.pathname = base.pathname
    if (queryAt < 0) out.search = base.search
    return out
  }
  const folder = base.pathname.slice(0, base.pathname.lastIndexOf("/") + 1)
  out.pathname = withoutDots(escapeIn(rest.startsWith("/") ? rest : (folder || "/") + rest, inPath))
  return out
}

const formEncode = (text) => escapeIn(String(text), /[^*\-._0-9A-Za-z]+/g).replace(/%20/g, "+")
const formDecode = (text) => {
  const spaced = text.replace(/\+/g, " ")
  try {
    return decodeURIComponent(spaced)
  } catch {
    return spaced.replace(/(%[0-9a-f]{2})+/gi, (run) =>
      utf8ToText(Uint8Array.from(run.match(/[0-9a-f]{2}/gi), (hex) => parseInt(hex, 16)), false))
  }
}
const changed = Symbol("changed")
class URLSearchParams {
  #pairs = []
  constructor(init = "") {
    if (typeof init === "object" && init !== null && typeof init[Symbol.iterator] === "function") {
      for (const [key, value] of init) this.#pairs.push([String(key), String(value)])
    } else if (typeof init === "object" && init !== null) {
      for (const key of Object.keys(init)) this.#pairs.push([key, String(init[key])])
    } else {
      for (const part of String(init).replace(/^\?/, "").split("&")) {
        if (part === "") continue
        const at = part.indexOf("=")
        this.#pairs.push(at < 0 ? [formDecode(part), ""] : [formDecode(part.slice(0, at)), formDecode(part.slice(at + 1))])
      }
    }
  }
  #edit(pairs) {
    this.#pairs = pairs
    this[changed]?.()
  }
  append(key, value) {
    this.#edit([...this.#pairs, [String(key), String(value)]])
  }
  set(key, value) {
    const at = this.#pairs.findIndex((pair) => pair[0] === String(key))
    if (at < 0) return this.append(key, value)
    this.#edit(this.#pairs.filter((pair, i) => i <= at || pair[0] !== String(key))
      .map((pair, i) => (i === at ? [pair[0], String(value)] : pair)))
  }
  delete(key, value) {
    this.#edit(this.#pairs.filter((pair) => pair[0] !== String(key) || (value !== undefined && pair[1] !== String(value))))
  }
  get(key) {
    return this.#pairs.find((pair) => pair[0] === String(key))?.[1] ?? null
  }
  getAll(key) {
    return this.#pairs.filter((pair) => pair[0] === String(key)).map((pair) => pair[1])
  }
  has(key, value) {
    return this.#pairs.some((pair) => pair[0] === String(key) && (value === undefined || pair[1] === String(value)))
  }
  sort() {
    this.#edit(this.#pairs.toSorted((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0)))
  }
  forEach(each, self) {
    for (const [key, value] of this.#pairs) each.call(self, value, key, this)
  }
  get size() {
    return this.#pairs.length
  }
  *entries() {
    for (const [key, value] of this.#pairs) yield [key, value]
  }
  *keys() {
    for (const [key] of this.#pairs) yield key
  }
  *values() {
    for (const [, value] of this.#pairs) yield value
  }
  [Symbol.iterator]() {
    return this.entries()
  }
  toString() {
    return this.#pairs.map(([key, value]) => formEncode(key) + "=" + formEncode(value)).join("&")
  }
}

class URL {
  #at
  #params
  constructor(url, base) {
    this.#at = parseUrl(url, base === undefined ? undefined : parseUrl(base))
  }
  static canParse(url, base) {
    return URL.parse(url, base) !== null
  }
  static parse(url, base) {
    try {
      return new URL(url, base)
    } catch {
      return null
    }
  }
  #again(change) {
    const before = this.#at
    this.#at = { ...before, ...change }
    try {
      this.#at = parseUrl(this.href)
      this.#params = undefined
    } catch {
      this.#at = before
    }
  }
  get href() {
    const { protocol, username, password, pathname, search, hash } = this.#at
    const user = username || password ? username + (password ? ":" + password : "") + "@" : ""
    const slashes = isSpecial(protocol) || this.#at.hostname ? "//" : protocol === "file:" ? "//" : ""
    return protocol + slashes + user + this.host + pathname + search + hash
  }
  set href(value) {
    this.#at = parseUrl(value)
    this.#params = undefined
  }
  get origin() {
    return isSpecial(this.#at.protocol) ? this.#at.protocol + "//" + this.host : "null"
  }
  get host() {
    return this.#at.hostname + (this.#at.port ? ":" + this.#at.port : "")
  }
  set host(value) {
    const place = /^(\[[^\]]*\]|[^:/?#]*)(?::(\d+))?/.exec(String(value))
    this.#again({ hostname: place[1], port: place[2] ?? this.#at.port })
  }
  get searchParams() {
    if (this.#params === undefined) {
      this.#params = new URLSearchParams(this.#at.search)
      Object.defineProperty(this.#params, changed, {
        value: () => {
          const text = this.#params.toString()
          this.#at = { ...this.#at, search: text ? "?" + text : "" }
        }
      })
    }
    return this.#params
  }
  get search() {
    return this.#at.search
  }
  set search(value) {
    const text = String(value).replace(/^\?/, "").replace(/#/g, "%23")
    this.#again({ search: text ? "?" + text : "" })
  }
  get hash() {
    return this.#at.hash
  }
  set hash(value) {
    const text = String(value).replace(/^#/, "")
    this.#again({ hash: text ? "#" + text : "" })
  }
  get pathname() {
    return this.#at.pathname
  }
  set pathname(value) {
    const text = String(value).replace(/\?/g, "%3F").replace(/#/g, "%23")
    this.#again({ pathname: text.startsWith("/") ? text : "/" + text })
  }
  get protocol() {
    return this.#at.protocol
  }
  set protocol(value) {
    this.#again({ protocol: String(value).replace(/:.*$/s, "").toLowerCase() + ":" })
  }
  get hostname() {
    return this.#at.hostname
  }
  set hostname(value) {
    this.#again({ hostname: String(value) })
  }
  get port() {
    return this.#at.port
  }
  set port(value) {
    this.#again({ port: String(value) })
  }
  get username() {
    return this.#at.username
  }
  set username(value) {
    this.#again({ username: escapeIn(String(value), inUser) })
  }
  get password() {
    return this.#at.password
  }
  set password(value) {
    this.#again({ password: escapeIn(String(value), inUser) })
  }
  toString() {
    return this.href
  }
  toJSON() {
    return this.href
  }
}
hide("URL", URL)
hide("URLSearchParams", URLSearchParams)
`
