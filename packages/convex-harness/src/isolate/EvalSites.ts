// Finds where bundled code could make code from text, by package: it may be there, in packages known not to use it, but it
// would fail in the default runtime.
import { readFile } from "node:fs/promises"
import { extname } from "node:path"
import { transform } from "esbuild"
import type { Loader } from "esbuild"
import type { FunctionBundle } from "../FunctionBundle.ts"

const makesCode = /\bnew Function\b|\bFunction\(|(?<![\w$.])eval\(/
const loaders: Readonly<Record<string, Loader>> = {
  ".ts": "ts",
  ".mts": "ts",
  ".cts": "ts",
  ".tsx": "tsx",
  ".jsx": "jsx"
}

/** One source file that is in the bundle and has `new Function`, `Function(` or `eval(` outside comments. */
export interface EvalSite {
  /** The package's name; for files outside `node_modules` their path. */
  readonly from: string
  readonly file: string
}

/** Every such file whose code is still in the bundle after unused code has been taken out. */
export async function evalSites(bundle: FunctionBundle): Promise<ReadonlyArray<EvalSite>> {
  const suspects = new Set<string>()
  for (const [output, { inputs }] of Object.entries(bundle.metafile.outputs)) {
    const code = bundle.files.find((file) => output.endsWith(`/${file.path}`) || output === `out/${file.path}`)?.code
    if (code === undefined || !makesCode.test(code)) continue
    for (const [input, { bytesInOutput }] of Object.entries(inputs)) if (bytesInOutput > 0) suspects.add(input)
  }
  const sites: Array<EvalSite> = []
  for (const file of [...suspects].sort()) {
    if (/^[\w-]+:/.test(file)) continue
    const text = await readFile(file, "utf8")
    if (!makesCode.test(text)) continue
    const { code } = await transform(text, {
      loader: loaders[extname(file)] ?? "js",
      minifySyntax: true,
      legalComments: "none"
    })
    if (makesCode.test(code)) sites.push({ from: packageOf(file), file })
  }
  return sites
}

function packageOf(file: string): string {
  const inside = file.split("node_modules/").at(-1)
  if (inside === undefined || inside === file) return file
  return inside
    .split("/")
    .slice(0, inside.startsWith("@") ? 2 : 1)
    .join("/")
}
