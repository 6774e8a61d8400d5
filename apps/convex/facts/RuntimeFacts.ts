// Facts of the runtime: Effect in queries and mutations, the sandbox in actions, the network.
import { type Fact, refusal, same, words } from "./Fact.ts"

const steps = 10_000

const guest = (name: string, says: string, javascript: string, ends: RegExp): Fact => ({
  name,
  says,
  seen: "anywhere",
  check: async (probe) => {
    const ended = String(await probe.action("actions:guest", { javascript }))
    if (!ends.test(ended)) throw new Error(`the program ${ended}`)
    same(await probe.action("actions:guest", { javascript: "return 1 + 1" }), "2", "the next program")
    return ended
  }
})

export const runtimeFacts: ReadonlyArray<Fact> = [
  {
    name: "many-operations",
    says: "A mutation may do more than 2,048 operations of Effect, fork and join, with the microtask scheduler.",
    seen: "anywhere",
    check: async (probe) => {
      same(await probe.mutation("probes:manySteps", { operations: steps }), steps)
      same(await probe.mutation("probes:forks"), 1, "what the fork gave")
      return `${steps} operations`
    }
  },
  {
    name: "no-timers",
    says: "With Effect's own scheduler it fails: timers do not fire in queries and mutations. It does not hang.",
    seen: "anywhere",
    check: async (probe) =>
      words(await refusal(probe.mutation("probes:manyStepsByTimer", { operations: steps }), "the mutation"))
  },
  {
    name: "wasm",
    says: "A .wasm file can be imported as a compiled module, and a WebAssembly.Memory keeps to its maximum.",
    seen: "anywhere",
    check: async (probe) => {
      same(await probe.action("actions:wasm"), { module: true, grew: 3, bytes: 4 * 65_536 })
      return "4 of 4 pages, then refused"
    }
  },
  guest(
    "memory-cap",
    "A program that wants all memory is ended; the action lives on.",
    "const all = []; for (;;) all.push('x'.repeat(1e5) + all.length)",
    /^ended: memory$/
  ),
  guest("endless-loop", "A program that loops for ever is stopped by the clock.", "for (;;);", /^ended: turn-timeout$/),
  guest(
    "recursion",
    "A program that recurses too deeply gets an error of its own.",
    "const again = () => again() + 1; again()",
    /^threw (RangeError|InternalError)/
  ),
  guest(
    "native-recursion",
    "Native code of the sandbox's engine that recurses too deeply ends the program, not the action.",
    "JSON.parse('['.repeat(1e5))",
    /^threw |^ended: crashed$/
  ),
  {
    name: "clocks",
    says: "performance.now and Date.now go on while an action only computes: the sandbox's limits need them.",
    seen: "anywhere",
    check: async (probe) => {
      const { date, precise, turns } = (await probe.action("actions:clocks")) as Readonly<Record<string, number>>
      if (!(precise! >= 20 && date! > 0)) throw new Error(`after ${turns} turns: ${precise} ms and ${date} ms`)
      return `20 ms after ${turns} turns`
    }
  },
  {
    name: "redirect-manual",
    says: 'fetch with redirect: "manual" gives the 3xx answer itself, with its location.',
    seen: "anywhere",
    check: async (probe) => {
      const url = `${probe.backend.siteUrl}/elsewhere`
      const { location, status, type } = (await probe.action("actions:redirected", { url })) as Record<string, unknown>
      same({ location, status }, { location: "http://127.0.0.1:1/", status: 302 })
      return `302, type ${String(type)}`
    }
  },
  {
    name: "variables",
    says: "Variables of the deployment are in process.env of both runtimes.",
    seen: "anywhere",
    check: async (probe) => {
      same(await probe.query("probes:variable"), "set", "FACTS_VARIABLE")
      const { node, variable } = (await probe.action("native:variable")) as Record<string, string>
      same(variable, "set", 'FACTS_VARIABLE in "use node"')
      return `the other runtime is Node ${node}`
    }
  }
]
