// The packed product runs by npx from an empty folder and an empty HOME, under the oldest Node that is promised: it fetches
// the Node it needs once. This needs the npm registry; without it there is nothing to test.
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { delimiter, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { publint } from "publint"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { documentOf, executor, launch, makeFolder, type Ended, type Options } from "./Cli.ts"

const cli = dirname(dirname(fileURLToPath(import.meta.url)))
const checkout = dirname(dirname(cli))

/** Where the npm of this machine is, with the Node that it belongs to: our own Node has none. */
const npmFolder = (process.env["PATH"] ?? "").split(delimiter).find((folder) => existsSync(join(folder, "npx"))) ?? ""

/** How this machine reaches the registry. */
const settings = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value]) =>
    /^(npm_config_(?!cache)|NODE_EXTRA_CA_CERTS$|https?_proxy$|no_proxy$)/i.test(name) && value !== undefined
      ? [[name, value]]
      : []
  )
)

const path = [npmFolder, "/usr/bin", "/bin"].join(delimiter)
const online =
  spawnSync("npm", ["view", "oxc-transform", "version"], { env: { ...process.env, PATH: path }, encoding: "utf8" })
    .status === 0

let undo: () => Promise<void> = async () => {}
const { folder, home, person } = makeFolder((later) => {
  undo = later
})
const empty = join(folder, "empty")
const options: Options = {
  home,
  cwd: empty,
  env: {
    ...settings,
    PATH: path,
    HOME: person,
    npm_config_cache: join(folder, "npm"),
    // Its errors only: what npm thinks of this machine's own settings is no output of the product.
    npm_config_loglevel: "error",
    npm_config_update_notifier: "false"
  }
}

const tarballName = (): string => readdirSync(empty).find((name) => name.endsWith(".tgz")) ?? ""

const npx = (...args: ReadonlyArray<string>): Promise<Ended> =>
  launch([join(npmFolder, "npx"), "--yes", `./${tarballName()}`, ...args], options).ended

/** Where npx has put it. */
const installed = (): string => {
  const [first = ""] = readdirSync(join(folder, "npm", "_npx"))
  return join(folder, "npm", "_npx", first, "node_modules")
}

const sizeOf = (at: string): number => {
  const stat = statSync(at)
  return stat.isDirectory() ? readdirSync(at).reduce((sum, name) => sum + sizeOf(join(at, name)), 0) : stat.size
}

afterAll(() => undo())

describe.skipIf(!online)("the packed product", () => {
  beforeAll(() => {
    mkdirSync(empty)
    const packed = spawnSync("pnpm", ["pack", "--pack-destination", empty], {
      cwd: cli,
      encoding: "utf8",
      env: { ...process.env, pnpm_config_pm_on_fail: "ignore" }
    })
    if (packed.status !== 0) throw new Error(`pnpm pack failed: ${packed.stdout}${packed.stderr}`)
  })
  it("runs code on its first start, and again without fetching anything", { timeout: 180_000 }, async () => {
    const first = await npx("run", "-e", "const n: number = 1; return n")
    expect(first).toMatchObject({ code: 0, stdout: "1\n" })
    const again = await npx("run", "-e", "return 2")
    expect(again).toMatchObject({ code: 0, stdout: "2\n", stderr: "" })
  })

  it("is whole: its doctor finds nothing wrong, and its workers read a description", { timeout: 120_000 }, async () => {
    expect((await npx("doctor")).stdout).toContain("sandbox engine and transpiler load")
    writeFileSync(
      join(empty, "pets.yaml"),
      "openapi: 3.1.0\ninfo: { title: Pets, version: '1' }\nservers: [{ url: 'https://pets.example' }]\n" +
        "paths:\n  /pets:\n    get: { operationId: listPets, summary: All pets, responses: {} }\n"
    )
    expect((await npx("sources", "add", "pets.yaml")).stdout).toMatch(/connected 1 tool/)
    expect((await npx("tools", "search", "pets")).stdout).toContain("listPets")
  })

  it("is small, needs one package besides itself, and fetched nothing into the person's HOME but npm's own files", () => {
    expect(
      readdirSync(installed())
        .filter((name) => !name.startsWith("."))
        .toSorted()
    ).toEqual(["@oxc-transform", "executor", "oxc-transform"])
    expect(sizeOf(installed())).toBeLessThan(90 * 1024 * 1024)
    expect(readdirSync(person).filter((name) => name !== ".npm")).toEqual([])
  })

  it("is a package without faults, and its files name no path of this machine", async () => {
    const tarball = readFileSync(join(empty, tarballName()))
    const { messages } = await publint({ pack: { tarball: new Uint8Array(tarball).buffer } })
    expect(messages).toEqual([])
    const bundled = join(installed(), "executor", "bundle")
    const texts = readdirSync(bundled)
      .filter((name) => name.endsWith(".mjs"))
      .map((name) => readFileSync(join(bundled, name), "utf8"))
    expect(texts.filter((text) => text.includes(checkout))).toEqual([])
  })

  it("the daemon that it started serves the checkout's commands too", async () => {
    const status = await documentOf<{ running: boolean }>(["pm", "status"], { home })
    expect(status.running).toBe(true)
    expect((await executor(["run", "-e", "return 3"], { home })).stdout).toBe("3\n")
  })
})

it("has an npm to be tested with", () => {
  expect(npmFolder).not.toBe("")
})
