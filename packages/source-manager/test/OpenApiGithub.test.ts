// GitHub's REST description, the largest that is tested: every operation is a tool that can be found, read and called.
import { assert, describe, it } from "@effect/vitest"
import { SourceName, ToolPath } from "@executor-v2/schema"
import { Effect, Schema } from "effect"
import { execFile } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { promisify } from "node:util"
import { beforeAll } from "vitest"
import { validateArguments } from "../src/json-schema/Arguments.ts"
import type { CompiledSource } from "../src/Provider.ts"
import type { OpenApiBinding } from "../src/providers/openapi/Binding.ts"
import { compileOpenApi } from "../src/providers/openapi/Compile.ts"

const require = createRequire(import.meta.url)
const file = join(dirname(require.resolve("@octokit/openapi/package.json")), "generated/api.github.com.json")

const median = (numbers: ReadonlyArray<number>): number =>
  [...numbers].sort((left, right) => left - right)[Math.floor(numbers.length / 2)]!

describe("GitHub's description", () => {
  let source: CompiledSource

  beforeAll(async () => {
    source = await Effect.runPromise(compileOpenApi(readFileSync(file, "utf8"), { source: SourceName.make("github") }))
  })

  const tool = (name: string) => source.tools.find((one) => one.name === name)!

  it("becomes 1,223 tools with unique paths, and nothing is left out", () => {
    assert.strictEqual(source.tools.length, 1_223)
    assert.strictEqual(new Set(source.tools.map(({ name }) => name)).size, 1_223)
    for (const { name } of source.tools) assert.isTrue(Schema.is(ToolPath)(`github.${name}`), name)
    assert.deepStrictEqual(source.warnings, [])
    assert.deepStrictEqual(source.needs, [])
    assert.deepStrictEqual(source.servers, ["https://api.github.com", "https://uploads.github.com"])
  })

  it("names its tools as its documentation does", () => {
    assert.strictEqual((tool("issues.listForRepo").binding as OpenApiBinding).path, "/repos/{owner}/{repo}/issues")
    assert.deepStrictEqual(tool("issues.create").traits, { readOnly: false, destructive: false, idempotent: false })
    assert.deepStrictEqual(tool("repos.delete").traits, { readOnly: false, destructive: true, idempotent: true })
    assert.strictEqual(
      tool("issues.get").signature,
      "(args: { owner: string; repo: string; issue_number: number }) => Promise<Issue>"
    )
  })

  it("describes a tool within 2 KB in the median, and lists it in a line", () => {
    const sizes = source.tools.map(
      ({ name, description, typescript, traits }) =>
        new TextEncoder().encode(
          JSON.stringify({ path: `github.${name}`, description, typescript, annotations: traits })
        ).length
    )
    assert.isAtMost(median(sizes), 2_048)
    assert.isAtMost(Math.max(...sizes), 4_096)
    for (const { signature, summary } of source.tools) {
      assert.isAtMost(signature.length, 200)
      assert.isAtMost(summary.length, 140)
      assert.notInclude(signature, "\n")
    }
  })

  it("keeps records small: none has more than 32 KB", () => {
    for (const one of source.tools) assert.isBelow(JSON.stringify(one).length, 32 * 1024, one.name)
  })

  it.effect("has arguments that are checked before anything is sent", () =>
    Effect.gen(function* () {
      const good = { owner: "o", repo: "r", title: "t", labels: ["a", { name: "b" }] }
      assert.deepStrictEqual(yield* validateArguments(tool("issues.create"), good), good)
      const error = yield* Effect.flip(
        validateArguments(tool("issues.create"), { owner: "o", title: [], lables: [] }, "github.issues.create")
      )
      assert.strictEqual(error.code, "invalid_arguments")
      assert.match(error.message, /"repo" is missing, expected a string/)
      assert.match(error.message, /"title" must be a string or an integer, given an array of 0/)
      assert.match(error.message, /"lables" is not declared.*is "labels" meant\?/)
    })
  )

  it.effect(
    "has declarations that TypeScript accepts, all of them",
    () =>
      Effect.gen(function* () {
        const folder = yield* Effect.acquireRelease(
          Effect.sync(() => mkdtempSync(join(tmpdir(), "executor-declarations-"))),
          (path) => Effect.sync(() => rmSync(path, { recursive: true }))
        )
        const program = source.tools
          .map(({ typescript }, index) => `declare namespace tool${index} {\n${typescript}\n}`)
          .join("\n")
        writeFileSync(join(folder, "all.ts"), `${program}\nconst last: tool0.Call = 1\n`)
        const compiler = join(dirname(require.resolve("typescript/package.json")), "bin/tsc")
        const run = promisify(execFile)(
          process.execPath,
          [compiler, "--noEmit", "--strict", "--types", "", join(folder, "all.ts")],
          { cwd: folder }
        )
        const output = yield* Effect.promise(() =>
          run.then(
            () => "",
            (error: { readonly stdout: string }) => error.stdout
          )
        )
        // The planted mistake shows that the file was checked.
        assert.match(output, /Type 'number' is not assignable to type 'Call'/)
        assert.strictEqual(output.trim().split("\n").length, 1, output.slice(0, 2_000))
      }),
    60_000
  )
})
