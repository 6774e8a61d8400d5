// `npm run e2e:agents`: drives the real agents with a scripted model. Needs the network; not part of `npm test`.
import { join } from "node:path"
import { inherit, root } from "../check/Commands.ts"

process.exitCode = await inherit(join(root, "e2e/src/agents.ts"), process.argv.slice(2))
