// The globals of Convex's default runtime, and no others: what is documented for queries, mutations, actions and HTTP
// actions. The classes are this process's own; timers and `fetch` are those that know which function runs.
import { AsyncLocalStorage, AsyncResource } from "node:async_hooks"
import type { Clock } from "../Clock.ts"
import { guardedGlobals } from "../Runtime.ts"

const documented = [
  "Blob",
  "Event",
  "EventTarget",
  "File",
  "FormData",
  "Headers",
  "Request",
  "Response",
  "TextDecoder",
  "TextEncoder",
  "atob",
  "btoa",
  "ReadableStream",
  "ReadableStreamBYOBReader",
  "ReadableStreamDefaultReader",
  "TransformStream",
  "WritableStream",
  "WritableStreamDefaultWriter",
  "crypto",
  "CryptoKey",
  "SubtleCrypto",
  "performance",
  "URL",
  "URLSearchParams",
  "AbortController",
  "AbortSignal",
  "DOMException",
  "structuredClone",
  "queueMicrotask",
  "console",
  "WebAssembly"
] as const

/**
 * Shared with the host, so that bytes made by its classes (`TextEncoder`, `WebAssembly.Memory`) are `instanceof` what the
 * functions know by these names.
 */
const sameBytes = ["ArrayBuffer", "Uint8Array"] as const

/** A fresh set of globals for one context. */
export function isolateGlobals(environment: Readonly<Record<string, string>>, clock: Clock): Record<string, unknown> {
  const host = globalThis as unknown as Record<string, unknown>
  const globals: Record<string, unknown> = Object.fromEntries(
    [...documented, ...sameBytes].map((name) => [name, host[name]])
  )
  const { Date: _date, ...guarded } = guardedGlobals(clock)
  Object.assign(globals, guarded, { AsyncLocalStorage, AsyncResource, process: { env: { ...environment } } })
  // convex's own library reaches the backend by this name; it exists in the real runtime too.
  Object.defineProperty(globals, "Convex", { get: () => host["Convex"], enumerable: false })
  return globals
}
