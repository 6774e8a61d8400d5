// TypeScript to JavaScript with oxc, inside a sandbox process: its native parser recurses without a bound and reports
// every error with the whole line, so hostile code can overflow its stack or fill gigabytes. The host kills us then.
import { createRequire } from "node:module"
import { Script } from "node:vm"
import type * as OxcModule from "oxc-transform"
import { markup, moduleStatement, moduleSyntax, placeOfIndex, problemAt, type Problem } from "../CodeRules.ts"
import { originalPlace, placeOfByte } from "../SourcePlace.ts"
import type { Place } from "../Transpile.ts"

export interface Transpiler {
  readonly transpile: (code: string) => { readonly javascript: string } | { readonly problem: Problem }
  readonly locate: (code: string, place: Place) => Place | undefined
}

/** What oxc calls for TypeScript decorators. It stands on a line of its own before the program. */
const decoratorHelpers = `const babelHelpers = { __proto__: null, ${[
  "decorate(all, target, key, given) { const member = arguments.length > 2; " +
    "let out = !member ? target : given === null ? Object.getOwnPropertyDescriptor(target, key) : given; " +
    "for (let i = all.length - 1; i >= 0; i--) out = (member ? all[i](target, key, out) : all[i](out)) || out; " +
    "if (member && out) Object.defineProperty(target, key, out); return out }",
  "decorateParam(index, decorator) { return (target, key) => decorator(target, key, index) }"
].join(", ")} }\n`

/** oxc parses the body as a module, where a return outside a function is its only wrong complaint. */
const wrongComplaint = "A 'return' statement can only be used within a function body."

const asModule: OxcModule.TransformOptions = {
  lang: "ts",
  sourceType: "module",
  decorator: { legacy: true },
  helpers: { mode: "External" as OxcModule.HelperMode }
}

export const loadTranspiler = (path: string): Transpiler => {
  const oxc = createRequire(import.meta.url)(path) as typeof OxcModule
  const complaintsOf = (code: string, lang: "ts" | "tsx" = "ts") =>
    oxc.transformSync("code.ts", code, { ...asModule, lang }).errors.filter((error) => error.message !== wrongComplaint)

  /** Where the code's first import or export stands. */
  const modulePlace = (code: string): Place =>
    moduleStatement(code, (replaced) => complaintsOf(replaced).length > 0) ??
    placeOfIndex(code, Math.max(0, code.search(/\b(import|export)\b/)))
  /** oxc prints imports and exports as they are; the engine that would run them says so. */
  const isModule = (javascript: string): boolean => {
    try {
      new Script(`(async function () {"use strict"\n${javascript}\n})`)
      return false
    } catch (error) {
      return /\b(import|export)\b/.test(String(error)) && !String(error).includes("import.meta")
    }
  }
  return {
    transpile: (code) => {
      const { code: printed, errors, helpersUsed } = oxc.transformSync("code.ts", code, asModule)
      const complaint = errors.find((error) => error.message !== wrongComplaint)
      if (complaint !== undefined) {
        const help = complaint.helpMessage === null ? "" : `. ${complaint.helpMessage}`
        const place = placeOfByte(code, complaint.labels[0]?.start ?? 0)
        if (/<[A-Za-z>]/.test(code) && complaintsOf(code, "tsx").length === 0)
          return { problem: problemAt(code, place, markup) }
        return { problem: problemAt(code, place, complaint.message + help) }
      }
      if (/\b(import|export)\b/.test(code) && isModule(printed)) {
        return { problem: problemAt(code, modulePlace(code), moduleSyntax) }
      }
      return {
        javascript: "decorate" in helpersUsed || "decorateParam" in helpersUsed ? decoratorHelpers + printed : printed
      }
    },
    locate: (code, place) => {
      const { helpersUsed, map } = oxc.transformSync("code.ts", code, { ...asModule, sourcemap: true })
      const line = place.line - ("decorate" in helpersUsed || "decorateParam" in helpersUsed ? 1 : 0)
      return map === undefined || line < 1 ? undefined : originalPlace(map.mappings, { line, column: place.column })
    }
  }
}
