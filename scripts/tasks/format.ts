// `npm run format`: brings every source file into the one form that `npm run check` asks for.
import { binOf, inherit } from "../check/Commands.ts"
import { formattedFiles } from "../check/Tools.ts"

const files = process.argv.slice(2)
process.exitCode = await inherit(binOf("oxfmt"), files.length === 0 ? formattedFiles : files)
