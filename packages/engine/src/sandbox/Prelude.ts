// The guest code that is evaluated in every new isolate before agent code: bridge, globals and shims, in one closure.
// It is text on purpose: it runs in another engine (isolated-vm here, QuickJS on Convex), never in the host.
import { bridge } from "./guest/Bridge.ts"
import { globals } from "./guest/Globals.ts"
import { text } from "./guest/Text.ts"
import { url } from "./guest/Url.ts"

/** Body of a function without parameters; returns `turn(text, main)`, the host's only way in. */
export const prelude = `${bridge}
const EvalErrorOf = EvalError
{
${globals}
{
${text}
${url}
}
}
return turn
`
