// `npm run e2e:agents [-- claude codex]`: the real agents, installed into a temporary folder, driven headless by a scripted
// model on loopback through `executor <agent>`. Shows that each really calls `execute` and gets the result back. Needs the
// npm registry and about a gigabyte for a while; no account, no key, nothing of the user's is read or written.
import { claude } from "./agents/Claude.ts"
import { codex } from "./agents/Codex.ts"
import { drive } from "./agents/Drive.ts"
import type { RealAgent } from "./agents/RealAgent.ts"

const agents: Readonly<Record<string, RealAgent>> = { claude, codex }

const main = async (wanted: ReadonlyArray<string>): Promise<number> => {
  const unknown = wanted.filter((name) => agents[name] === undefined)
  if (unknown.length > 0) {
    console.error(`no such agent: ${unknown.join(", ")}. Agents: ${Object.keys(agents).join(", ")}`)
    return 2
  }
  let failed = 0
  for (const agent of Object.values(agents)) {
    if (wanted.length > 0 && !wanted.includes(agent.name)) continue
    console.log(`${agent.name} (${agent.pkg}@${agent.version})`)
    try {
      for (const line of await drive(agent)) console.log(`  ok   ${line}`)
    } catch (error) {
      failed += 1
      console.log(`  FAIL ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  return failed === 0 ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2))
