// deploy/setup.mjs from end to end, but for what this machine does not have: Docker and Convex's command line are stood in
// for by programs that write down how they were called; behind them is a deployment on the harness.
import { startHarness, type Harness } from "@executor-v2/convex-harness"
import { Executor } from "@executor-v2/sdk"
import { remote } from "@executor-v2/sdk/remote"
import { execFile } from "node:child_process"
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { text } from "node:stream/consumers"
import { afterAll, afterEach, assert, beforeAll, beforeEach, describe, it } from "vitest"

const adminKey = "convex-self-hosted|0123456789abcdef0123"
const functions = join(import.meta.dirname, "../convex")
const windows = process.platform === "win32"

let harness: Harness
/** Answers what the stand-in for Convex's command line is asked to run. */
let answers: Server
let root: string

beforeAll(async () => {
  harness = await startHarness({ functions })
  answers = createServer((request, response) => {
    void (async () => {
      const { args, name } = JSON.parse(await text(request)) as { readonly name: string; readonly args: object }
      try {
        response.end(JSON.stringify(await harness.deployment.run(name, args as never)))
      } catch (error) {
        response.writeHead(560).end(String(error))
      }
    })()
  })
  await new Promise<void>((done) => answers.listen(0, "127.0.0.1", done))
})
afterAll(async () => {
  answers.close()
  await harness.stop()
})

const convexProgram = `
const { appendFileSync } = require("node:fs")
const args = process.argv.slice(2)
const { CONVEX_SELF_HOSTED_ADMIN_KEY: key, CONVEX_SELF_HOSTED_URL: url, CONVEX_DEPLOYMENT: other, CALLS, ANSWERS, FAIL } = process.env
appendFileSync(CALLS, JSON.stringify({ program: "convex", args, key, url, other: other ?? null }) + "\\n")
console.error("Deploying with " + key)
if (FAIL !== undefined && args[0] === FAIL) process.exit(1)
if (args[0] === "run") {
  const [name, given] = args.slice(-2)
  fetch(ANSWERS, { method: "POST", body: JSON.stringify({ name, args: JSON.parse(given) }) }).then(async (response) => {
    const body = await response.text()
    if (response.status !== 200) { console.error(body); process.exit(1) }
    console.log(JSON.stringify(JSON.parse(body), null, 2))
  })
}
`

const digest = "sha256:" + "ab".repeat(32)
const dockerProgram = `#!/usr/bin/env node
const { appendFileSync } = require("node:fs")
const args = process.argv.slice(2)
appendFileSync(process.env.CALLS, JSON.stringify({ program: "docker", args }) + "\\n")
if (args.includes("./generate_admin_key.sh")) console.log("Admin key:\\n${adminKey}\\n")
if (args.includes("config"))
  console.log(JSON.stringify({ services: { backend: { image: "example.test:5000/backend:rev" }, dashboard: { image: "example.test:5000/dashboard:rev" } } }))
if (args[0] === "image") console.log(JSON.stringify([args.at(-1).replace(/:rev$/, "") + "@${digest}"]))
`

