// What users are given for a server of their own, as far as it can be judged without Docker: the files fit each other, and
// what they say is what is read.
import { execFile } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "vitest"
import { parse } from "yaml"
import { root } from "../check/Commands.ts"

const read = (path: string): string => readFileSync(join(root, path), "utf8")

interface Service {
  readonly image?: string
  readonly ports?: ReadonlyArray<string>
  readonly volumes?: ReadonlyArray<string>
  readonly environment?: Readonly<Record<string, string | null>>
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly healthcheck?: { readonly test: ReadonlyArray<string> }
  readonly command?: ReadonlyArray<string>
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>
  readonly volumes?: object
}
const compose = parse(read("deploy/docker-compose.yml")) as Compose
const egress = parse(read("deploy/egress.compose.yml")) as Compose
const backend = compose.services["backend"]!
const dashboard = compose.services["dashboard"]!

/** `${NAME:-default}` → its default. Defaults may hold variables themselves. */
const defaulted = (text: string): string => {
  const once = text.replace(/\$\{\w+(?::?-((?:[^{}]|\$\{[^{}]*\})*))?\}/g, (_, otherwise: string = "") => otherwise)
  return once === text ? text : defaulted(once)
}

describe("docker-compose.yml", () => {
  it("names both images by one full revision, which is also the one of the workflow", () => {
    const revisions = [backend, dashboard].map(({ image }) => defaulted(image ?? "").split(":")[1])
    assert.match(revisions[0] ?? "", /^[0-9a-f]{40}$/)
    const workflow = read(".github/workflows/convex.yml").match(/convex-backend:\S+/g) ?? []
    assert.lengthOf(workflow, 2)
    const all = [
      ...revisions,
      ...workflow.map((image) => image.split(":")[1]),
      ...(read("docs/convex-facts.md").match(/(?<=convex-backend:)\S+/g) ?? [])
    ]
    assert.deepStrictEqual([...new Set(all)], [revisions[0]])
  })
  it("opens its ports on loopback alone unless told otherwise, the dashboard's always", () => {
    const ports = [backend, dashboard].flatMap(({ ports = [] }) => ports)
    assert.deepStrictEqual(ports.map(defaulted), ["127.0.0.1:3210:3210", "127.0.0.1:3211:3211", "127.0.0.1:6791:6791"])
    assert.match(dashboard.ports?.[0] ?? "", /^127\.0\.0\.1:/)
  })
  it("keeps the data in a volume that it declares, and starts the dashboard when the backend is healthy", () => {
    assert.deepStrictEqual(backend.volumes, ["data:/convex/data"])
    assert.property(compose.volumes, "data")
    assert.strictEqual(dashboard.depends_on?.["backend"]?.condition, "service_healthy")
    assert.include(backend.healthcheck?.test.join(" "), "http://localhost:3210/version")
  })
  it("gives the backend the two origins of its ports, and room for drivers beside requests that wait", () => {
    const environment = backend.environment ?? {}
    const value = (name: string) => defaulted(environment[name] ?? "")
    assert.strictEqual(value("CONVEX_CLOUD_ORIGIN"), "http://127.0.0.1:3210")
    assert.strictEqual(value("CONVEX_SITE_ORIGIN"), "http://127.0.0.1:3211")
    assert.isAtLeast(
      Number(value("APPLICATION_MAX_CONCURRENT_V8_ACTIONS")),
      4 * Number(value("SCHEDULED_JOB_EXECUTION_PARALLELISM"))
    )
  })
  it("holds no secret, and every variable it reads is explained in .env.example, and no other is", () => {
    const text = read("deploy/docker-compose.yml")
    const passed = Object.entries(backend.environment ?? {}).flatMap(([name, value]) => (value === null ? [name] : []))
    const used = [...[...text.matchAll(/\$\{(\w+)/g)].map(([, name = ""]) => name), ...passed]
    const fixed = ["RUST_LOG", "DOCUMENT_RETENTION_DELAY", "APPLICATION_MAX_CONCURRENT_QUERIES"]
    const untold = [
      ...fixed,
      "APPLICATION_MAX_CONCURRENT_MUTATIONS",
      "APPLICATION_MAX_CONCURRENT_NODE_ACTIONS",
      "MYSQL_URL"
    ]
    const told = [...read("deploy/.env.example").matchAll(/^#?([A-Z][A-Z0-9_]+)=/gm)].map(([, name = ""]) => name)
    assert.deepStrictEqual(
      [...new Set(told)].filter((name) => name !== "EXECUTOR_ALLOW_ORIGINS").sort(),
      [...new Set(used)].filter((name) => !untold.includes(name)).sort()
    )
    for (const name of ["INSTANCE_SECRET", "AWS_SECRET_ACCESS_KEY", "POSTGRES_URL"])
      assert.isNull(backend.environment?.[name])
  })
})

describe("the proxy for what leaves", () => {
  const rules = read("deploy/egress.conf")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
  it("is what the backend is told to use, by the name and port it has", () => {
    const port = /^http_port (\d+)$/m.exec(rules.join("\n"))?.[1]
    assert.deepStrictEqual(egress.services["backend"]?.command, ["--convex-http-proxy", `http://egress:${port}`])
    assert.isTrue(egress.services["egress"]?.volumes?.some((one) => one.startsWith("./egress.conf:")))
  })
  it("refuses this network's addresses before it lets anything through, and not all of IPv4 by a mapped range", () => {
    const access = rules.filter((line) => line.startsWith("http_access"))
    assert.deepStrictEqual(access, ["http_access deny private", "http_access allow all"])
    const ranges = rules
      .filter((line) => line.startsWith("acl private dst "))
      .flatMap((line) => line.split(" ").slice(3))
    for (const range of [
      "10.0.0.0/8",
      "127.0.0.0/8",
      "169.254.0.0/16",
      "172.16.0.0/12",
      "192.168.0.0/16",
      "fc00::/7",
      "fe80::/10"
    ])
      assert.include(ranges, range)
    assert.notInclude(ranges, "::ffff:0:0/96")
  })
})

interface Workflow {
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly env?: object
        readonly services: { readonly backend: { readonly ports: ReadonlyArray<string>; readonly options: string } }
        readonly steps: ReadonlyArray<{ readonly run?: string; readonly "working-directory"?: string }>
      }
    >
  >
}

describe("the workflow on a real backend", () => {
  const { jobs } = parse(read(".github/workflows/convex.yml")) as Workflow
  it("waits for the backend's health, opens both ports, and hides the admin key wherever it asks for it", () => {
    assert.sameMembers(Object.keys(jobs), ["facts", "suite"])
    for (const { env, services, steps } of Object.values(jobs)) {
      assert.deepStrictEqual(services.backend.ports, ["3210:3210", "3211:3211"])
      assert.match(services.backend.options, /--health-retries 12/)
      assert.notInclude(JSON.stringify(env ?? {}), "${{ job.")
      for (const { run = "" } of steps)
        if (/^\s*key=\$\(/m.test(run)) assert.match(run, /key=\$\(.*\)\n\s*echo "::add-mask::\$key"/)
    }
  })
  it("runs files that are there", () => {
    const commands = Object.values(jobs)
      .flatMap(({ steps }) => steps.map(({ run = "" }) => run))
      .join("\n")
    const files = [...commands.matchAll(/(?:scripts|deploy)\/[\w./-]+\.mjs/g)].map(([file]) => file)
    assert.sameMembers([...new Set(files)], ["scripts/confirm-convex-facts.mjs", "deploy/setup.mjs"])
    for (const file of files) assert.isNotEmpty(read(file))
  })
})

describe("the documents", () => {
  const texts = ["docs/self-hosting.md", "docs/cloud.md", "docs/convex-facts.md"].map(read).join("\n")
  const asked = [...texts.matchAll(/node deploy\/setup\.mjs((?: [\w"-]+(?:, \w+")?)*)/g)].map(([, words = ""]) =>
    words.trim()
  )
  it.each([...new Set(asked)])("ask for a set-up that there is: setup.mjs %s", async (words) => {
    const args = (words.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ""))
    const given = args[0] === "revoke" ? [...args.slice(0, 1), "token_x"] : args
    const failed = await new Promise((done) =>
      execFile(process.execPath, [join(root, "deploy/setup.mjs"), ...given, "--dry-run"], { env: {} }, done)
    )
    assert.isNull(failed)
  })
  it("point to files that are there", () => {
    const files = [...texts.matchAll(/\]\(([\w./-]+)(?:#[\w-]+)?\)/g)].map(([, file = ""]) => join(root, "docs", file))
    assert.isNotEmpty(files)
    assert.deepStrictEqual(
      files.filter((file) => !existsSync(file)),
      []
    )
  })
})
