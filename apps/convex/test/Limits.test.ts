// What is longer, deeper or stranger than a document of the database may be: taken another way, or refused with what to do.
import type { RunId } from "@executor-v2/schema"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { execute, register, rejection, TestDeployment, type House } from "./TestDeployment.ts"
import { Upstream } from "./Upstream.ts"

let upstream: Upstream
let deployment: TestDeployment
let house: House

const MiB = 1024 * 1024

/** Names that no field of a Convex document may have, and depth that none may reach. */
const strange = {
  $ref: "#/nowhere",
  $: 1,
  _id: "own",
  _creationTime: 0,
  "": "empty",
  naïve: "ü",
  日本語: ["値", { ключ: null }],
  "🦜": "\u{1f99c}",
  'with space\n\t"quotes" \\': true,
  "\u0000": 2,
  constructor: "c",
  toString: "t"
}
const deep = (levels: number): unknown => (levels === 0 ? { bottom: "$" } : { $nested: [deep(levels - 1)] })

/** A description of about `bytes` bytes, whose last operation is the one to be found. */
const large = (bytes: number) => {
  const text = "Describes at length what a caller should know before it uses this operation. ".repeat(24)
  const one = (index: number) => ({
    post: {
      operationId: `operation${index}`,
      summary: `Handles item ${index}`,
      description: text,
      requestBody: {
        content: { "application/json": { schema: { type: "object", properties: { name: { type: "string" } } } } }
      },
      responses: { "200": { description: "ok" } }
    }
  })
  const count = Math.floor(bytes / (JSON.stringify(one(1000)).length + 20))
  const paths = Object.fromEntries(Array.from({ length: count }, (_, index) => [`/items/${index}`, one(index)]))
  const needle = {
    get: { operationId: "findNeedle", summary: "Searches the haystack", responses: { "200": { description: "ok" } } }
  }
  return JSON.stringify({
    openapi: "3.1.0",
    info: { title: "large", version: "1" },
    paths: { ...paths, "/needle": needle }
  })
}

const served = new Map<string, string>()
const serve = (path: string, text: string) => {
  served.set(path, text)
  return { _tag: "Url", url: upstream.url + path } as const
}

beforeAll(async () => {
  upstream = await Upstream.start("limits", {
    "/strange": {
      post: {
        operationId: "strange",
        requestBody: {
          required: true,
          content: {
            "application/json": {
              schema: {
                type: "object",
                required: ["日本語"],
                properties: { 日本語: { type: "array", items: { type: "string" } }, $ref: { type: "string" } }
              }
            }
          }
        },
        responses: { "200": { description: "ok" } }
      }
    }
  })
  upstream.other = ({ body, path }, response) => {
    const text = served.get(path) ?? (path === "/strange" ? body : undefined)
    response.writeHead(text === undefined ? 404 : 200, { "content-type": "application/json" }).end(text ?? "{}")
  }
  deployment = await TestDeployment.start([upstream.url])
  house = await deployment.house("default")
  await register(house.owner, { name: "up" as never, location: { _tag: "Url", url: `${upstream.url}/openapi.json` } })
}, 60_000)
afterAll(async () => {
  await upstream.stop()
  await deployment.stop()
})

describe("a description", () => {
  it("of 13 MB is compiled where there is memory for it, and found, described and called like any other", async () => {
    const text = large(13_000_000)
    assert.isAbove(text.length, 12_000_000)
    const source = await register(house.owner, { name: "large" as never, location: serve("/large.json", text) })
    assert.strictEqual(source.state, "connected", JSON.stringify(source.failure))
    assert.isAbove(source.toolCount, 4_000)
    const { hits } = await house.owner.tools.search({ query: "search the haystack for a needle" })
    assert.strictEqual(hits[0]?.path, "large.findNeedle")
    const described = await house.owner.tools.describe({ path: "large.operation4000" })
    assert.match(described.typescript, /name\?: string/)
    served.set("/needle", '{"found":true}')
    const { result } = await execute(house.agent, {
      code: `const { hits } = await tools.executor.tools.search({ query: "haystack" })
        return [hits[0].path, await tools.large.findNeedle()]`
    })
    assert.deepStrictEqual(result.value, ["large.findNeedle", { found: true }])
    const files = await deployment.harness.deployment.test.run((ctx) => ctx.db.system.query("_storage").collect())
    const rows = (await deployment.harness.deployment.test.run((ctx) =>
      ctx.db.query("artifacts" as never).collect()
    )) as ReadonlyArray<{ readonly pieces?: ReadonlyArray<string> }>
    const used = rows.flatMap(({ pieces = [] }) => pieces)
    assert.sameMembers(
      files.map(({ _id }) => _id as string),
      used,
      "what was only on its way is gone"
    )
  }, 60_000)

  it("over what can be compiled is refused, and says what to do", async () => {
    const location = serve("/huge.json", large(34_000_000))
    const source = await register(house.owner, { name: "huge" as never, location })
    assert.strictEqual(source.state, "error")
    assert.strictEqual(source.failure?.code, "too_large")
    assert.match(source.failure!.message, /32 MiB.*part of it/)
  }, 60_000)

  it("of 13 MB that is none is refused without leaving files behind", async () => {
    const filesNow = () => deployment.harness.deployment.test.run((ctx) => ctx.db.system.query("_storage").collect())
    const before = (await filesNow()).length
    const source = await register(house.owner, {
      name: "none" as never,
      location: serve("/none.json", large(13_000_000).slice(0, -10))
    })
    assert.strictEqual(source.state, "error")
    assert.strictEqual(source.failure?.code, "not_a_specification", JSON.stringify(source.failure))
    assert.lengthOf(await filesNow(), before)
  }, 60_000)

  it("given as text that no row can hold is refused before anything is written", async () => {
    // Each quote is two characters once it is written down, and there are two in three.
    const text = JSON.stringify({ ...(JSON.parse(large(1_000)) as object), "x-quotes": Array(300_000).fill("") })
    assert.isBelow(text.length, MiB)
    const before = await deployment.events("default")
    const refused = await rejection(
      register(house.owner, { name: "text" as never, kind: "openapi", location: { _tag: "Text", text } })
    )
    assert.match(refused.message, /bytes.*the most/)
    assert.notMatch(refused.message, /x-quotes/)
    assert.lengthOf(await deployment.events("default"), before.length)
    assert.isFalse((await house.owner.sources.list()).some(({ name }) => name === "text"))
  })
})

