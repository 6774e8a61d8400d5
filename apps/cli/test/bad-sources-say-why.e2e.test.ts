// Whatever is given as a source that is none: a clear answer, exit code 1, and nothing half-registered.
import type { Source } from "@executor-v2/schema"
import { writeFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { documentOf, executor, makeFolder } from "./Cli.ts"

let undo: () => Promise<void> = async () => {}
const { folder, home } = makeFolder((later) => {
  undo = later
})

const description = (paths: object, more: object = {}) =>
  JSON.stringify({
    openapi: "3.0.3",
    info: { title: "t", version: "1" },
    servers: [{ url: "https://api.example" }],
    paths,
    ...more
  })

const key = { securitySchemes: { key: { type: "apiKey", in: "header", name: "X-Key" } } }
const bad = { schema: { $ref: "#/components/schemas/Missing" } }

/** What the server answers, by path; a path that is not here is never answered. */
const pages: Readonly<Record<string, readonly [status: number, type: string, body: string]>> = {
  "/404": [404, "text/plain", "no such page"],
  "/500": [500, "text/plain", "boom"],
  "/html": [200, "text/html", "<!doctype html><title>Docs</title>"],
  "/broken.yaml": [200, "text/yaml", "openapi: 3.0.0\ninfo:\n  title: [unclosed\npaths: {}\n"],
  "/broken.json": [200, "application/json", '{"openapi": "3.0.0",'],
  "/other.json": [200, "application/json", '{"hello": 1}'],
  "/empty.json": [200, "application/json", description({})],
  "/key.json": [
    200,
    "application/json",
    description({ "/a": { get: { operationId: "a", responses: {} } } }, { components: key, security: [{ key: [] }] })
  ],
  "/odd.json": [
    200,
    "application/json",
    description({
      "/a": {
        get: { operationId: "same", responses: { 200: { description: "", content: { "application/json": bad } } } }
      },
      "/b": { get: { operationId: "same", parameters: [{ $ref: "#/nowhere" }], responses: {} } },
      "/c": { get: { operationId: "1 not-an identifier!", responses: {} } }
    })
  ]
}

const server: Server = createServer((request, response) => {
  const page = pages[request.url ?? ""]
  if (page !== undefined) response.writeHead(page[0], { "content-type": page[1] }).end(page[2])
})
let origin = ""

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await executor(["pm", "start"], { home })
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await undo()
})

const add = (name: string, ...args: ReadonlyArray<string>) =>
  executor(["sources", "add", "--name", name, ...args], { home, cwd: folder })
const list = () => documentOf<ReadonlyArray<Source>>(["sources", "list"], { home })
const node = (code: string) => ["--yes", "--", process.execPath, "-e", code]

