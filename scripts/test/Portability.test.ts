// The bundle test catches what would fail in a host without Node, wherever in the graph it hides.
import { assert, describe, it } from "vitest"
import { checkPortability } from "../check/Portability.ts"
import { house, lines, manifest, plant } from "./Plant.ts"

const portable = { packages: ["schema"], evalAllowed: {}, nodeAllowed: {} }

const clean = {
  "architecture.json": house({ portable }),
  "packages/schema/package.json": manifest("@x/schema"),
  "packages/schema/src/index.ts": `export * from "./Text.ts"`,
  "packages/schema/src/Text.ts": `import { upper } from "library"\nexport const text = upper("a")`,
  "packages/schema/src/NodeOnly.ts": `import { readFileSync } from "node:fs"\nexport const read = readFileSync`,
  "node_modules/library/package.json": { name: "library", main: "index.js" },
  "node_modules/library/index.js": `exports.upper = (text) => text.toUpperCase()`
}

const found = async (changes: { readonly [path: string]: string | object }) =>
  lines(await checkPortability(plant({ ...clean, ...changes })))

describe("the bundle of a portable entry", () => {
  it("passes when Node-only modules are beside the entry and not behind it", async () => {
    const report = await checkPortability(plant(clean))
    assert.deepStrictEqual(lines(report), [])
    assert.strictEqual(report.inspected, 3)
  })

  it("fails when there was nothing to bundle", async () => {
    const report = await checkPortability(plant({ "architecture.json": house() }))
    assert.match(lines(report).join(), /inspected no bundled modules/)
  })

  it("fails when a portable package is missing", async () => {
    const architecture = house({ portable: { ...portable, packages: ["schema", "ghost"] } })
    assert.match((await found({ "architecture.json": architecture })).join(), /there is no package ghost/)
  })

  it("looks at further entries, and fails when one is missing", async () => {
    const entries = ["packages/schema/src/NodeOnly.ts", "packages/schema/src/Gone.ts"]
    const said = await found({ "architecture.json": house({ portable: { ...portable, entries } }) })
    assert.match(said.join(), /NodeOnly\.ts node:fs is imported/)
    assert.match(said.join(), /Gone\.ts the entry is missing/)
  })

  it.each(["node:fs", "fs", "node:child_process", "worker_threads"])(
    "catches an import of %s, with the way to it",
    async (name) => {
      const said = await found({ "packages/schema/src/Text.ts": `import * as x from "${name}"\nexport const text = x` })
      const chain = "packages/schema/src/index.ts → packages/schema/src/Text.ts"
      assert.deepStrictEqual(said, [`packages/schema/src/Text.ts ${name} is imported; the chain: ${chain}`])
    }
  )

  it("catches an import of Node inside a dependency", async () => {
    const said = await found({ "node_modules/library/index.js": `exports.upper = require("node:path").basename` })
    assert.match(
      said.join(),
      /packages\/schema\/src\/Text\.ts node:path is imported; the chain: .* → library\/index\.js/
    )
  })

  it("takes an installed package that is named like a module of Node", async () => {
    const said = await found({
      "packages/schema/src/Text.ts": `import { on } from "events"\nexport const text = on`,
      "node_modules/events/package.json": { name: "events", main: "index.js" },
      "node_modules/events/index.js": `exports.on = 1`
    })
    assert.deepStrictEqual(said, [])
  })

  it("catches a native addon", async () => {
    const said = await found({
      "packages/schema/src/Text.ts": `import addon from "./fast.node"\nexport const text = addon`
    })
    assert.match(said.join(), /\.\/fast\.node is imported/)
  })

  it.each([
    ["eval", `export const text = eval("1")`],
    ["new Function", `export const text = new Function("return 1")()`],
    ["Function as a call", `export const text = Function("return 1")()`],
    ["Function under another name", `const F = Function\nexport const text = new F("return 1")()`]
  ])("catches %s", async (_, code) => {
    assert.match((await found({ "packages/schema/src/Text.ts": code })).join(), /Text\.ts code is made from text/)
  })

  it("does not mind a property of that name, or a comparison with Function", async () => {
    const code = `export const text = (x) => x.eval + (x instanceof Function) + Function.prototype.toString.call(x)`
    assert.deepStrictEqual(await found({ "packages/schema/src/Text.ts": code }), [])
  })

  it("allows code from text in a listed dependency only while the dependency has it", async () => {
    const listed = house({ portable: { ...portable, evalAllowed: { library: "compiles templates, never reached" } } })
    const maker = `exports.upper = new Function("text", "return text")`
    assert.match(
      (await found({ "node_modules/library/index.js": maker })).join(),
      /code is made from text .* library\/index\.js/
    )
    assert.deepStrictEqual(await found({ "architecture.json": listed, "node_modules/library/index.js": maker }), [])
    assert.match((await found({ "architecture.json": listed })).join(), /evalAllowed: library is no longer needed/)
  })

  it.each(["Buffer.from('a')", "process.cwd()", "__dirname"])("catches the Node global in %s", async (code) => {
    const said = await found({ "packages/schema/src/Text.ts": `// header\nexport const text = () => ${code}` })
    assert.match(said.join(), /packages\/schema\/src\/Text\.ts:2 \w+ exists only in Node/)
  })

  it("reports an import that cannot be resolved", async () => {
    assert.match(
      (await found({ "packages/schema/src/Text.ts": `export * from "./Gone.ts"` })).join(),
      /Could not resolve "\.\/Gone\.ts"/
    )
  })
})
