// The import table catches every way in which a package can reach what it may not.
import { assert, describe, it } from "vitest"
import { checkImports } from "../check/Imports.ts"
import { house, lines, manifest, plant } from "./Plant.ts"

const table = {
  schema: { level: 0, dependencies: [], testDependencies: [] },
  store: { level: 1, dependencies: ["schema"], testDependencies: [] },
  engine: { level: 2, dependencies: ["schema"], testDependencies: ["store"] }
}

const clean = {
  "architecture.json": house({ packages: table }),
  "packages/schema/package.json": manifest("@x/schema"),
  "packages/schema/src/index.ts": `export * from "./ids.ts"`,
  "packages/schema/src/ids.ts": "export const id = 1",
  "packages/store/package.json": manifest("@x/store", ["@x/schema"]),
  "packages/store/src/index.ts": `import { id } from "@x/schema"\nexport const store = id`,
  "packages/engine/package.json": manifest("@x/engine", ["@x/schema"], {
    devDependencies: { "@x/store": "workspace:*" }
  }),
  "packages/engine/src/Run.ts": `import { id } from "@x/schema"\nexport const run = id`,
  "packages/engine/test/Run.test.ts": `import { store } from "@x/store"\nimport { run } from "../src/Run.ts"`
}

const found = (changes: { readonly [path: string]: string | object }) =>
  lines(checkImports(plant({ ...clean, ...changes })))

describe("the import table", () => {
  it("passes a repository that keeps it, and counts its imports", () => {
    const report = checkImports(plant(clean))
    assert.deepStrictEqual(lines(report), [])
    assert.strictEqual(report.inspected, 5)
  })

  it("fails a repository in which there is nothing to inspect", () => {
    const report = checkImports(plant({ "architecture.json": house() }))
    assert.match(lines(report).join(), /inspected no imports/)
  })

  it.each([
    ["an import", `import { store } from "@x/store"`],
    ["a type import", `import type { Store } from "@x/store/Store"`],
    ["a re-export", `export * from "@x/store"`],
    ["a dynamic import", `export const late = () => import("@x/store")`],
    ["an import type", `export type Late = import("@x/store").Store`],
    ["a require", `export const late = require("@x/store")`],
    ["import.meta.resolve", `export const where = import.meta.resolve("@x/store")`]
  ])("catches %s of a package outside the table", (_, code) => {
    assert.deepStrictEqual(found({ "packages/engine/src/Bad.ts": `// header\n${code}` }), [
      "packages/engine/src/Bad.ts:2 engine may not import store: it may import schema (architecture.json)"
    ])
  })

  it("lets tests import what only tests may", () => {
    const test = `import { store } from "@x/store"`
    assert.deepStrictEqual(found({ "packages/engine/test/Other.test.ts": test }), [])
    assert.match(
      found({ "packages/schema/test/Other.test.ts": test }).join(),
      /the tests of schema may not import store/
    )
  })

  it("catches a relative import that leaves the package", () => {
    assert.match(
      found({ "packages/engine/src/Bad.ts": `import { id } from "../../schema/src/ids.ts"` }).join(),
      /packages\/engine\/src\/Bad\.ts:1 .* leaves the package/
    )
  })

  it("lets a relative import reach only the outside files that the row names", () => {
    const packages = { ...table, engine: { ...table.engine, outside: ["scripts/Start.mjs"] } }
    const importing = (name: string) => ({
      "architecture.json": house({ packages }),
      "packages/engine/src/Run.ts": `import "../../../scripts/${name}"`
    })
    assert.deepStrictEqual(found(importing("Start.mjs")), [])
    assert.match(found(importing("Stop.mjs")).join(), /Stop\.mjs leaves the package/)
  })

  it("catches an absolute import", () => {
    assert.match(found({ "packages/engine/src/Bad.ts": `import "/etc/x.ts"` }).join(), /is an absolute path/)
  })

  it("catches an allowed import that package.json does not declare", () => {
    assert.match(
      found({ "packages/store/package.json": manifest("@x/store") }).join(),
      /packages\/store\/src\/index\.ts:1 @x\/schema is imported but not declared/
    )
  })

  it("catches a declared dependency outside the table, in sources and in tests", () => {
    assert.match(
      found({ "packages/schema/package.json": manifest("@x/schema", ["@x/store"]) }).join(),
      /packages\/schema\/package\.json schema may not depend on store: it may import nothing/
    )
    const development = manifest("@x/schema", [], { devDependencies: { "@x/store": "workspace:*" } })
    assert.match(
      found({ "packages/schema/package.json": development }).join(),
      /the tests of schema may not depend on store/
    )
  })

  it("catches a package without a row and a row without a package", () => {
    const said = found({ "packages/new/package.json": manifest("@x/new") }).join()
    assert.match(said, /the package new has no row/)
    const stale = house({ packages: { ...table, gone: { level: 0, dependencies: [], testDependencies: [] } } })
    assert.match(found({ "architecture.json": stale }).join(), /the row gone has no package/)
  })

  it("catches a dependency on the same floor", () => {
    const packages = { ...table, store: { level: 0, dependencies: ["schema"], testDependencies: [] } }
    assert.match(
      found({ "architecture.json": house({ packages }) }).join(),
      /store \(level 0\) may not depend on schema \(level 0\)/
    )
  })

  it("catches a circle, also one that only tests close", () => {
    const packages = { ...table, schema: { level: 0, dependencies: [], testDependencies: ["engine"] } }
    assert.match(found({ "architecture.json": house({ packages }) }).join(), /a circle: schema → engine → schema/)
  })

  it("lets a bundled package import its devDependencies", () => {
    const packages = { ...table, store: { ...table.store, bundled: true } }
    const bundled = manifest("@x/store", [], { devDependencies: { "@x/schema": "workspace:*" } })
    assert.deepStrictEqual(
      found({ "architecture.json": house({ packages }), "packages/store/package.json": bundled }),
      []
    )
  })
})
