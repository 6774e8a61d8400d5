// The gates that look at single modules: purity, sizes, service keys, headers, vitest calls, tests that never run.
import { assert, describe, it } from "vitest"
import type { Architecture } from "../check/Architecture.ts"
import { checkEffectTests } from "../check/EffectTests.ts"
import { checkHeaders } from "../check/Headers.ts"
import { checkPurity } from "../check/Purity.ts"
import { checkServiceKeys } from "../check/ServiceKeys.ts"
import { checkSizes } from "../check/Sizes.ts"
import { checkVitestCalls } from "../check/VitestCalls.ts"
import { house, lines, manifest, plant } from "./Plant.ts"

const domain = { "packages/domain/package.json": manifest("@executor-v2/domain"), "architecture.json": house() }

describe.each([
  ["purity", checkPurity],
  ["sizes", checkSizes],
  ["service keys", checkServiceKeys],
  ["headers", checkHeaders],
  ["vitest calls", checkVitestCalls],
  ["effect tests", checkEffectTests]
])("the gate %s", (name, check) => {
  it("fails when it finds nothing to inspect", () => {
    const report = check(plant({ "architecture.json": house() }))
    assert.deepStrictEqual([report.inspected, report.violations.length], [0, 1], name)
    assert.match(lines(report).join(), /inspected no /)
  })
})

describe("the domain's rules", () => {
  const rule = (code: string) =>
    lines(checkPurity(plant({ ...domain, "packages/domain/src/rules/Run.ts": `// header\n${code}` })))

  it("may use data modules, schema and each other", () => {
    const code = [
      `import { Option, pipe } from "effect"`,
      `import type { Run } from "@executor-v2/schema"`,
      `import { x } from "./Policy.ts"`,
      `export const at = (now: number, run: { process: Run }) =>`,
      `  pipe(Option.some(new Date(now)), () => [x, run.process, { fetch: 1 }])`
    ].join("\n")
    assert.deepStrictEqual(rule(code), [])
  })

  it.each([
    [`import { readFileSync } from "node:fs"`, "rules may not import node:fs"],
    [`import { Journal } from "@executor-v2/persistence-ports"`, "rules may not import @executor-v2/persistence-ports"],
    [`import { Effect } from "effect"`, "Effect of effect is no data module"],
    [`import * as Clock from "effect/Clock"`, "Clock of effect is no data module"],
    [`import * as Everything from "effect"`, "by name"],
    [`import { Runs } from "../Runs.ts"`, "is outside packages/domain/src/rules"],
    [`export const now = () => Date.now()`, "Date.now is not pure"],
    [`export const now = () => new Date()`, "new Date() is not pure"],
    [`export const chance = Math.random`, "Math.random is not pure"],
    [`export const get = (url: string) => fetch(url)`, "fetch is not pure"],
    [`export const home = process.env["HOME"]`, "process is not pure"],
    [`export const late = () => import("./Policy.ts")`, "import() is not pure"],
    [`export const id = crypto.randomUUID()`, "crypto is not pure"],
    [`export const log = () => console.log(1)`, "console is not pure"],
    [`export const wait = async (x: Promise<void>) => await x`, "await is not pure"]
  ])("may not hold %s", (code, message) => {
    const said = rule(code)
    assert.strictEqual(said.length, 1, said.join("\n"))
    assert.include(said[0], "packages/domain/src/rules/Run.ts:2")
    assert.include(said[0], message)
  })
})

