// From nothing to installed and built, against a registry of our own: what is fetched is checked, nothing is done
// twice, and every failure says what to do.
import { createHash } from "node:crypto"
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { hostname } from "node:os"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import { assert, describe, it, onTestFinished } from "vitest"
import { bootstrap, plant, startBootstrap, withCopies } from "./Plant.ts"

/** A stand-in for pnpm: notes that it was called, and does what a file in the checkout says. */
const pnpm = `
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs"
appendFileSync("calls", "install\\n")
if (existsSync("fail")) { console.log(readFileSync("fail", "utf8")); process.exit(1) }
mkdirSync("node_modules", { recursive: true })
`

/** A stand-in for Turborepo: builds the one bundle. */
const turbo = `
const { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } = require("node:fs")
appendFileSync("calls", "build\\n")
console.log("chatter of the build")
if (existsSync("fail-build")) process.exit(1)
mkdirSync("apps/cli/bundle", { recursive: true })
const source = JSON.stringify(readFileSync("apps/cli/src/main.ts", "utf8"))
writeFileSync("apps/cli/bundle/executor.mjs", "console.log('built from ' + " + source + ")")
`

const tarball = (files: { readonly [path: string]: string }): Buffer =>
  gzipSync(
    Buffer.concat([
      ...Object.entries(files).map(([path, body]) => {
        const header = Buffer.alloc(512)
        header.write(`package/${path}`, 0)
        header.write("0000644\0", 100)
        header.write(`${Buffer.byteLength(body).toString(8).padStart(11, "0")}\0`, 124)
        header.write("        0", 148)
        header.write("ustar\u000000", 257)
        const sum = header.reduce((total, byte) => total + byte, 0) - 48 + 32
        header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148)
        return Buffer.concat([header, Buffer.from(body), Buffer.alloc((512 - (Buffer.byteLength(body) % 512)) % 512)])
      }),
      Buffer.alloc(1024)
    ])
  )

const integrityOf = (bytes: Buffer): string => `sha512-${createHash("sha512").update(bytes).digest("base64")}`

const packed = tarball({ "package.json": JSON.stringify({ name: "pnpm", version: "11.0.0" }), "bin/pnpm.mjs": pnpm })

/** A registry with one package. `downloads` counts how often its tarball was sent. */
const registry = async (bytes: Buffer = packed) => {
  const counted = { downloads: 0, url: "" }
  const server = createServer((request, response) => {
    if (request.url?.endsWith(".tgz") === true) {
      counted.downloads += 1
      response.end(bytes)
      return
    }
    const dist = { tarball: `${counted.url}pnpm.tgz`, integrity: integrityOf(bytes) }
    const versions = { "11.0.0": { name: "pnpm", version: "11.0.0", dist } }
    response.setHeader("content-type", "application/json")
    response.end(JSON.stringify({ name: "pnpm", "dist-tags": { latest: "11.0.0" }, versions }))
  })
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready))
  onTestFinished(() => void server.close())
  counted.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return counted
}

const checkout = (): string => {
  const root = plant({
    "package.json": { name: "planted", private: true },
    "pnpm-lock.yaml": "lockfileVersion: '9.0'\n",
    "turbo.json": {},
    "node_modules/turbo/bin/turbo": turbo,
    "apps/cli/package.json": { name: "executor" },
    "apps/cli/src/main.ts": "one"
  })
  withCopies(root, "scripts/bootstrap.mjs", "scripts/bootstrap")
  const pin = { pkg: "pnpm", version: "11.0.0", bin: "bin/pnpm.mjs", integrity: integrityOf(packed) }
  const major = Number(process.versions.node.split(".")[0])
  const toolchain = { node: { accept: [{ major, minor: 0 }], platforms: {} }, pnpm: pin }
  writeFileSync(join(root, "scripts/toolchain.json"), JSON.stringify(toolchain))
  return root
}

/** A HOME of its own, so that no cache answers for the registry. */
const against = (root: string, url: string) => ({
  npm_config_registry: url,
  npm_config_cache: join(root, ".npm-cache")
})

const calls = (root: string): ReadonlyArray<string> =>
  existsSync(join(root, "calls")) ? readFileSync(join(root, "calls"), "utf8").trim().split("\n") : []

const nowhere = "http://127.0.0.1:9/"

describe("the first run", () => {
  it("fetches pnpm, installs, builds, runs; the next one does none of it", async () => {
    const root = checkout()
    const server = await registry()
    const first = await bootstrap(root, ["executor"], against(root, server.url))
    assert.strictEqual(first.stdout, "built from one\n", first.stderr)
    assert.match(first.stderr, /fetching pnpm 11\.0\.0\n.*installing dependencies.*\n.*building\n/)
    assert.notMatch(first.stderr, /chatter/)
    const second = await bootstrap(root, ["executor"], against(root, nowhere))
    assert.deepStrictEqual([second.stdout, second.stderr], ["built from one\n", ""])
    assert.deepStrictEqual([server.downloads, calls(root)], [1, ["install", "build"]])
    assert.deepStrictEqual(readdirSync(join(root, ".tools")).sort(), ["build-stamp", "pnpm-11.0.0", "shims"])
  })

  it("does everything once when two begin at the same time", async () => {
    const root = checkout()
    const server = await registry()
    const [one, two] = await Promise.all([1, 2].map(() => bootstrap(root, ["executor"], against(root, server.url))))
    assert.deepStrictEqual([one?.stdout, two?.stdout], ["built from one\n", "built from one\n"])
    assert.deepStrictEqual([server.downloads, calls(root)], [1, ["install", "build"]])
    assert.match(`${one?.stderr}${two?.stderr}`, /waiting for another bootstrap of this checkout \(process \d+\)/)
  })

  it("takes over the lock of a bootstrap that was killed, and clears what it left", async () => {
    const root = checkout()
    const server = await registry()
    mkdirSync(join(root, ".tools/tmp-left"), { recursive: true })
    // No process has this number: the largest one that any system gives out is smaller.
    writeFileSync(join(root, ".tools/lock"), `${hostname()} 99999999 x`)
    const { code, stderr } = await bootstrap(root, ["setup"], against(root, server.url))
    assert.strictEqual(code, 0, stderr)
    assert.notMatch(stderr, /waiting/)
    assert.notIncludeMembers(readdirSync(join(root, ".tools")), ["tmp-left", "lock"])
  })

  it("takes over a lock from another machine only when it has gone cold", async () => {
    const root = checkout()
    const server = await registry()
    mkdirSync(join(root, ".tools"))
    const lock = join(root, ".tools/lock")
    writeFileSync(lock, "elsewhere 1 x")
    const { ended, said } = startBootstrap(root, ["setup"], against(root, server.url))
    await said("waiting for another bootstrap of this checkout (process 1)")
    assert.deepStrictEqual([existsSync(lock), calls(root)], [true, []])
    const longAgo = new Date(Date.now() - 300_000)
    utimesSync(lock, longAgo, longAgo)
    assert.strictEqual((await ended).code, 0)
  })
})