// All at once: two of them are given up on only after a while.
describe.concurrent("what is no source", () => {
  describe("an address", () => {
    it.each([
      ["/404", /answered 404/],
      ["/500", /answered 500/],
      ["/html", /is an HTML page, not an OpenAPI description/],
      ["/broken.yaml", /neither JSON nor YAML.*line \d+/s],
      ["/broken.json", /neither valid JSON nor/],
      ["/other.json", /no OpenAPI description/],
      ["/empty.json", /no operations/]
    ])("%s", async (path, message) => {
      const name = `at${path.replace(/\W/g, "_")}`
      const { code, stdout } = await add(name, origin + path)
      expect(code).toBe(1)
      expect(stdout).toMatch(new RegExp(`^${name}: error `))
      expect(stdout).toMatch(message)
    })

    it("that never answers", { timeout: 120_000 }, async () => {
      const { code, stdout } = await add("never", `${origin}/never`)
      expect({ code, stdout }).toEqual({
        code: 1,
        stdout: expect.stringMatching(/^never: error .*did not answer within \d+ s/)
      })
    })

    it("where nobody listens, and one that does not exist", async () => {
      expect((await add("closed", "http://127.0.0.1:9/openapi.json")).stdout).toMatch(
        /^closed: error .*nothing listens there/
      )
      expect((await add("nohost", "http://nowhere.invalid/openapi.json")).stdout).toMatch(
        /^nohost: error .*nowhere\.invalid/
      )
    })

    it("of something that needs a key: says which, and ends with 3", async () => {
      const { code, stdout } = await add("locked", `${origin}/key.json`)
      expect({ code, stdout }).toEqual({
        code: 3,
        stdout: "locked: auth_required needs key (api-key in header X-Key)\n"
      })
    })

    it("of a description that is odd, but usable: connected, with what was odd", async () => {
      const { code, stderr, stdout } = await add("odd", `${origin}/odd.json`)
      expect({ code, stdout }).toEqual({ code: 0, stdout: "odd: connected 3 tools\n" })
      expect(stderr).toMatch(/"same" is used twice/)
      expect(stderr).toMatch(/"#\/nowhere" leads nowhere/)
    })
  })

  describe("a command", () => {
    it("that does not exist", async () => {
      const { code, stdout } = await add("missing", "--yes", "--", "no-such-command-anywhere", "--flag")
      expect({ code, stdout }).toEqual({
        code: 1,
        stdout: expect.stringMatching(/^missing: error .*"no-such-command-anywhere" was not found/)
      })
    })

    it("that dies at once: with its last words", async () => {
      const { code, stdout } = await add("dies", ...node("console.error('cannot find my settings'); process.exit(3)"))
      expect({ code, stdout }).toEqual({
        code: 1,
        stdout: expect.stringMatching(/^dies: error .*exit code 3.*cannot find my settings/s)
      })
    })

    it("that prints rubbish where messages belong", { timeout: 120_000 }, async () => {
      const { code, stdout } = await add(
        "rubbish",
        ...node("console.log('\\u001b[31mhello, I am chatty'); setInterval(() => {}, 1_000)")
      )
      expect({ code, stdout }).toEqual({
        code: 1,
        stdout: expect.stringMatching(/^rubbish: error .*not MCP on its standard output.*chatty/s)
      })
      expect(stdout).not.toContain("\u001b")
    })

    it("is not started without a yes", async () => {
      const { code, stderr } = await add("unasked", "--", process.execPath, "-e", "1")
      expect(code).toBe(2)
      expect(stderr).toContain("--yes")
      expect((await list()).map(({ name }) => name)).not.toContain("unasked")
    })
  })
})

describe("afterwards", () => {
  it("each is there in its state, and none offers a tool that cannot be called", async () => {
    const sources = await list()
    expect(sources.filter(({ state }) => state === "connected").map(({ name }) => name)).toEqual(["odd"])
    const inState = (wanted: string) => sources.filter(({ state }) => state === wanted)
    expect(inState("connected").length + inState("error").length + inState("auth_required").length).toBe(sources.length)
    expect(inState("error").filter(({ failure, toolCount }) => failure === undefined || toolCount > 0)).toEqual([])
    expect(inState("auth_required").map(({ needs }) => needs.length)).toEqual([1])
  })

  it("a name that is taken is refused, a repaired source is read again, and a removed one is gone", async () => {
    const file = join(folder, "mine.json")
    writeFileSync(file, "{")
    expect((await add("mine", file)).code).toBe(1)
    writeFileSync(file, description({ "/a": { get: { operationId: "a", responses: {} } } }))
    const refreshed = await executor(["sources", "refresh", "mine"], { home })
    expect(refreshed).toMatchObject({ code: 0, stdout: "mine: connected 1 tool\n" })
    const taken = await add("mine", file)
    expect(taken).toMatchObject({ code: 1, stderr: expect.stringContaining("mine") })
    expect((await executor(["sources", "remove", "mine"], { home })).stdout).toBe("mine: removed\n")
    expect((await list()).map(({ name }) => name)).not.toContain("mine")
    expect((await executor(["sources", "refresh", "mine"], { home })).code).toBe(1)
  })
})