describe("sizes", () => {
  const sized = (code: string, sizes: Partial<Architecture["sizes"]> = {}) => {
    const architecture = house({ sizes: { ...house().sizes, ...sizes } })
    return lines(
      checkSizes(plant({ ...domain, "architecture.json": architecture, "packages/domain/src/Run.ts": code }))
    )
  }
  const long = (count: number, inside = "") => `// header\n${inside}${"// x\n".repeat(count)}`
  const lengthy = (name: string, count: number) => `export const ${name} = () => {\n${"  x()\n".repeat(count - 2)}}\n`
  const one = "packages/domain/src/Run.ts"

  it("measures a file by its lines, the last line break aside", () => {
    assert.deepStrictEqual(sized(long(9)), [])
    assert.deepStrictEqual(sized(long(10)), [`${one} the file has 11 lines, at most 10: split it by concept`])
  })

  it("measures functions, methods and generators by their lines, and names them", () => {
    assert.deepStrictEqual(sized(lengthy("run", 4)), [])
    assert.match(sized(`// header\n${lengthy("run", 5)}`).join(), /Run\.ts:2 run has 5 lines, at most 4/)
    assert.match(sized(`export class A {\n  go() {\n    1\n    2\n    3\n  }\n}`).join(), /Run\.ts:2 go has 5 lines/)
    assert.match(
      sized(`export const run = Effect.fn("run")(function*() {\n1\n2\n3\n})`).join(),
      /Run\.ts:1 run has 5 lines/
    )
  })

  it("gives a service's make and layer more room, but not for ever", () => {
    const make = (count: number) => `export const make = Effect.gen(function*() {\n${"  1\n".repeat(count - 2)}})\n`
    assert.deepStrictEqual(sized(make(6)), [])
    assert.match(sized(make(7)).join(), /make has 7 lines, at most 6/)
    assert.match(sized(lengthy("makes", 5)).join(), /makes has 5 lines, at most 4/)
  })

  it("leaves tests alone, and functions of exported suites", () => {
    const root = plant({
      ...domain,
      "packages/domain/src/A.ts": "// header",
      "packages/domain/test/A.test.ts": long(30)
    })
    assert.deepStrictEqual(lines(checkSizes(root)), [])
    assert.deepStrictEqual(sized(lengthy("suite", 8), { suites: ["packages/domain/src/"] }), [])
  })

  it("accepts a listed exception up to its figure, and only while it is needed", () => {
    const exception = (of: string, count: number, reason = "a table") => ({
      exceptions: [{ of, lines: count, reason }]
    })
    assert.deepStrictEqual(sized(long(11), exception(one, 12)), [])
    assert.match(sized(long(12), exception(one, 12)).join(), /has 13 lines, at most 12/)
    assert.match(sized(long(11), exception(one, 20)).join(), /has 12 lines now: lower the exception/)
    assert.match(sized(long(3), exception(one, 12)).join(), /is within the limit now \(4 lines\): remove it/)
    assert.match(sized(long(3), exception(`${one}#gone`, 12)).join(), /names nothing that exists/)
    assert.match(sized(long(11), exception(one, 12, " ")).join(), /gives no reason/)
    assert.deepStrictEqual(sized(lengthy("run", 5), exception(`${one}#run`, 5)), [])
  })
})

