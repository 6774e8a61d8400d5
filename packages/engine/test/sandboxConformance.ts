// What every sandbox must do, as a suite of (name, layer, runtime): any engine behind the port has to pass it.
import { describe, it } from "@effect/vitest"
import type { Layer } from "effect"
import type { Sandbox, SandboxUnavailable } from "../src/sandbox/Sandbox.ts"
import { calls } from "./conformance/Calls.ts"
import { data } from "./conformance/Data.ts"
import { ends } from "./conformance/Ends.ts"
import type { Runtime } from "./conformance/Harness.ts"
import { surroundings } from "./conformance/Surroundings.ts"

export const suite = (name: string, layer: Layer.Layer<Sandbox, SandboxUnavailable>, runtime: Runtime) =>
  describe(`sandbox on ${name}`, () => {
    it.layer(layer, { excludeTestServices: true })((it) => {
      data(it, runtime)
      surroundings(it, runtime)
      calls(it)
      ends(it)
    })
  })
