// The transpilers' suite on sucrase with QuickJS, where it differs, and what only this transpiler could get wrong.
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as SucraseTranspile from "../src/SucraseTranspile.ts"
import { Transpile } from "../src/Transpile.ts"
import { compiled, quickJs } from "./quickJs.ts"
import { suite } from "./transpileConformance.ts"

const layer = SucraseTranspile.layer({ compiled })

suite("sucrase", Layer.merge(layer, quickJs), {
  refuses: {
    // Sucrase would take their values away with their types.
    namespaces: /^namespaces are not taken on this host/,
    // Sucrase leaves both as they are, and QuickJS has no parser for them yet.
    "decorators in TypeScript's own meaning": /^decorators are not taken on this host/,
    "resource management": /^using declarations are not taken on this host/
  },
  places: {
    // Behind the bracket that looked like a type, behind the backtick, and at the second one's end.
    JSX: [1, 17],
    "an unfinished template": [1, 9],
    "a second declaration": [2, 7]
  }
})

describe("sucrase", () => {
  it.layer(layer)((it) => {
    const answer = (code: string) =>
      Effect.gen(function* () {
        return yield* (yield* Transpile).transpile(code)
      }).pipe(
        Effect.catchTag("TranspileError", ({ column, line, reason }) =>
          Effect.succeed(`${line}:${column} ${reason.slice(0, 30)}`)
        )
      )
    it.effect.each([
      ["an import that is an assignment", "return 1\nimport a = require('b')", "2:1 the code is the body of an asy"],
      ["an export that is an assignment", "export = 3", "1:1 the code is the body of an asy"],
      ["an exported type", "type A = 1; export type { A }", "1:13 the code is the body of an asy"],
      ["what the engine refuses behind types", "const a: string = 'x'\nconst b: number = 1; return b as any 2", "2:38"],
      ["what strict mode forbids", "let a: 1 = 1; delete a", "1:22 cannot delete a direct"]
    ])("refuses %s at its own place", ([, code, expected]) =>
      Effect.gen(function* () {
        assert.include(yield* answer(code!), expected!)
      })
    )
    it.effect("does not parse again and again to find one statement", () =>
      Effect.gen(function* () {
        const lookalikes = `const text = \`${"\nnamespace A {}\nexport const x = 1".repeat(4_000)}\`\n`
        assert.include(
          yield* answer(`${lookalikes}namespace Real { export const y = 1 }\nreturn text`),
          "2:1 namespaces are not"
        )
        const types = "type T = typeof import('x')\n"
        assert.notMatch(yield* answer(types + lookalikes.replaceAll("namespace", "thing")), /^\d+:\d+ /)
      })
    )
    it.effect.each([
      ["class members that are called like keywords", "class A { import = 1; export = 2 }; return new A().import"],
      ["a type that names a module", "let a: typeof import('x') | undefined; return a"],
      ["a namespace that is only declared", "declare namespace N { const x: number }\nreturn 'namespace N {'"],
      ["a declared module", "declare module 'x' { const y: number }\nreturn 1"]
    ])("takes %s", ([, code]) =>
      Effect.gen(function* () {
        assert.notMatch(yield* answer(code!), /^\d+:\d+ /)
      })
    )
  })
})
