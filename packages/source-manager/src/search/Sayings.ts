// What people say instead of the word that interfaces use: "switch it off" is disable, "who starred" is stargazers.
// English of people who build and use software; nothing here knows a particular tool.
import { acts } from "./sayings/Acts.ts"
import { changes } from "./sayings/Changes.ts"
import { delivery } from "./sayings/Delivery.ts"
import { everyday } from "./sayings/Everyday.ts"
import { operations } from "./sayings/Operations.ts"
import { teamwork } from "./sayings/Teamwork.ts"
import { tracking } from "./sayings/Tracking.ts"

/** What is said (right) for what is meant (left). */
export type Entry = readonly [meaning: string, said: ReadonlyArray<string>]

/**
 * Reads the entries. One a line, indented lines going on with it: what interfaces call it, ` = `, then how people say
 * it, separated by commas. `..` stands for a few words in between, `a|b` for either, `^` for the beginning of a query.
 */
export const readEntries = (): ReadonlyArray<Entry> =>
  [acts, tracking, delivery, teamwork, changes, operations, everyday]
    .join("")
    .replace(/\n {2}/g, " ")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [meaning, said] = line.split(" = ") as [string, string]
      return [meaning, said.split(", ")]
    })
