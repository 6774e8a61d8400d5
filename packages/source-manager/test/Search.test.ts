import type { SourceName } from "@executor-v2/schema"
import { describe, expect, it } from "vitest"
import { nearestNames } from "../src/search/Nearest.ts"
import type { CompiledTool } from "../src/Provider.ts"
import { makeSegment } from "../src/search/Ranking.ts"
import { Searcher } from "../src/search/Search.ts"
import { fitAnswer } from "../src/search/SearchAnswer.ts"
import { termsOf } from "../src/search/Terms.ts"

const tool = (name: string, summary: string, readOnly = false): CompiledTool => ({
  name,
  summary,
  description: summary,
  signature: "",
  typescript: "",
  traits: { readOnly, destructive: false, idempotent: false },
  keywords: [],
  input: {},
  binding: null
})

const tracker = [
  tool("issues.create", "Create an issue"),
  tool("issues.list", "List issues", true),
  tool("issues.get", "Get an issue", true),
  tool("issues.deleteComment", "Delete an issue comment"),
  tool("pulls.merge", "Merge a pull request"),
  tool("releases.list", "List releases", true)
]
const disk = [
  tool("create_directory", "Create a new directory"),
  tool("list_directory", "List what a directory contains", true)
]
const house = [tool("tools.search", "Find tools by what they should do", true), tool("runs.list", "List runs", true)]

const searchable = (source: string, tools: ReadonlyArray<CompiledTool>, builtin = false) => ({
  source: source as SourceName,
  segment: makeSegment(tools.map(termsOf)),
  builtin
})

const all = { tracker, disk, executor: house }
const searcher = new Searcher([
  searchable("tracker", tracker),
  searchable("disk", disk),
  searchable("executor", house, true)
])
const find = (query: string, source?: string) =>
  searcher
    .search(query, source as SourceName | undefined)
    .map((match) => `${match.source}.${all[match.source as keyof typeof all][match.tool]!.name}`)

describe("search", () => {
  it("reads whole sentences, however few of their words occur in a tool", () => {
    expect(find("could you please have a look which issues there are at the moment, thanks a lot")[0]).toBe(
      "tracker.issues.list"
    )
  })

  it("tells reading from writing", () => {
    expect(find("file a new issue")[0]).toBe("tracker.issues.create")
    expect(find("get rid of a comment on an issue")[0]).toBe("tracker.issues.deleteComment")
  })

  it("knows what people call things", () => {
    expect(find("make a folder")[0]).toBe("disk.create_directory")
    expect(find("which tickets are open?")[0]).toBe("tracker.issues.list")
    expect(find("land my PR")[0]).toBe("tracker.pulls.merge")
  })

  it("knows what people say instead, with words in between", () => {
    expect(find("throw that rude comment away")[0]).toBe("tracker.issues.deleteComment")
    expect(find("I'd like to file a bug report")[0]).toBe("tracker.issues.create")
    expect(find("bring the two branches of my pull request together")[0]).toBe("tracker.pulls.merge")
  })

  it("tells the thing that is asked for from the thing it belongs to", () => {
    const access = [
      tool("teams.listRepos", "List team repositories", true),
      tool("repos.listTeams", "List repository teams", true)
    ]
    const best = (query: string) => access[new Searcher([searchable("hub", access)]).search(query)[0]!.tool]!.name
    expect(best("which repositories belong to the team?")).toBe("teams.listRepos")
    expect(best("which teams belong to the repository?")).toBe("repos.listTeams")
  })

  it("prefers what is one's own when one says so, and what is not outdated", () => {
    const keys = [
      tool("keys.listForOrg", "List keys of an organization", true),
      tool("keys.listLegacy", "List keys (legacy)", true),
      tool("keys.listForAuthenticatedUser", "List keys of the authenticated user", true)
    ]
    const best = (query: string) => keys[new Searcher([searchable("hub", keys)]).search(query)[0]!.tool]!.name
    expect(best("list my keys")).toBe("keys.listForAuthenticatedUser")
    expect(best("list the keys of our company")).toBe("keys.listForOrg")
  })

  it("does not take the name of a source for what is wanted", () => {
    const pages = [tool("pages.get", "Get a TrackerHub page", true), tool("notes.get", "Get a note", true)]
    const hub = new Searcher([searchable("trackerhub", pages), searchable("disk", disk)])
    expect(pages[hub.search("show the note on TrackerHub")[0]!.tool]!.name).toBe("notes.get")
  })

  it("keeps to one source when asked to", () => {
    expect(find("list", "disk").every((path) => path.startsWith("disk."))).toBe(true)
    expect(find("list", "nowhere")).toEqual([])
  })

  it("prefers the source that a query names", () => {
    expect(find("create something on the disk")[0]).toBe("disk.create_directory")
  })

  it("keeps the host's own tools out of the way until they are meant", () => {
    expect(find("list what there is")[0]).not.toMatch(/^executor\./)
    expect(find("executor runs")[0]).toBe("executor.runs.list")
  })

  it("answers nothing to words that occur nowhere, and to no words at all", () => {
    expect(find("zzyzx")).toEqual([])
    expect(find("")).toEqual([])
    expect(find("?!  \u0000")).toEqual([])
  })

  it("survives a query that is a book", () => {
    expect(find("create an issue ".repeat(50_000))[0]).toBe("tracker.issues.create")
  })

  it("ranks the same whatever other sources come and go", () => {
    const alone = new Searcher([searchable("tracker", tracker)]).search("remove an issue comment")
    expect(tracker[alone[0]!.tool]!.name).toBe("issues.deleteComment")
    expect(find("remove an issue comment")[0]).toBe("tracker.issues.deleteComment")
  })
})

describe("a search answer", () => {
  const hit = (index: number) => ({
    path: `source.group${index}.operationNumber${index}` as never,
    summary: "word ".repeat(60),
    signature: "x: string; ".repeat(80)
  })

  it("stays within 2 KB for eight hits, whatever their sources wrote", () => {
    const fitted = fitAnswer(Array.from({ length: 8 }, (_, index) => hit(index)))
    expect(new TextEncoder().encode(JSON.stringify({ hits: fitted, total: 8 })).length).toBeLessThanOrEqual(2_048)
    expect(fitted.map(({ path }) => path)).toEqual(Array.from({ length: 8 }, (_, index) => hit(index).path))
  })

  it("leaves short hits as they are", () => {
    const short = [{ path: "a.b" as never, summary: "Does it", signature: "() => Promise<void>" }]
    expect(fitAnswer(short)).toEqual(short)
  })
})

describe("names that may have been meant", () => {
  const names = ["issues.create", "issues.createComment", "repos.list", "list_directory"]

  it("are found through slips, other cases and a missing group", () => {
    expect(nearestNames("issues.craete", names, 3)[0]).toBe("issues.create")
    expect(nearestNames("listDirectory", names, 3)[0]).toBe("list_directory")
    expect(nearestNames("createComment", names, 3)[0]).toBe("issues.createComment")
  })

  it("are none when nothing is close", () => {
    expect(nearestNames("quantumTeleport", names, 3)).toEqual([])
    expect(nearestNames("", names, 3)).toEqual([])
  })
})
