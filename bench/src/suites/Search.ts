// Finding a tool: how fast, how much a model must read, and how often the right one comes first.
import { startDaemon } from "../Daemon.ts"
import { addSource, githubDescription } from "../Sources.ts"
import { interleaved, median, timed } from "../Statistics.ts"
import type { Bench, Suite } from "../Suite.ts"
import { serveUpstream } from "../Upstream.ts"
import { loadCorpus, loadDistractors, ourRanker, plainRanker } from "../../search/Corpus.ts"
import { evaluate, loadQueries } from "../../search/Evaluation.ts"

const searches = 20

/** One run with so many searches, one after the other. */
const program = (queries: ReadonlyArray<string>) =>
  `for (const query of ${JSON.stringify(queries)}) await tools.executor.tools.search({ query })\nreturn 1`

const bytes = (text: string) => Buffer.byteLength(text)

const viaProduct = async (bench: Bench, queries: ReadonlyArray<string>): Promise<void> => {
  const upstream = await serveUpstream(bench, { files: { "/github.json": githubDescription() } })
  const daemon = await startDaemon(bench)
  const owner = await daemon.owner()
  const client = daemon.agent()
  const location = { _tag: "Url", url: `${upstream.url}/github.json`, baseUrl: upstream.url } as const
  const perSearch = async () => {
    const { base, many } = await interleaved(
      15,
      {
        base: () => timed(() => client.execute("return 1")),
        many: () => timed(() => client.execute(program(queries.slice(0, searches))))
      },
      3
    )
    return (median(many) - median(base)) / searches
  }

  await addSource(owner, "github", location)
  bench.say("searching 1,223 tools")
  bench.report("one search within a run, 1,223 tools", "ms", await perSearch(), { goal: { atMost: 3 } })

  const answers: Array<number> = []
  for (const query of queries) {
    answers.push(
      bytes(await client.answerText(`return await tools.executor.tools.search({ query: ${JSON.stringify(query)} })`))
    )
  }
  bench.report("bytes of a search's answer", "B", answers, { goal: { atMost: 2_048 } })
  const hits = (
    await client.execute(`const seen = new Set()
for (const query of ${JSON.stringify(queries)}) for (const { path } of (await tools.executor.tools.search({ query })).hits) seen.add(path)
return [...seen]`)
  ).value as ReadonlyArray<string>
  const described: Array<number> = []
  for (const path of hits.slice(0, 100)) {
    described.push(
      bytes(await client.answerText(`return await tools.executor.tools.describe({ path: ${JSON.stringify(path)} })`))
    )
  }
  bench.report("bytes of a describe's answer", "B", described, { goal: { atMost: 2_048 } })

  bench.say("registering eight more copies")
  for (let copy = 2; copy <= 9; copy++) await addSource(owner, `github${copy}`, location)
  bench.report("one search within a run, 11,007 tools", "ms", await perSearch(), { goal: { atMost: 10 } })
}

const quality = (bench: Bench): void => {
  bench.say("labelled queries")
  const corpus = loadCorpus()
  const file = process.env["EXECUTOR_BENCH_MCP_TOOLS"]
  const all = file === undefined ? corpus : [...corpus, ...loadDistractors(file)]
  const queries = loadQueries()
  for (const split of ["dev", "test"] as const) {
    const asked = queries.filter((query) => query.split === split)
    const ours = evaluate(ourRanker(all), asked)
    const plain = evaluate(plainRanker(all), asked)
    const goals =
      split === "test"
        ? { hit1: { atLeast: 0.6 }, hit5: { atLeast: 0.88 }, mrr: { ratioAtLeast: 1 } }
        : { hit1: {}, hit5: {}, mrr: {} }
    for (const measure of ["hit1", "hit5", "mrr"] as const) {
      bench.report(`${measure}, ${asked.length} ${split} queries (floor: minisearch)`, "", ours[measure], {
        floor: plain[measure],
        goal: goals[measure]
      })
    }
  }
}

export const search: Suite = {
  name: "search",
  about: "speed, size of answers, quality on labelled queries against plain BM25",
  run: async (bench) => {
    quality(bench)
    await viaProduct(
      bench,
      loadQueries()
        .filter(({ split }) => split === "dev")
        .slice(0, 40)
        .map(({ query }) => query)
    )
  }
}
