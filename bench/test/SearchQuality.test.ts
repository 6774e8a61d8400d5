// The release gate of search: its quality on the test parts of both sets of labelled queries may not fall below what
// was reached. Floors are one to two points under it; what is claimed is claimed of the stranger's set.
import { describe, expect, it } from "vitest"
import { loadCorpus, ourRanker, plainRanker } from "../search/Corpus.ts"
import { evaluate, loadQueries, type LabelledQuery } from "../search/Evaluation.ts"

const corpus = loadCorpus()
const [ours, plain] = [ourRanker(corpus), plainRanker(corpus)]
const queries = [...loadQueries("stranger"), ...loadQueries("author")]
const strangers = loadQueries("stranger").filter(({ split }) => split === "test")
const testOf = (kind: LabelledQuery["kind"]) =>
  loadQueries("author").filter((query) => query.split === "test" && query.kind === kind)

/** What people and agents type without looking anything up. */
const everyday = [
  ["create issue", "github.issues.create"],
  ["list pull requests", "github.pulls.list"],
  ["get repository", "github.repos.get"],
  ["get user by username", "github.users.getByUsername"],
  ["merge pull request", "github.pulls.merge"],
  ["add comment to issue", "github.issues.createComment"],
  ["list branches", "github.repos.listBranches"],
  ["create release", "github.repos.createRelease"],
  ["trigger workflow", "github.actions.createWorkflowDispatch"],
  ["search code", "github.search.code"],
  ["write file", "filesystem.writeFile"],
  ["send slack message", "slack.slackPostMessage"],
  ["take screenshot", "playwright.browserTakeScreenshot"],
  ["count documents", "mongodb.count"]
] as const

describe("search quality", () => {
  it("is measured on at least 300 queries whose right answers are in the corpus", () => {
    expect(queries.length).toBeGreaterThanOrEqual(300)
    const paths = new Set(corpus.flatMap(({ name, tools }) => tools.map((tool) => squeeze(`${name}.${tool.name}`))))
    expect(queries.flatMap(({ relevant }) => relevant).filter((path) => !paths.has(squeeze(path)))).toEqual([])
  })

  it("does not fall on the sentences of a stranger", () => {
    const [reached, floor] = [evaluate(ours, strangers), evaluate(plain, strangers)]
    expect(reached.hit1).toBeGreaterThanOrEqual(0.57)
    expect(reached.hit5).toBeGreaterThanOrEqual(0.76)
    expect(reached.mrr).toBeGreaterThanOrEqual(0.66)
    expect(reached.mrr).toBeGreaterThan(floor.mrr + 0.4)
  })

  it("does not fall on sentences that never name the tool", () => {
    const [reached, floor] = [evaluate(ours, testOf("plain")), evaluate(plain, testOf("plain"))]
    expect(reached.hit1).toBeGreaterThanOrEqual(0.72)
    expect(reached.hit5).toBeGreaterThanOrEqual(0.9)
    expect(reached.mrr).toBeGreaterThanOrEqual(0.8)
    expect(reached.mrr).toBeGreaterThan(floor.mrr + 0.25)
  })

  it("does not fall on sentences that use no word of the tool's name", () => {
    const [reached, floor] = [evaluate(ours, testOf("paraphrase")), evaluate(plain, testOf("paraphrase"))]
    expect(reached.hit5).toBeGreaterThanOrEqual(0.76)
    expect(reached.mrr).toBeGreaterThanOrEqual(0.64)
    expect(reached.mrr).toBeGreaterThan(floor.mrr + 0.4)
  })

  it.each(everyday)("puts the obvious tool first for: %s", (query, path) => {
    expect(squeeze(ours(query)[0] ?? "")).toBe(squeeze(path))
  })
})

function squeeze(path: string): string {
  return path.toLowerCase().replace(/[^a-z0-9]/g, "")
}
