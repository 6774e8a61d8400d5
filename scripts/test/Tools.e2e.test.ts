// The gates that installed tools serve: each catches a planted violation, and none passes a folder in which there is
// nothing.
import { assert, describe, it } from "vitest"
import { checkEffects, checkFormat, checkLint, checkTypes, checkUnused } from "../check/Tools.ts"
import { lines, manifest, plant, withCopies, withTools } from "./Plant.ts"

const workspace = {
  "package.json": { name: "planted", private: true },
  "pnpm-workspace.yaml": 'packages: ["packages/*"]\n',
  "tsconfig.json": { files: [], references: [{ path: "./packages/a" }] },
  "knip.json": { workspaces: { "packages/*": { entry: ["src/index.ts"], project: ["src/**/*.ts"] } } },
  "packages/a/package.json": manifest("@x/a", ["effect"]),
  "packages/a/tsconfig.json": {
    extends: "../../tsconfig.base.json",
    compilerOptions: { rootDir: ".", outDir: "dist", tsBuildInfoFile: "dist/.tsbuildinfo" },
    include: ["src"]
  },
  "packages/a/src/index.ts": `import { Effect } from "effect"\nexport const one = Effect.succeed(1)\n`
}

const planted = (files: { readonly [path: string]: string | object } = {}) =>
  withCopies(withTools(plant({ ...workspace, ...files })), "tsconfig.base.json", "scripts/check/effect.tsconfig.json")

describe.each([
  ["format", checkFormat, `export const a = 1;\n`, /index\.ts is not formatted: run `npm run format`/],
  ["lint", checkLint, `export const a = async () => {}\na()\n`, /index\.ts:2 .*no-floating-promises/],
  ["types", checkTypes, `// header\nexport const a: string = 1\n`, /index\.ts:2 TS2322/],
  [
    "effects",
    checkEffects,
    `import { Effect } from "effect"\nEffect.log("lost")\n`,
    /index\.ts:2 effect\(floatingEffect\)/
  ],
  ["unused", checkUnused, `export const one = 1\n`, /package\.json:\d+ effect is a dependency that nothing imports/]
] as const)("the gate %s", (_, check, code, message) => {
  it("passes what is in order", async () => {
    const report = await check(planted())
    assert.deepStrictEqual(lines(report), [])
    assert.isAbove(report.inspected, 0)
  })

  it("catches a planted violation", async () => {
    assert.match(lines(await check(planted({ "packages/a/src/index.ts": code }))).join("\n"), message)
  })

  it("fails when it finds nothing to inspect", async () => {
    const root = withTools(plant({ "package.json": { name: "empty" }, "tsconfig.json": { files: [], references: [] } }))
    const report = await check(root)
    assert.strictEqual(report.inspected, 0)
    assert.match(lines(report).join("\n"), /inspected no/)
  })
})

describe("the gate types", () => {
  it("catches a package that the root tsconfig.json forgets", async () => {
    const root = planted({ "packages/b/package.json": manifest("@x/b") })
    assert.match(lines(await checkTypes(root)).join(), /tsconfig\.json has no reference to packages\/b/)
  })
})

describe("the gate unused", () => {
  it("catches a file that nobody imports and an export that nobody uses", async () => {
    const root = planted({
      "packages/a/src/index.ts": `import { used } from "./Used.ts"\nimport "effect"\nexport const one = used\n`,
      "packages/a/src/Used.ts": "export const used = 1\nexport const idle = 2\n",
      "packages/a/src/Alone.ts": "export const alone = 1\n"
    })
    const said = lines(await checkUnused(root)).join("\n")
    assert.match(said, /Alone\.ts the file is imported by nobody/)
    assert.match(said, /Used\.ts:2 idle is exported but used nowhere else/)
  })
})