describe("documents that the database would not take", () => {
  it("come back equal as arguments, as results of tools, of runs and of lists", async () => {
    const sent = { strange, deep: deep(20), 日本語: "x" }
    assert.isAbove(JSON.stringify(deep(20)).match(/[{[]/g)!.length, 40)
    const { result } = await execute(house.agent, {
      code: `const sent = ${JSON.stringify(sent)}; return { tool: await tools.up.echo({ body: sent }), sent }`
    })
    assert.strictEqual(result.status, "completed", JSON.stringify(result))
    assert.deepStrictEqual(result.value as object, { tool: sent, sent })
    const { calls, result: again } = await house.owner.runs.get({ run: result.runId })
    assert.deepStrictEqual(again.value, result.value)
    const [outcome] = calls.map((call) => call.outcome)
    assert.deepStrictEqual(
      outcome?._tag === "Returned" && outcome.value._tag === "Inline" && JSON.parse(outcome.value.json),
      sent
    )
    const called = await house.owner.runs.call({ path: "up.echo", arguments: { body: sent } as never })
    assert.deepStrictEqual(called.value as object, sent)
  })

  it("are judged by schemas that have such names themselves", async () => {
    const wrong = await execute(house.agent, { code: "return await tools.up.strange({ 日本: 1 })" })
    assert.strictEqual(wrong.result.error?.code, "invalid_arguments")
    assert.include(wrong.result.error!.message, "日本語")
    const right = await execute(house.agent, {
      code: `return await tools.up.strange({ "日本語": ["値"], $ref: "#/a" })`
    })
    assert.deepStrictEqual(right.result.value as object, { 日本語: ["値"], $ref: "#/a" })
    assert.match((await house.owner.tools.describe({ path: "up.strange" })).typescript, /日本語/)
  })

  it("are details of errors too", async () => {
    const { result } = await execute(house.agent, {
      code: `throw Object.assign(new Error("日本語 $"), { details: ${JSON.stringify(strange)} })`
    })
    assert.strictEqual(result.status, "failed")
    assert.include(result.error!.message, "日本語 $")
  })
})

describe("values longer than a document", () => {
  it("are sent, answered and recorded whole", async () => {
    const { result } = await execute(house.agent, {
      code: `const text = "é$".repeat(${MiB / 2})
        const { back } = await tools.up.echo({ body: { back: text } })
        return { same: back === text, length: back.length }`
    })
    assert.deepStrictEqual(result.value, { same: true, length: MiB }, JSON.stringify(result))
    const { calls } = await house.owner.runs.get({ run: result.runId })
    const outcome = calls[0]?.outcome
    assert.strictEqual(outcome?._tag === "Returned" && outcome.value._tag, "Artifact")
  })

  it("as results are kept whole, and read in slices", async () => {
    const { result } = await execute(house.agent, { code: `return "0123456789".repeat(${MiB / 8})` })
    assert.strictEqual(result.status, "completed", JSON.stringify(result.error))
    assert.strictEqual(result.artifact?.bytes, (10 * MiB) / 8 + 2)
    const read = await execute(house.agent, {
      code: `const whole = await tools.executor.artifacts.read({ run: "${result.runId}" })
        const slice = await tools.executor.artifacts.read({ run: "${result.runId}", offset: ${MiB}, length: 12 })
        return [whole.length, slice]`
    })
    assert.strictEqual((read.result.value as ReadonlyArray<number>)[0], (10 * MiB) / 8)
    const at = (MiB - 1) % 10
    const expected = "0123456789".repeat(3).slice(at, at + 12)
    assert.include(JSON.stringify((read.result.value as ReadonlyArray<unknown>)[1]), expected)
  })

  it("over every limit end the run with what to do instead", async () => {
    const result = (await execute(house.agent, { code: `return "x".repeat(${17 * MiB})` })).result
    assert.strictEqual(result.status, "failed")
    const args = (
      await execute(house.agent, { code: `return await tools.up.echo({ body: { x: "x".repeat(${5 * MiB}) } })` })
    ).result
    assert.strictEqual(args.status, "failed")
    for (const { error } of [result, args]) assert.isAbove(error!.message.length, 20)
  })

  it("do not stop many calls at once from being recorded", async () => {
    const { result } = await execute(house.agent, {
      code: `const texts = await Promise.all(Array.from({ length: 40 }, (_, i) => tools.up.echo({ body: { i, x: "y".repeat(200_000) } })))
        return texts.map(({ i }) => i).join()`
    })
    assert.strictEqual(result.value, Array.from({ length: 40 }, (_, index) => index).join(), JSON.stringify(result))
    const { calls } = await house.owner.runs.get({ run: result.runId })
    assert.isTrue(calls.every(({ outcome }) => outcome?._tag === "Returned"))
  }, 30_000)
})

describe("code and output at their limits", () => {
  const longest = 256 * 1024
  /** A program of the greatest length, filled with a character that takes several bytes when it is written down. */
  const program = (code: string, filler: string) =>
    `${code}\n/*${filler.repeat((longest - code.length - 5) / filler.length)}*/`
  const chatty = (character: string) =>
    `for (let i = 0; i < 1000; i++) console.log(${JSON.stringify(character)}.repeat(65))`

  const endOf = async (code: string) => {
    const { runId: run } = await house.owner.runs
      .execute({ code, patienceMs: 0 })
      .catch((error: { _tag: string; message: string }) => ({ runId: error }))
    if (typeof run === "object") return run
    await deployment.harness.settled()
    return (await house.owner.runs.get({ run })).run
  }

  it.each([
    ["quotes", '"'],
    ["characters of three bytes", "日"],
    ["characters of four bytes", "🦜"],
    ["backslashes", "\\"]
  ])("of %s end as what they are", async (_, character) => {
    const run = await endOf(program(`${chatty(character)}; return 1`, character))
    assert.strictEqual("status" in run && run.status, "completed", JSON.stringify(run).slice(0, 300))
    assert.isAbove("logs" in run ? run.logs.length : 0, 500)
  })

  it.each([
    ["control characters", "\u0001"],
    ["halves of characters", "\ud83e"]
  ])(
    "of %s are refused or have an end: no run hangs, and none is recorded in part",
    async (_, character) => {
      const ends: Array<string> = []
      for (const share of [0.95, 0.66, 0.55, 0.52, 0.5, 0.4]) {
        const code = `${chatty(character)}; return "${"\\".repeat(5_000)}"\n/*${character.repeat(Math.floor(longest * share) - 200)}*/`
        const run = await endOf(code)
        if ("_tag" in run) assert.match(run.message, /bytes when it is written down, and at most/)
        else
          assert.isTrue(run.logs.length > 500 || run.logsTruncated, JSON.stringify({ ...run, code: "" }).slice(0, 500))
        ends.push("_tag" in run ? run._tag : run.status)
      }
      assert.deepStrictEqual(ends, ["Refused", "Refused", "Refused", "completed", "completed", "completed"])
    },
    60_000
  )

  it("of a driver that died are ended by the sweep, whatever the code is made of", async () => {
    const ended: Array<string> = []
    for (const share of [0.6, 0.541, 0.54, 0.5]) {
      deployment.harness.killAt({ action: "runs:drive", at: "persistence:commit", nth: 1, when: "before" })
      const code = `return 1\n/*${"\u0001".repeat(Math.floor(longest * share))}*/`
      const opened = await house.owner.runs.execute({ code, patienceMs: 0 }).catch(() => undefined)
      await deployment.harness.settled()
      deployment.harness.deployment.faults.clear()
      if (opened === undefined) continue
      deployment.harness.advance(31_000)
      await deployment.sweep()
      ended.push((await house.owner.runs.get({ run: opened.runId as RunId })).run.status)
    }
    assert.isNotEmpty(ended)
    assert.deepStrictEqual([...new Set(ended)], ["interrupted"])
  }, 60_000)

  it("one character more is refused before anything is written", async () => {
    const before = (await deployment.events("default")).length
    const refused = await rejection(house.owner.runs.execute({ code: `${program("return 1", " ")} ` }))
    assert.strictEqual(refused._tag, "Refused")
    assert.match(refused.message, /at most 262144/)
    assert.lengthOf(await deployment.events("default"), before)
  })
})
