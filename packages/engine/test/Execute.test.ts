// One execute through the whole house, with everything real but the disk.
import { assert, layer } from "@effect/vitest"
import { defaultWorkspace as workspace, Policies, Runs, Sources } from "@executor-v2/domain"
import { PolicyPattern, SourceName, type ExecuteResult } from "@executor-v2/schema"
import { Effect, Fiber } from "effect"
import { Execute, type ExecuteRequest } from "../src/index.ts"
import { agent, house, owner, Upstream } from "./house.ts"

const execute = (code: string, more: Partial<ExecuteRequest> = {}) =>
  Effect.flatMap(Execute, (engine) => engine.execute({ workspace, actor: agent, code, ...more }))

const message = (result: ExecuteResult): string => result.error?.message ?? `no error but ${JSON.stringify(result)}`

layer(house, { timeout: "60 seconds", excludeTestServices: true })("execute", (it) => {
  it.effect("returns what the code returns", () =>
    Effect.gen(function* () {
      const result = yield* execute(
        "const notes: string[] = await tools.notes.listNotes(); return { notes, sum: 1 + 1 }"
      )
      assert.deepStrictEqual(result.value, { notes: ["a", "b"], sum: 2 })
      assert.strictEqual(result.status, "completed")
    })
  )

  it.effect("says where in the agent's own code an error is, before and while it runs", () =>
    Effect.gen(function* () {
      const syntax = yield* execute("const a = 1\nconst b: number = ;\nreturn a")
      assert.deepInclude(syntax.error, { code: "syntax_error", line: 2 })
      const thrown = yield* execute(
        "interface Note { text: string }\n\nconst note = undefined as unknown as Note\nreturn note.text"
      )
      assert.strictEqual(thrown.status, "failed")
      assert.strictEqual(thrown.error?.line, 4)
    })
  )

  it.effect("runs its owner's code while agents hold all that they may have", () =>
    Effect.gen(function* () {
      const engine = yield* Execute
      const sleepers = yield* Effect.all(
        Array.from({ length: 12 }, () =>
          execute("await new Promise((done) => setTimeout(done, 250_000))", { patienceMs: 0 })
        ),
        { concurrency: "unbounded" }
      )
      const result = yield* execute("return 7", { actor: owner })
      assert.strictEqual(result.value, 7)
      for (const { runId } of sleepers) yield* engine.cancel(workspace, owner, runId)
      assert.strictEqual((yield* execute("return 8")).value, 8)
    })
  )

  it.effect("names the nearest tools when one does not exist", () =>
    Effect.gen(function* () {
      const result = yield* execute("return await tools.notes.listNote()")
      assert.strictEqual(result.error?.code, "unknown_tool")
      assert.include(message(result), "tools.notes.listNotes")
    })
  )

  it.effect("refuses wrong arguments before anything is sent", () =>
    Effect.gen(function* () {
      const { requests } = yield* Upstream
      const before = requests.length
      const missing = yield* execute("return await tools.notes.addNote({})")
      const wrong = yield* execute("return await tools.notes.addNote({ text: 5 })")
      assert.strictEqual(missing.error?.code, "invalid_arguments")
      assert.include(message(missing), "text")
      assert.include(message(wrong), "string")
      assert.strictEqual(requests.length, before)
    })
  )

  it.effect("gives code the upstream's failure as data, and people its status and words", () =>
    Effect.gen(function* () {
      const caught = yield* execute(
        "try { await tools.notes.broken() } catch (error) { return { name: error.name, code: error.code, status: error.status, retryable: error.retryable } }"
      )
      assert.deepStrictEqual(caught.value, { name: "ToolError", code: "upstream_error", status: 503, retryable: true })
      const thrown = yield* execute("return await tools.notes.broken()")
      assert.include(message(thrown), "database is down")
    })
  )

  it.effect("does not call what a policy denies, and ends as denied when the code lets it", () =>
    Effect.gen(function* () {
      const policies = yield* Policies
      const { requests } = yield* Upstream
      const policy = yield* policies.set({
        workspace,
        actor: owner,
        pattern: PolicyPattern.make("notes.addNote"),
        effect: "deny"
      })
      const before = requests.length
      const result = yield* execute("return await tools.notes.addNote({ text: 'x' })")
      assert.deepStrictEqual([result.status, result.error?.code], ["denied", "denied"])
      const caught = yield* execute(
        "try { await tools.notes.addNote({ text: 'x' }) } catch (error) { return error.code }"
      )
      assert.deepStrictEqual([caught.status, caught.value], ["completed", "denied"])
      assert.strictEqual(requests.length, before)
      yield* policies.remove(workspace, owner, policy.id)
    })
  )

  it.effect("stores a long result and hands out the call that reads it", () =>
    Effect.gen(function* () {
      const result = yield* execute("return await tools.notes.big()")
      assert.isUndefined(result.value)
      assert.strictEqual(result.artifact?.type, "Array<{ id: number; name: string }>")
      assert.isBelow(JSON.stringify(result).length, 4_000)
      const run = result.runId
      const read = yield* execute(
        `const all = await tools.executor.artifacts.read({ run: "${run}" }); return [all.length, all[19999].name]`
      )
      assert.deepStrictEqual(read.value, [20_000, "item 19999"])
      const slice = yield* execute(
        `return await tools.executor.artifacts.read({ run: "${run}", offset: 0, length: 10 })`
      )
      assert.strictEqual(slice.value, '[{"id":0,"')
    })
  )

  it.effect("takes no code that is too long to be run, and keeps nothing of it", () =>
    Effect.gen(function* () {
      const before = (yield* (yield* Runs).list(workspace)).length
      const error = yield* Effect.flip(execute(`/*${"a".repeat(300_000)}*/ return 1`))
      assert.include(error.message, "at most")
      assert.strictEqual((yield* (yield* Runs).list(workspace)).length, before)
    })
  )

  it.effect("outlives its caller's patience and is fetched later", () =>
    Effect.gen(function* () {
      const upstream = yield* Upstream
      const engine = yield* Execute
      const first = yield* execute("return await tools.notes.slow()", { patienceMs: 0 })
      assert.strictEqual(first.status, "running")
      const resume = yield* Effect.forkChild(engine.resume({ workspace, actor: agent, run: first.runId }), {
        startImmediately: true
      })
      yield* Effect.promise(upstream.waiting)
      upstream.release()
      assert.strictEqual((yield* Fiber.join(resume)).value, "done")
      assert.strictEqual((yield* engine.resume({ workspace, actor: agent, run: first.runId })).value, "done")
    })
  )

  it.effect("goes on when its caller leaves, and ends when it is cancelled", () =>
    Effect.gen(function* () {
      const upstream = yield* Upstream
      const engine = yield* Execute
      const opened = yield* Effect.promise(() => Promise.resolve(Promise.withResolvers<string>()))
      const caller = yield* Effect.forkChild(
        execute("return await tools.notes.slow()", { onOpened: (run) => opened.resolve(run) }),
        { startImmediately: true }
      )
      const run = (yield* Effect.promise(() => opened.promise)) as never
      yield* Effect.promise(upstream.waiting)
      yield* Fiber.interrupt(caller)
      assert.strictEqual((yield* (yield* Runs).get(workspace, run)).status, "running")
      assert.strictEqual((yield* engine.cancel(workspace, owner, run)).status, "cancelled")
      assert.strictEqual((yield* engine.resume({ workspace, actor: agent, run })).error?.code, "cancelled")
      upstream.release()
    })
  )

  it.effect("journals each call with redacted arguments, in the order of completion", () =>
    Effect.gen(function* () {
      const result = yield* execute(
        "await tools.notes.addNote({ text: 'Bearer abcdefghijklmnop' }); await tools.notes.listNotes(); return await tools.notes.listNotes()"
      )
      const calls = yield* (yield* Runs).calls(workspace, result.runId)
      assert.deepStrictEqual(
        calls.map(({ key, completion, hasEffects }) => [`${key.path}`, key.occurrence, completion, hasEffects]),
        [
          ["notes.addNote", 0, 1, true],
          ["notes.listNotes", 0, 2, false],
          ["notes.listNotes", 1, 3, false]
        ]
      )
      assert.notInclude(calls[0]?.argumentsPreview ?? "", "abcdefghijklmnop")
    })
  )

  it.effect("pins the catalog: a source removed in the middle stays callable for the run that began with it", () =>
    Effect.gen(function* () {
      const upstream = yield* Upstream
      const sources = yield* Sources
      const running = yield* Effect.forkChild(
        execute("await tools.notes.slow(); return await tools.notes.listNotes()"),
        { startImmediately: true }
      )
      yield* Effect.promise(upstream.waiting)
      yield* sources.remove(workspace, owner, SourceName.make("notes"))
      upstream.release()
      assert.deepStrictEqual((yield* Fiber.join(running)).value, ["a", "b"])
      assert.strictEqual((yield* execute("return await tools.notes.listNotes()")).error?.code, "unknown_tool")
    })
  )
})

