// All facts that are asked of a backend, in the order in which they are asked.
import { dataFacts } from "./DataFacts.ts"
import { doorFacts } from "./DoorFacts.ts"
import type { Fact } from "./Fact.ts"
import { runtimeFacts } from "./RuntimeFacts.ts"

export { restartFacts } from "./DataFacts.ts"
export { type Backend, type Fact, Probe } from "./Fact.ts"

export const facts: ReadonlyArray<Fact> = [...runtimeFacts, ...dataFacts, ...doorFacts]