beforeEach(() => {
  harness.reset()
  root = mkdtempSync(join(tmpdir(), "executor-setup-"))
  cpSync(join(import.meta.dirname, "../../../deploy"), join(root, "deploy"), {
    recursive: true,
    filter: (path) => !path.endsWith(".env")
  })
  const program = join(root, "apps/convex/node_modules/convex/bin/main.js")
  mkdirSync(join(program, ".."), { recursive: true })
  writeFileSync(program, convexProgram)
  mkdirSync(join(root, "bin"))
  writeFileSync(join(root, "bin/docker"), dockerProgram, { mode: 0o755 })
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

const setup = (args: ReadonlyArray<string>, env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  new Promise((done) => {
    const { PATH, SystemRoot } = process.env
    const base = {
      PATH: `${join(root, "bin")}${delimiter}${PATH}`,
      SystemRoot,
      CALLS: join(root, "calls"),
      ANSWERS: `http://127.0.0.1:${(answers.address() as AddressInfo).port}`,
      CONVEX_DEPLOYMENT: "dev:of-another-project"
    }
    execFile(
      process.execPath,
      [join(root, "deploy/setup.mjs"), ...args],
      { env: { ...base, ...env }, cwd: root },
      (error, stdout, stderr) => done({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr })
    )
  })

interface Call {
  readonly program: string
  readonly args: ReadonlyArray<string>
  readonly key?: string
  readonly url?: string
  readonly other?: string | null
}

const calls = (): ReadonlyArray<Call> =>
  existsSync(join(root, "calls"))
    ? readFileSync(join(root, "calls"), "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Call)
    : []

const portOf = (url: string): string => new URL(url).port
const ports = () => ({ PORT: portOf(harness.url), SITE_PORT: portOf(harness.siteUrl) })
const external = () => ({ CONVEX_SELF_HOSTED_URL: harness.url, CONVEX_SELF_HOSTED_ADMIN_KEY: adminKey })
const elsewhere = () => ["--external", "--site-url", harness.siteUrl]

interface Told {
  readonly url: string
  readonly siteUrl: string
  readonly token?: string
  readonly command: string
}

const words = ({ args }: Call): string => args.slice(args[0] === "run" ? -2 : 0).join(" ")

describe.skipIf(windows)("setting up with Docker Compose", () => {
  it("starts, deploys, makes the first token, and says how to connect: it works", async () => {
    const env = { ...ports(), EXECUTOR_ALLOW_ORIGINS: "http://10.0.0.5:8080, https://git.internal" }
    const { code, stdout, stderr } = await setup(["--json"], env)
    assert.strictEqual(code, 0, stderr)
    const told = JSON.parse(stdout) as Required<Told>
    assert.strictEqual(told.command, `executor target add team --url ${harness.url} --site-url ${harness.siteUrl}`)
    const executor = await Executor.create({ adapter: remote({ ...told, siteUrl: told.siteUrl }) })
    assert.strictEqual((await executor.host.status()).sources, 0)
    await executor.close()
    assert.deepStrictEqual(
      calls().map((call) => `${call.program} ${words(call)}`.replace(root, "")),
      [
        "docker compose --project-directory /deploy up --detach",
        "docker compose --project-directory /deploy exec -T backend ./generate_admin_key.sh",
        "convex env set EXECUTOR_ALLOW_ORIGINS http://10.0.0.5:8080 https://git.internal",
        "convex deploy --typecheck disable --codegen disable",
        'convex persistence:tokenList {"workspace":"default","after":""}',
        'convex tokens:create {"workspace":"default","name":"first"}'
      ]
    )
  })

  it("keeps the admin key out of arguments, output and files, and Convex to the backend that was meant", async () => {
    const { code, stdout, stderr } = await setup([], ports())
    assert.strictEqual(code, 0, stderr)
    assert.include(stderr, "Deploying with …")
    assert.notInclude(stdout + stderr, adminKey)
    const asked = calls().filter(({ program }) => program === "convex")
    assert.isAbove(asked.length, 2)
    for (const { args, key, other, url } of asked) {
      assert.deepStrictEqual({ key, other, url }, { key: adminKey, other: null, url: harness.url })
      assert.notInclude(args.join(" "), adminKey)
    }
    for (const file of readdirSync(join(root, "deploy"), { recursive: true, withFileTypes: true }))
      if (file.isFile()) assert.notInclude(readFileSync(join(file.parentPath, file.name), "utf8"), adminKey)
  })

  it("asks the backend in a container that is named for its key, and starts nothing", async () => {
    const { code, stderr } = await setup(["--container", "abc123"], ports())
    assert.strictEqual(code, 0, stderr)
    const docker = calls().filter(({ program }) => program === "docker")
    assert.deepStrictEqual(
      docker.map((call) => words(call)),
      ["exec abc123 ./generate_admin_key.sh"]
    )
  })

  it("pins the images by digest in .env, and leaves the rest of it as it is", async () => {
    const file = join(root, "deploy/.env")
    writeFileSync(file, "# mine\nPORT=4000\nCONVEX_BACKEND_IMAGE=old\n")
    const { code, stderr } = await setup(["pin"])
    assert.strictEqual(code, 0, stderr)
    assert.strictEqual(
      readFileSync(file, "utf8"),
      "# mine\nPORT=4000\n" +
        `CONVEX_BACKEND_IMAGE=example.test:5000/backend:rev@${digest}\n` +
        `CONVEX_DASHBOARD_IMAGE=example.test:5000/dashboard:rev@${digest}\n`
    )
  })

  it("says what to look at when Docker fails, or is not there", async () => {
    writeFileSync(join(root, "bin/docker"), "#!/bin/sh\necho daemon is away >&2\nexit 1\n", { mode: 0o755 })
    const failed = await setup([], ports())
    assert.strictEqual(failed.code, 1)
    assert.match(failed.stderr, /daemon is away\n[^]*Docker with Compose v2 is needed/)
    rmSync(join(root, "bin/docker"))
    const missing = await setup([], { ...ports(), PATH: join(root, "bin") })
    assert.strictEqual(missing.code, 1)
    assert.include(missing.stderr, "cannot start docker")
  })
})

describe("setting up a backend that runs elsewhere", () => {
  it("is done again without harm: the second time makes no token", async () => {
    const first = await setup(elsewhere(), external())
    assert.strictEqual(first.code, 0, first.stderr)
    assert.match(first.stdout, /^token +executor_owner_[\w-]{43} /m)
    const second = await setup(elsewhere(), external())
    assert.strictEqual(second.code, 0, second.stderr)
    assert.notInclude(second.stdout, "executor_owner_")
    assert.include(second.stdout, "has an owner's token already")
    const listed = await setup(["tokens", "--json", ...elsewhere()], external())
    assert.strictEqual((JSON.parse(listed.stdout) as ReadonlyArray<unknown>).length, 1)
  })

  it("replaces a token: makes another, revokes the old one, which opens nothing any more", async () => {
    const old = JSON.parse((await setup(["--json", ...elsewhere()], external())).stdout) as Told
    const next = await setup(["token", "--name", "Ada's laptop", "--json", ...elsewhere()], external())
    const made = JSON.parse(next.stdout) as { readonly token: string }
    const listed = await setup(["tokens", "--json", ...elsewhere()], external())
    const all = JSON.parse(listed.stdout) as ReadonlyArray<{ readonly id: string; readonly name: string }>
    const first = all.find(({ name }) => name === "first")
    assert.deepStrictEqual(all.map(({ name }) => name).sort(), ["Ada's laptop", "first"])
    const revoked = await setup(["revoke", first?.id ?? "", ...elsewhere()], external())
    assert.strictEqual(revoked.code, 0, revoked.stderr)
    const opens = async (token: string | undefined) =>
      (await fetch(`${harness.siteUrl}/mcp`, { method: "POST", headers: { authorization: `Bearer ${token}` } })).status
    assert.strictEqual(await opens(old.token), 401)
    assert.notStrictEqual(await opens(made.token), 401)
    const unknown = await setup(["revoke", "token_none", ...elsewhere()], external())
    assert.strictEqual(unknown.code, 1)
    assert.include(unknown.stderr, 'workspace "default" has no token token_none')
  })

  it("stops when the deploy fails, before it makes a token", async () => {
    const { code, stdout, stderr } = await setup(elsewhere(), { ...external(), FAIL: "deploy" })
    assert.deepStrictEqual({ code, stdout }, { code: 1, stdout: "" })
    assert.include(stderr, "What Convex says above is the reason")
    assert.deepStrictEqual(calls().map(words), ["deploy --typecheck disable --codegen disable"])
  })

  it("tells an address where nothing answers from one that is not that of the HTTP actions", async () => {
    const away = { ...external(), CONVEX_SELF_HOSTED_URL: "http://127.0.0.1:9" }
    const nothing = await setup([...elsewhere(), "--wait", "0"], away)
    assert.strictEqual(nothing.code, 4)
    assert.include(nothing.stderr, "no backend answers at http://127.0.0.1:9")
    const site = `http://localhost:${portOf(harness.url)}`
    const swapped = await setup(["--external", "--site-url", site], external())
    assert.strictEqual(swapped.code, 4)
    assert.include(swapped.stderr, `${site}/health does not say so (status 404)`)
  })
})

describe("a set-up that is not right", () => {
  it.each([
    ["an unknown option", ["--token", "x"], {}, "Unknown option '--token'"],
    ["an unknown command", ["down"], {}, 'there is no command "down"'],
    ["one address for both", [], { CONVEX_SITE_ORIGIN: "http://127.0.0.1:3210" }, "need two origins"],
    ["http to another machine", [], { CONVEX_SITE_ORIGIN: "http://x.example" }, "tokens would travel in the clear"],
    ["an origin with a path", [], { CONVEX_CLOUD_ORIGIN: "https://x.example/api" }, "must be an origin alone"],
    ["a private origin with a path", [], { EXECUTOR_ALLOW_ORIGINS: "http://10.0.0.1/x" }, "must be an origin alone"],
    ["a port that is none", [], { PORT: "80; rm" }, 'PORT: "80; rm" is not allowed'],
    ["a workspace that cannot be", ["--workspace", "Über"], {}, '--workspace: "Über" is not allowed'],
    ["--external without a key", ["--external"], { CONVEX_SELF_HOSTED_URL: "https://x.example" }, "--external needs"]
  ])("is refused before anything is done: %s", async (_, args, env, message) => {
    const { code, stdout, stderr } = await setup(args, env)
    assert.deepStrictEqual({ code, stdout }, { code: 2, stdout: "" })
    assert.include(stderr, message)
    assert.isEmpty(calls())
  })

  it("is refused in a checkout that is not installed", async () => {
    rmSync(join(root, "apps"), { recursive: true })
    const { code, stderr } = await setup([])
    assert.strictEqual(code, 1)
    assert.include(stderr, "npm run setup")
  })
})

it.skipIf(windows)("a dry run prints what would be run, with the values of .env, and does nothing", async () => {
  writeFileSync(
    join(root, "deploy/.env"),
    `PORT=4210 # the API\nEXECUTOR_ALLOW_ORIGINS='https://git.internal'\nCONVEX_SITE_ORIGIN="https://executor.example"\n`
  )
  const { code, stdout, stderr } = await setup(["--dry-run"])
  assert.strictEqual(code, 0, stderr)
  assert.deepStrictEqual(
    stdout
      .trim()
      .split("\n")
      .map((line) => line.replace(root, "")),
    [
      "docker compose --project-directory /deploy up --detach",
      "GET http://127.0.0.1:4210/version  # until it answers",
      "CONVEX_SELF_HOSTED_ADMIN_KEY=$(docker compose --project-directory /deploy exec -T backend ./generate_admin_key.sh)",
      "CONVEX_SELF_HOSTED_URL=http://127.0.0.1:4210",
      "npx convex env set EXECUTOR_ALLOW_ORIGINS https://git.internal",
      "npx convex deploy --typecheck disable --codegen disable",
      "GET http://127.0.0.1:3211/health",
      `npx convex run persistence:tokenList '{"workspace":"default","after":""}'`,
      `npx convex run tokens:create '{"workspace":"default","name":"first"}'  # only when no owner's token is there`
    ]
  )
  assert.isEmpty(calls())
  const help = await setup(["--help"])
  assert.match(help.stdout, /^Usage: node deploy\/setup\.mjs/)
})