describe("service keys", () => {
  const keyed = (files: { readonly [path: string]: string }) => lines(checkServiceKeys(plant({ ...domain, ...files })))

  it("are the module's path, folders included", () => {
    const files = {
      "packages/domain/src/Runs.ts": `class Runs extends Context.Service<Runs, {}>()("@executor-v2/domain/Runs") {}`,
      "packages/domain/src/a/Box.ts": `class B extends Context.Service<B>()("@executor-v2/domain/a/Box", { make }) {}`,
      "packages/domain/src/Flag.ts": `const on = Context.Reference<boolean>("@executor-v2/domain/Flag/on", { value })`
    }
    assert.deepStrictEqual(keyed(files), [])
    assert.strictEqual(checkServiceKeys(plant({ ...domain, ...files })).inspected, 3)
  })

  it.each([
    [`class Runs extends Context.Service<Runs, {}>()("@executor-v2/domain/Run") {}`, /is not the module's path/],
    [`class Runs extends Context.Service<Runs, {}>()(key) {}`, /is not a plain text/],
    [`const Runs = Context.Service<Runs>("Runs")`, /is not the module's path/],
    [`const on = Context.Reference("@executor-v2/domain/RunsOn", {})`, /is not the module's path/]
  ])("catch %s", (code, message) => {
    const said = keyed({ "packages/domain/src/Runs.ts": `// header\n${code}` })
    assert.match(said.join(), message)
    assert.match(said.join(), /Runs\.ts:2 .*write "@executor-v2\/domain\/Runs"/)
  })

  it("are unique", () => {
    const twice = `class A extends Context.Service<A, {}>()("@executor-v2/domain/Runs") {}\n`.repeat(2)
    assert.match(
      keyed({ "packages/domain/src/Runs.ts": twice }).join(),
      /Runs\.ts:2 the key .* is taken by .*Runs\.ts:1/
    )
  })
})

describe("headers", () => {
  const headed = (code: string) => lines(checkHeaders(plant({ ...domain, "packages/domain/src/A.ts": code })))

  it.each([
    "// What a run may become.\nexport {}",
    "#!/usr/bin/env node\n// The entry of the command.\n",
    "/** What a run\n * may become. */\nexport {}",
    "// @ts-nocheck\n// What a run may become.\nexport {}"
  ])("are found in %j", (code) => assert.deepStrictEqual(headed(code), []))

  it.each([
    "export {}",
    `import "x"\n// What a run may become.`,
    "// @ts-nocheck\nexport {}",
    "// TODO\nexport {}",
    "/* oxlint-disable a, b, c */\nexport {}"
  ])("are missed in %j", (code) => assert.match(headed(code).join(), /A\.ts:1 begins without a header/))
})

describe("vitest calls", () => {
  const called = (files: { readonly [path: string]: string | object }) =>
    lines(checkVitestCalls(plant({ ...domain, ...files })))
  const script = (test: string) => ({ "package.json": { name: "x", scripts: { test } } })

  it("pass with a configuration", () => {
    assert.deepStrictEqual(called(script("tsc && vitest run --config ../../vitest.workspace.ts packages/x")), [])
  })

  it.each([
    "vitest",
    "vitest run",
    "turbo run build && vitest run packages/a",
    "npx vitest --run",
    "vitest run --configure=x"
  ])("catch %s in a package.json", (test) =>
    assert.match(called(script(test)).join(), /package\.json .* has no --config/)
  )

  it("catch a bare call in the CI script, in a workflow and in a document", () => {
    assert.match(called({ ".ci/run": "#!/bin/bash\nvitest run" }).join(), /\.ci\/run:2/)
    assert.match(called({ ".github/workflows/x.yml": "- run: npx vitest run" }).join(), /x\.yml:1/)
    assert.match(
      called({ "CONTRIBUTING.md": "Use vitest run often.\n\n    npx vitest run packages/a" }).join(),
      /CONTRIBUTING\.md:3/
    )
  })
})

describe("tests that return an Effect", () => {
  const tested = (code: string) => lines(checkEffectTests(plant({ ...domain, "packages/domain/test/A.test.ts": code })))

  it.each([
    `it.effect("runs", () => Effect.gen(function*() {}))`,
    `it("runs", () => Effect.runPromise(Effect.void))`,
    `it("runs", () => Effect.gen(f).pipe(Effect.scoped, Effect.runPromise))`,
    `it("runs", () => Effect.runPromiseWith(context)(Effect.void))`,
    `it("runs", () => { const e = Effect.void; list.map(() => { return Effect.succeed(1) }) })`,
    `it("runs", async () => { await Effect.runPromise(e) })`
  ])("are fine as %s", (code) => assert.deepStrictEqual(tested(code), []))

  it.each([
    `it("idles", () => Effect.gen(function*() {}))`,
    `test("idles", () => Effect.gen(f).pipe(Effect.scoped))`,
    `it.each([1])("idles", () => Effect.succeed(1))`,
    `it.only("idles", function() { return Effect.sync(f) })`,
    `it("idles", { timeout: 1 }, () => { if (x) { return Effect.void.pipe(Effect.andThen(e)) } })`,
    `it("idles", () => Effect.fn("x")(function*() {})(1))`
  ])("are caught as %s", (code) =>
    assert.match(tested(`// header\n${code}`).join(), /A\.test\.ts:2 this test returns an Effect/)
  )
})