layer(house, { timeout: "60 seconds", excludeTestServices: true })("what a run may register", (it) => {
  it.effect(
    "is refused for addresses of this machine, with the command a human can type, and nothing of it stays",
    () =>
      Effect.gen(function* () {
        const { url } = yield* Upstream
        const result = yield* execute(`return await tools.executor.sources.add({ url: "${url}", name: "mine" })`)
        assert.strictEqual(result.error?.code, "needs_human")
        assert.include(message(result), `executor sources add ${url} --name mine`)
        assert.isFalse((yield* (yield* Sources).list(workspace)).some((source) => source.name === "mine"))
      })
  )

  it.effect("cannot replace what a human registered", () =>
    Effect.gen(function* () {
      const removed = yield* execute("return await tools.executor.sources.remove({ name: 'notes' })")
      assert.strictEqual(removed.error?.code, "needs_human")
    })
  )

  it.effect("shows what is there", () =>
    Effect.gen(function* () {
      const result = yield* execute(
        "return (await tools.executor.sources.list()).map((source) => [source.name, source.state, source.toolCount])"
      )
      assert.deepStrictEqual(result.value, [["notes", "connected", 5]])
      const found = yield* execute(
        "return (await tools.executor.tools.search({ query: 'write down a note' })).hits[0].path"
      )
      assert.strictEqual(found.value, "notes.addNote")
    })
  )
})
