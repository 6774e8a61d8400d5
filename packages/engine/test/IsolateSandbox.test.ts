// The conformance suite on isolated-vm, and what only this engine says.
import { assert, it } from "@effect/vitest"
import { Effect } from "effect"
import * as IsolateSandbox from "../src/sandbox/IsolateSandbox.ts"
import { Sandbox } from "../src/sandbox/Sandbox.ts"
import { suite } from "./sandboxConformance.ts"
import { makeHost, program } from "./testTools.ts"

const layer = IsolateSandbox.layer({ warmMemoryMb: 64 })

suite("isolated-vm", layer)

it.layer(layer, { excludeTestServices: true })((it) => {
  it.effect("import() says what there is instead, and a rejection that nobody handles is told", () =>
    Effect.gen(function* () {
      const sandbox = yield* Sandbox
      const imported = yield* sandbox.run(program("await import('node:fs')"), makeHost())
      assert(imported.outcome._tag === "Threw")
      assert.match(imported.outcome.message, /^import\(\) is not supported: .*tools\./)
      const rejected = yield* sandbox.run(program("tools.a.boom(); await tools.a.echo(1); return 1"), makeHost())
      assert.deepEqual(rejected.logs, ["[error] nobody handled a rejected promise: ToolError: db failed"])
      assert.deepEqual(rejected.outcome, { _tag: "Returned", json: "1" })
    })
  )
})
