// Promise: README's "Grow out of one machine" works when it is followed, command by command, in a shell.
import { execFile } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, assert, beforeAll, describe, it } from "vitest"
import { cliProgram, Product, type CommandResult } from "../Product.ts"
import { deploymentIn, type Deployed } from "./RemoteHost.ts"
import { startUpstream, type Upstream } from "./Upstream.ts"

const readme = readFileSync(fileURLToPath(new URL("../../../README.md", import.meta.url)), "utf8")

/** The commands of the section, as they stand there. */
const commands = (/## Grow out of one machine\n[^]*?```sh\n([^]*?)```/.exec(readme)?.[1] ?? "").trim().split("\n")

const product = new Product()
const bin = join(product.home, "bin")
const program = (name: string, text: string): void => writeFileSync(join(bin, name), text, { mode: 0o755 })

/** Claude Code as far as it matters here: an MCP client with the configuration that it is started with. */
const claude = `#!${process.execPath}
import { Client, StreamableHTTPClientTransport } from ${JSON.stringify(import.meta.resolve("@modelcontextprotocol/client"))}
import { readFileSync } from "node:fs"
const config = readFileSync(process.argv.find((arg) => arg.startsWith("--mcp-config=")).slice(13), "utf8")
const { headers, url } = JSON.parse(config).mcpServers.executor
const client = new Client({ name: "claude-code", version: "1" }, { versionNegotiation: { mode: "auto" } })
await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }))
const code = "return await tools.pets.getInventory({})"
const { content } = await client.callTool({ name: "execute", arguments: { code } })
await client.close()
console.log(JSON.stringify({ answer: JSON.parse(content[0].text), told: config + JSON.stringify(process.env) }))
`

let upstream: Upstream
let deployment: ReturnType<typeof deploymentIn>
let deployed: Deployed

beforeAll(async () => {
  upstream = await startUpstream()
  deployment = deploymentIn(product.home, { allowOrigins: upstream.origin })
  deployed = await deployment.start()
  mkdirSync(bin)
  program("executor", `#!/bin/sh\nexec '${process.execPath}' '${cliProgram}' "$@"\n`)
  writeFileSync(join(bin, "package.json"), '{ "type": "module" }')
  program("claude", claude)
})
afterAll(async () => {
  await product.cli("sources", "remove", "pets", "--target", "team")
  await product.cli("target", "remove", "team")
  await deployment.stop()
  await upstream[Symbol.asyncDispose]()
  await product.dispose()
})

/** The line in a shell, with the addresses of this deployment in place of the README's. */
const typed = (line: string): Promise<CommandResult> => {
  const words = line
    .replace("https://x.convex.cloud", deployed.url)
    .replace("https://x.convex.site", deployed.siteUrl)
    .replace("https://petstore3.swagger.io/api/v3/openapi.json", upstream.petstoreUrl)
  const env = { ...product.env, PATH: `${bin}:${product.env["PATH"]}` }
  return new Promise((resolve) => {
    const child = execFile("/bin/sh", ["-c", words], { env, cwd: product.home }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr })
    )
    child.stdin?.end(`${deployed.token}\n`)
  })
}

/** What each command is to answer, by its beginning. */
const answers: Readonly<Record<string, (said: CommandResult) => void>> = {
  "executor target add team": ({ stdout }) => {
    assert.match(stdout, /^team: added, version \S+, \d+ tools\n$/)
    assert.strictEqual(statSync(join(product.home, "data", "targets.json")).mode & 0o777, 0o600)
  },
  "executor target use team": ({ stdout }) => assert.strictEqual(stdout, "commands go to team\n"),
  "executor sources add": ({ stdout }) => assert.strictEqual(stdout, "pets: connected 1 tool\n"),
  "executor run -e": ({ stdout }) => assert.deepStrictEqual(JSON.parse(stdout), { available: 7, sold: 1 }),
  "executor claude": ({ stdout }) => {
    const { answer, told } = JSON.parse(stdout) as { readonly answer: object; readonly told: string }
    assert.deepInclude(answer, { status: "completed", value: { available: 7, sold: 1 } })
    assert.notInclude(told, deployed.token)
  }
}

describe.skipIf(process.platform === "win32")("the section, command by command", () => {
  it("has the commands that are known here", () => {
    assert.strictEqual(commands.length, Object.keys(answers).length)
  })

  it.each(commands)("%s", async (line) => {
    const [, check] = Object.entries(answers).find(([begin]) => line.startsWith(begin)) ?? []
    assert.isDefined(check, "a command that this test does not know")
    const said = await typed(line)
    assert.strictEqual(said.code, 0, said.stderr)
    check!(said)
    assert.notInclude(said.stderr + said.stdout, deployed.token)
  })

  it("started no daemon on this machine, and finds it where it was afterwards", async () => {
    assert.isFalse(existsSync(join(product.home, "data", "daemon.json")))
    const pets = `-e 'return (await tools.executor.sources.list()).some(({ name }) => name === "pets")'`
    for (const [line, answer] of [
      ["executor target use local", "commands go to the daemon of this machine\n"],
      [`executor run ${pets}`, "false\n"],
      [`executor run --target team ${pets}`, "true\n"]
    ] as const)
      assert.deepStrictEqual(await typed(line), { code: 0, stdout: answer, stderr: "" })
  })
})