describe("a later run", () => {
  const ready = async () => {
    const root = checkout()
    const server = await registry()
    await bootstrap(root, ["build"], against(root, server.url))
    writeFileSync(join(root, "calls"), "")
    return { root, again: (...args: ReadonlyArray<string>) => bootstrap(root, args, against(root, server.url)) }
  }

  it("builds again after a source has changed, quietly, and only then", async () => {
    const { again, root } = await ready()
    writeFileSync(join(root, "apps/cli/src/main.ts"), "another")
    assert.strictEqual((await again("executor")).stdout, "built from another\n")
    appendFileSync(join(root, "calls"), "")
    assert.strictEqual((await again("executor")).stdout, "built from another\n")
    assert.deepStrictEqual(calls(root), ["build"])
  })

  it("installs again after the lockfile or a dependency has changed, not after a script has", async () => {
    const { again, root } = await ready()
    writeFileSync(join(root, "apps/cli/package.json"), JSON.stringify({ name: "executor", scripts: { a: "b" } }))
    await again("setup")
    assert.deepStrictEqual(calls(root), [""])
    writeFileSync(join(root, "apps/cli/package.json"), JSON.stringify({ name: "executor", dependencies: { a: "1" } }))
    await again("setup")
    writeFileSync(join(root, "pnpm-lock.yaml"), "lockfileVersion: '9.1'\n")
    await again("setup")
    assert.deepStrictEqual(calls(root), ["install", "install"])
  })

  it("shows why the build failed, and builds again next time", async () => {
    const { again, root } = await ready()
    writeFileSync(join(root, "apps/cli/src/main.ts"), "broken")
    writeFileSync(join(root, "fail-build"), "")
    const { code, stderr, stdout } = await again("executor")
    assert.deepStrictEqual([code, stdout], [1, ""])
    assert.match(stderr, /the build failed\nchatter of the build/)
    assert.strictEqual((await again("executor")).code, 1)
  })
})

describe("a failing setup", () => {
  it("refuses a package that is not the pinned one, and leaves nothing behind", async () => {
    const root = checkout()
    const server = await registry(tarball({ "package.json": "{}", "bin/pnpm.mjs": "process.exit(0)" }))
    const { code, stderr } = await bootstrap(root, ["setup"], against(root, server.url))
    assert.strictEqual(code, 1)
    assert.match(stderr, /pnpm@11\.0\.0: integrity mismatch\n {2}want sha512-.*\n {2}got {2}sha512-/)
    assert.match(stderr, /Nothing was installed/)
    assert.deepStrictEqual(readdirSync(join(root, ".tools")), [])
  })

  it("says that the registry cannot be reached", async () => {
    const root = checkout()
    const { code, stderr } = await bootstrap(root, ["setup"], against(root, nowhere))
    assert.strictEqual(code, 1)
    assert.match(stderr, /pnpm@11\.0\.0: npm could not download it[^]*ECONNREFUSED[^]*The registry cannot be reached/)
    assert.deepStrictEqual(readdirSync(join(root, ".tools")), [])
  })

  it("explains a lockfile that does not match", async () => {
    const root = checkout()
    const server = await registry()
    writeFileSync(join(root, "fail"), "ERR_PNPM_OUTDATED_LOCKFILE  Cannot install")
    const { code, stderr } = await bootstrap(root, ["setup"], against(root, server.url))
    assert.strictEqual(code, 1)
    assert.match(stderr, /run `npm run pnpm -- install` and commit the lockfile/)
  })

  it("tries with what is on this machine when the registry is gone, and says so when that is not enough", async () => {
    const root = checkout()
    const server = await registry()
    await bootstrap(root, ["setup"], against(root, server.url))
    writeFileSync(join(root, "pnpm-lock.yaml"), "lockfileVersion: '9.1'\n")
    writeFileSync(join(root, "fail"), "ERR_PNPM_NO_OFFLINE_TARBALL")
    const cold = await bootstrap(root, ["setup"], {
      npm_config_registry: nowhere,
      npm_config_cache: join(root, ".other-cache")
    })
    assert.strictEqual(cold.code, 1)
    assert.match(cold.stderr, /trying with the packages that are already on this machine/)
    assert.match(cold.stderr, /the packages cannot be downloaded[^]*The registry cannot be reached/)
  })
})
