// Promise: whoever outgrows one machine takes his programs along. The same scenarios, over public surfaces only, run on the
// daemon of this machine and on a deployment, and what both answer is the same to the letter. Where it is not: Differences.ts.
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { hosts, type HostName, type TestHost } from "./Hosts.ts"
import { isOurs } from "./RemoteHost.ts"
import { uncompared } from "./SameAnswers.ts"
import { errors } from "./scenarios/Errors.ts"
import { executing } from "./scenarios/Executing.ts"
import { restarting } from "./scenarios/Restarting.ts"
import { runs } from "./scenarios/Runs.ts"
import { sources } from "./scenarios/Sources.ts"
import { startUpstream, type Upstream } from "./Upstream.ts"

let upstream: Upstream

beforeAll(async () => {
  upstream = await startUpstream()
})
afterAll(() => upstream[Symbol.asyncDispose]())

describe.each(Object.keys(hosts) as ReadonlyArray<HostName>)("%s", (name) => {
  let host: TestHost

  beforeAll(async () => {
    host = hosts[name]({ allowOrigins: upstream.origin })
    await host.start()
    await host.json("sources", "add", upstream.descriptionUrl, "--name", "shop")
    await host.json("sources", "add", upstream.mcpUrl, "--name", "desk")
  })
  afterAll(() => host.stop())

  const given = () => ({ host, upstream, named: (word: string) => `${name}: ${word}` })
  describe("sources", () => {
    sources(given)
  })
  describe("executing", () => {
    executing(given)
  })
  describe("errors", () => {
    errors(given)
  })
  describe("runs", () => {
    runs(given)
  })
  describe.skipIf(!isOurs)("restarting", () => {
    restarting(given)
  })
})

describe("both", () => {
  it("were asked the same questions", () => assert.deepStrictEqual(uncompared(), []))
})
