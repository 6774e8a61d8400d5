// Gives every module the http module without its WebSocket. An import of node:http looks at all that it exports, which loads
// a second HTTP implementation and cost each command, and the daemon's start, about 45 ms.
import * as http from "node:http"
import type { Plugin } from "rolldown"

/** Loaded when they are looked at. */
const heavy: ReadonlySet<string> = new Set(["WebSocket", "CloseEvent", "MessageEvent", "default"])
const light = "\0light-http"

export const lightHttp = (): Plugin => ({
  name: "light-http",
  resolveId(id, _, { kind }) {
    return (id === "node:http" || id === "http") && kind !== "require-call" ? light : null
  },
  load(id) {
    if (id !== light) return null
    const names = Object.keys(http).filter((name) => !heavy.has(name))
    return `const http = process.getBuiltinModule("node:http")
export default http
export const { ${names.join(", ")} } = http`
  }
})
