// Search answers are read by a model: eight hits stay within about 2 KB, whatever the sources wrote.
import type { ToolSummary } from "@executor-v2/schema"
import { cut } from "../json-schema/Prose.ts"

/** Bytes of JSON that one hit may take on average. */
const bytesPerHit = 240

/** Longest summary and signature, in characters, from what is wanted to what always fits. */
const steps = [
  [120, 200],
  [120, 140],
  [100, 110],
  [90, 90],
  [70, 70],
  [50, 50]
] as const

const encoder = new TextEncoder()

/** Cuts summaries and signatures until the hits are within their budget. Paths are never cut. */
export const fitAnswer = (hits: ReadonlyArray<ToolSummary>): ReadonlyArray<ToolSummary> => {
  let fitted = hits
  for (const [summary, signature] of steps) {
    fitted = hits.map((hit) => ({
      path: hit.path,
      summary: cut(hit.summary, summary),
      signature: cut(hit.signature, signature)
    }))
    if (encoder.encode(JSON.stringify(fitted)).length <= bytesPerHit * hits.length) break
  }
  return fitted
}
