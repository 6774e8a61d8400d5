// Facts of the data: documents, transactions and their conflicts, files, what is scheduled.
import { type Fact, refusal, same, words } from "./Fact.ts"

const writers = 30
const drivers = 8

export const dataFacts: ReadonlyArray<Fact> = [
  {
    name: "documents",
    says: "Documents over 1 MiB, 8,192 elements or 16 levels, with $, _ or non-ASCII keys, or wrong records are refused.",
    seen: "anywhere",
    check: async (probe) => {
      const kinds = (await probe.query("probes:refusals")) as ReadonlyArray<string>
      const told: Array<string> = []
      for (const kind of kinds) {
        const message = words(await refusal(probe.mutation("probes:write", { kind }), `a document with ${kind}`))
        told.push(`${kind}: ${message}`)
      }
      await probe.mutation("probes:writeWell")
      return told.join("; ")
    }
  },
  {
    name: "rollback",
    says: "A mutation that throws a ConvexError writes nothing, and the action that called it gets the error's data.",
    seen: "anywhere",
    check: async (probe) => {
      const name = `rolled back ${probe.id}`
      same(await probe.action("actions:failing", { name }), { _tag: "Refused", name }, "the error's data")
      same(await probe.marks(name), [], "what it wrote")
      return "data arrived, nothing written"
    }
  },
  {
    name: "file-rollback",
    says: "A file whose deletion was rolled back is still there.",
    seen: "anywhere",
    check: async (probe) => {
      same(await probe.action("actions:keepsFile"), "kept", "the file")
      return "kept"
    }
  },
  {
    name: "conflicts",
    says: "Writers of one row conflict, are run again, and none is lost. Who gives up is told so in known words.",
    seen: "anywhere",
    check: async (probe) => {
      const name = `count ${probe.id}`
      const all = await Promise.allSettled(
        Array.from({ length: writers }, () => probe.mutation("probes:increment", { name }))
      )
      const refused = all.flatMap((one) => (one.status === "rejected" ? [String(one.reason)] : []))
      for (const message of refused)
        if (!/changed while this mutation was being run/.test(message)) throw new Error(`in other words: ${message}`)
      const count = await probe.until("the count", async () => probe.mutation("probes:increment", { name }))
      same(count, writers - refused.length + 1, "the count")
      return `${writers} at once, ${refused.length} gave up${refused[0] === undefined ? "" : `: ${words(refused[0])}`}`
    }
  },
  {
    name: "large-commit",
    says: "One commit of 1,000 events, each of its own entity, stays within what a mutation may do.",
    seen: "anywhere",
    check: async (probe) => {
      const { took } = (await probe.action("actions:commit", { run: `run_${probe.id}`, calls: 999 })) as {
        readonly took: number
      }
      return `${took} ms`
    }
  },
  {
    name: "scheduler",
    says: "What a commit schedules is started once, soon after it.",
    seen: "anywhere",
    check: async (probe) => {
      const run = `run_${probe.id}`
      const { committedAt } = (await probe.action("actions:commit", { run, calls: 1 })) as {
        readonly committedAt: number
      }
      const startedAt = await probe.marked(`driven ${run}`)
      same((await probe.marks(`driven ${run}`)).length, 1, "the number of starts")
      return `${(startedAt ?? 0) - committedAt} ms after the commit`
    }
  },
  {
    name: "one-driver",
    says: "Of drivers that claim one run at once exactly one gets it.",
    seen: "anywhere",
    check: async (probe) => {
      const run = `run_${probe.id}`
      await probe.action("actions:commit", { run, calls: 1 })
      const claims = await Promise.all(Array.from({ length: drivers }, () => probe.action("actions:claim", { run })))
      same(claims.filter((claim) => claim !== null).length, 1, "the number of winners")
      return `1 of ${drivers}`
    }
  },
  {
    name: "crons",
    says: "Crons fire by themselves.",
    seen: { onlyOnABackend: "the harness fires them when it is told to" },
    check: async (probe) => {
      const before = (await probe.marks("tick")).length
      await probe.until("a tick", async () => ((await probe.marks("tick")).length > before ? true : undefined), 40)
      return "one within 40 s"
    }
  },
  {
    name: "killed-action",
    says: "An action that takes too long is ended and not started again; its finalizers cannot write.",
    seen: { onlyOnABackend: "the harness has no time limit; tests there kill actions by name" },
    hindered: ({ actionSeconds }) =>
      actionSeconds === undefined ? "needs a backend with a small V8_ACTION_USER_TIMEOUT_SECS" : undefined,
    check: async (probe) => {
      const { actionSeconds = 0 } = probe.backend
      const id = String(await probe.mutation("probes:schedule", { job: "endless", name: probe.id }))
      const ended = async () => {
        const state = await probe.query("probes:scheduled", { id })
        return state === "pending" || state === "inProgress" ? undefined : String(state)
      }
      const state = await probe.until("its end", ended, actionSeconds + 60)
      same(state, "failed", "its state")
      same(await probe.marks(`cleaned up ${probe.id}`), [], "what its finalizers wrote")
      return `failed after about ${actionSeconds} s`
    }
  }
]

/** Set before a restart, looked for after it. */
export const restartFacts = {
  prepare: async (probe: { readonly mutation: (name: string, args: Record<string, string>) => Promise<unknown> }) => {
    await probe.mutation("probes:mark", { name: "before the restart" })
  },
  after: {
    name: "restart",
    says: "After a restart of the backend its data, functions and variables are as they were.",
    seen: { onlyOnABackend: "the harness is restarted in a suite of its own" },
    check: async (probe) => {
      if ((await probe.marks("before the restart")).length === 0) throw new Error("the mark from before is gone")
      same(await probe.query("probes:variable"), "set", "FACTS_VARIABLE")
      return "data, functions and variables are there"
    }
  } satisfies Fact
}
