// `npm run bench -- SUITE [--json]`: measures the built product; the suites live in bench/.
import { join } from "node:path"
import { inherit, root } from "../check/Commands.ts"

process.exitCode = await inherit(join(root, "bench/src/main.ts"), process.argv.slice(2))
