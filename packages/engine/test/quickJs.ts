// The sandbox on QuickJS for tests: its WebAssembly module as read from the installed package.
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import * as QuickJsSandbox from "../src/sandbox/QuickJsSandbox.ts"

const file = fileURLToPath(import.meta.resolve("@jitl/quickjs-wasmfile-release-sync/wasm"))
const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: { Module: new (bytes: Uint8Array) => object } }

export const compiled = new WebAssembly.Module(readFileSync(file))
export const quickJs = QuickJsSandbox.layer({ compiled })
