// Where a deployment goes on behalf of its users: public addresses, and those that its operator names. A shared host must
// not be a way into the network that it stands in.
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { execute, register, TestDeployment, type House } from "./TestDeployment.ts"
import { Upstream } from "./Upstream.ts"

let inside: Upstream
let allowed: Upstream
let deployment: TestDeployment
let house: House

beforeAll(async () => {
  inside = await Upstream.start("inside")
  allowed = await Upstream.start("allowed", {
    "/away": { get: { operationId: "away", responses: { "200": { description: "ok" } } } }
  })
  deployment = await TestDeployment.start([allowed.url])
  house = await deployment.house("default")
}, 60_000)
afterAll(async () => {
  await inside.stop()
  await allowed.stop()
  await deployment.stop()
})

let names = 0
const nextName = () => `source${++names}` as never

/** `PORT` is that of a service which listens there. */
const addresses = [
  "http://127.0.0.1:PORT/openapi.json",
  "http://localhost:PORT/openapi.json",
  "http://[::1]:PORT/openapi.json",
  "http://[::ffff:127.0.0.1]:PORT/openapi.json",
  "http://2130706433:PORT/openapi.json",
  "http://0x7f.1:PORT/openapi.json",
  "http://127.1:PORT/openapi.json",
  "http://0.0.0.0:PORT/openapi.json",
  "http://service.localhost:PORT/openapi.json",
  "http://localhost.:PORT/openapi.json",
  "http://10.0.0.1/openapi.json",
  "http://192.168.1.1/openapi.json",
  "http://172.16.0.1/openapi.json",
  "http://169.254.169.254/latest/meta-data/",
  "http://100.64.0.1/",
  "http://[fd00::1]/",
  "http://[fe80::1]/",
  "http://metadata.google.internal/computeMetadata/v1/",
  "http://printer.local/",
  "http://intranet/"
]
const portOf = ({ url }: Upstream) => new URL(url).port

describe("private addresses", () => {
  it.each(addresses)("are refused to an owner: %s", async (address) => {
    const url = address.replace("PORT", portOf(inside))
    for (const kind of ["openapi", "mcp", undefined] as const) {
      const given = {
        name: nextName(),
        location: { _tag: "Url", url } as const,
        ...(kind === undefined ? {} : { kind })
      }
      const source = await register(house.owner, given)
      assert.strictEqual(source.state, "error", url)
      assert.strictEqual(source.failure?.code, "refused_address", JSON.stringify(source.failure))
      assert.match(source.failure!.message, /EXECUTOR_ALLOW_ORIGINS/)
    }
    assert.lengthOf(inside.heard, 0)
  })

  it.each(addresses)("are refused to a run, and nothing stays of the attempt: %s", async (address) => {
    const url = address.replace("PORT", portOf(inside))
    const name = nextName()
    const program = `return await tools.executor.sources.add({ url: ${JSON.stringify(url)}, name: "${name as string}" })`
    const { result } = await execute(house.agent, { code: program })
    assert.strictEqual(result.status, "failed")
    assert.strictEqual(result.error?.code, "needs_human", JSON.stringify(result))
    assert.isFalse((await house.owner.sources.list()).some((source) => source.name === name))
    assert.lengthOf(inside.heard, 0)
  })

  it("that the operator did not name are refused, whatever else is at the same host", async () => {
    const source = await register(house.owner, {
      name: nextName(),
      location: { _tag: "Url", url: `${allowed.url}/openapi.json`, baseUrl: inside.url } as never
    })
    assert.strictEqual(source.state, "connected")
    const { result } = await execute(house.agent, { code: `return await tools.${source.name}.doIt({ body: {} })` })
    assert.strictEqual(result.error?.code, "refused_address", JSON.stringify(result.error))
    assert.lengthOf(inside.heard, 0)
  })
})

describe("redirects", () => {
  const to = (location: string) => {
    allowed.other = (_, response) => void response.writeHead(302, { location }).end()
  }

  it("from an allowed address to a private one are not followed when a source is registered", async () => {
    to(`${inside.url}/openapi.json`)
    for (const kind of ["openapi", "mcp"] as const) {
      const location = { _tag: "Url", url: `${allowed.url}/moved` } as const
      const source = await register(house.owner, { name: nextName(), kind, location })
      assert.strictEqual(source.state, "error")
    }
    assert.lengthOf(inside.heard, 0)
  })

  it("from an allowed address to a private one are not followed when a tool is called", async () => {
    const source = await register(house.owner, {
      name: nextName(),
      location: { _tag: "Url", url: `${allowed.url}/openapi.json` }
    })
    for (const location of [`${inside.url}/look`, "http://169.254.169.254/", "http://localhost:1/", "//127.0.0.1:1/"]) {
      to(location)
      const { result } = await execute(house.agent, { code: `return await tools.${source.name}.away()` })
      assert.strictEqual(result.error?.code, "refused_address", JSON.stringify(result))
    }
    assert.lengthOf(inside.heard, 0)
  })
})

describe("a description given as text", () => {
  const text = () =>
    JSON.stringify({
      openapi: "3.1.0",
      info: { title: "text", version: "1" },
      servers: [{ url: inside.url }],
      paths: { "/look": { get: { operationId: "look", responses: { "200": { description: "ok" } } } } }
    })

  it("that names servers of the deployment's own network does not open them", async () => {
    const source = await register(house.owner, {
      name: nextName(),
      kind: "openapi",
      location: { _tag: "Text", text: text() }
    })
    assert.strictEqual(source.state, "connected")
    assert.deepStrictEqual(
      source.warnings.filter((warning) => warning.includes("may reach")),
      [],
      "nobody is told of a way that is not there"
    )
    assert.deepStrictEqual(source.privateOrigins, [])
    const { result } = await execute(house.agent, { code: `return await tools.${source.name}.look()` })
    assert.strictEqual(result.error?.code, "refused_address", JSON.stringify(result))
    assert.lengthOf(inside.heard, 0)
  })

  it("that is given a private base address does not open it either", async () => {
    const location = { _tag: "Text", text: text(), baseUrl: inside.url } as const
    const source = await register(house.owner, { name: nextName(), kind: "openapi", location })
    assert.strictEqual(source.state, "connected")
    const { result } = await execute(house.agent, { code: `return await tools.${source.name}.look()` })
    assert.strictEqual(result.error?.code, "refused_address", JSON.stringify(result))
    assert.lengthOf(inside.heard, 0)
  })
})

describe("files and processes", () => {
  it.each([
    ["a file of the deployment's machine", { _tag: "File", path: "/etc/passwd" }],
    ["a process", { _tag: "Stdio", command: "touch", args: ["/tmp/executor-was-here"], env: {} }]
  ] as const)("%s is refused to an owner, with what to do instead", async (_, location) => {
    const source = await register(house.owner, { name: nextName(), location: location as never })
    assert.strictEqual(source.state, "error")
    assert.strictEqual(source.failure?.code, "unsupported")
    assert.isAbove(source.failure!.message.length, 20)
    assert.notInclude(source.failure!.message, "root:")
  })
})
