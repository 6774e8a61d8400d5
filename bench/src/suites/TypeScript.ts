// What it costs to read an agent's TypeScript.
import { loadTranspiler } from "@executor-v2/engine/sandbox/Oxc"
import { createRequire } from "node:module"
import { pmProgram } from "../Product.ts"
import { timed } from "../Statistics.ts"
import type { Suite } from "../Suite.ts"

const block = (
  index: number
) => `interface Order${index} { readonly id: number; city?: string; lines: Array<{ sku: string; count: number }> }
const orders${index} = (await tools.shop.listOrders({ page: ${index} })) as Array<Order${index}>
const byCity${index} = new Map<string, number>()
for (const order of orders${index}) {
  const count: number = order.lines.reduce((sum: number, line) => sum + line.count, 0)
  byCity${index}.set(order.city ?? "unknown", (byCity${index}.get(order.city ?? "unknown") ?? 0) + count)
}
enum Size${index} { Small, Large = "large" }
const label${index} = <T extends string>(name: T): T => name satisfies string as T
console.log(label${index}(\`page ${index}\`), Size${index}.Large, [...byCity${index}.entries()])
`

/** A program of so many lines, without anything that repeats word for word. */
const program = (lines: number): string => {
  const text = Array.from({ length: Math.ceil(lines / 10) }, (_, index) => block(index))
    .join("")
    .split("\n")
    .slice(0, lines - 1)
  return `${text.join("\n")}\nreturn byCity0.size`
}

export const typescript: Suite = {
  name: "typescript",
  about: "TypeScript to JavaScript, 50 and 2,000 lines",
  run: async (bench) => {
    const { transpile } = loadTranspiler(createRequire(pmProgram).resolve("oxc-transform"))
    for (const [lines, rounds, atMost] of [
      [50, 400, 0.4],
      [2_000, 60, 14]
    ] as const) {
      const code = program(lines)
      const figures: Array<number> = []
      for (let round = -rounds / 4; round < rounds; round++) {
        const figure = await timed(() => {
          if ("problem" in transpile(code)) throw new Error("the program of the suite is not accepted")
        })
        if (round >= 0) figures.push(figure)
      }
      bench.report(`${lines} lines`, "ms", figures, { goal: { atMost } })
    }
  }
}
