// The guest code that is evaluated in every new isolate before agent code: bridge, globals and shims, in one closure.
// It is text on purpose: it runs in another engine (isolated-vm here, QuickJS on Convex), never in the host.
import { bridge } from "./guest/Bridge.ts"
import { globals } from "./guest/Globals.ts"
import { text } from "./guest/Text.ts"
import { url } from "./guest/Url.ts"

/**
 * Body of a function without parameters; returns `turn(text, main)`, the host's only way in. `head`: characters that the
 * engine's wrapping puts before the program on its first line, where it cannot be told to leave them out of positions.
 */
export const preludeWith = (head: number): string => `${bridge}
const EvalErrorOf = EvalError, head = ${head}
{
${globals}
{
${text}
${url}
}
}
return turn
`

export const prelude = preludeWith(0)
