// What one host answered, kept until the other one is asked the same: "same execution semantics" is held to the letter.
import { assert } from "vitest"
import type { HostName } from "./Hosts.ts"

const answers = new Map<string, { readonly host: HostName; readonly answer: string }>()

/** Fields come in any order, and an error's column is where the engine has it (`Differences.ts`). */
const plain = (_key: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(
        Object.entries(value)
          .filter(([key]) => key !== "column")
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
      )
    : value

/** Identifiers are made anew for each run; all else is to be equal, in every word. */
const comparable = (answer: unknown): string => JSON.stringify(answer, plain).replaceAll(/\brun_[0-9a-z]+/g, "run_…")

/** Asserts that both hosts give the same answer to `question`; the first one only gives it. */
export const sameOnBoth = (host: HostName, question: string, answer: unknown): void => {
  const said = comparable(answer)
  const before = answers.get(question)
  if (before === undefined) return void answers.set(question, { host, answer: said })
  assert.notStrictEqual(before.host, host, `"${question}" was asked twice of one host`)
  assert.strictEqual(said, before.answer, `${host} and ${before.host} answer differently: ${question}`)
  answers.set(question, { host: before.host, answer: said })
  compared.add(question)
}

const compared = new Set<string>()

/** Questions that only one host was asked. */
export const uncompared = (): ReadonlyArray<string> => [...answers.keys()].filter((question) => !compared.has(question))
