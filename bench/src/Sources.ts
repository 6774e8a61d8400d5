// Sources that suites register, by the owner's door.
import type { Executor } from "@executor-v2/sdk"
import type { Daemon as Facts } from "@executor-v2/sdk/pm"
import type { Source, SourceLocation, SourceName } from "@executor-v2/schema"
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"

/** Registers a source and waits until its tools can be called. */
export const addSource = async (
  owner: Executor.Executor<Facts>,
  name: string,
  location: SourceLocation
): Promise<Source> => {
  let last: Source | undefined
  for await (const source of owner.sources.add({ name: name as SourceName, location })) last = source
  if (last?.state === "connected") return last
  throw new Error(`source ${name} is ${last?.state ?? "not there"}: ${last?.failure?.message ?? "no reason given"}`)
}

/** GitHub's REST description, 1,223 operations in 13 MB. */
export const githubDescription = (): Buffer =>
  readFileSync(createRequire(import.meta.url).resolve("@octokit/openapi/generated/api.github.com.json"))

/** A tool of it that takes no arguments, by its path in a source named `github`. */
export const githubCall = "return (await tools.github.meta.root({})).id"
