// Checks a value against JSON Schema (2020-12, and the older spellings of items and bounds) without eval and in bounded time.
// It never refuses what the schema allows; `oneOf` counts as `anyOf`, and `format` and `unevaluated*` say nothing.
import { canonicalJson } from "@executor-v2/schema"
import { quoted, visible } from "./Prose.ts"
import { isObject, makeRefs, own, ownArray, ownString, type JsonObject, type Refs } from "./Refs.ts"
import { matchesPattern, type PatternBudget } from "./SafePattern.ts"
import { charactersOf, expectedOf, givenOf, typeOf } from "./SchemaWords.ts"

/** One thing that is wrong with a value, in words. */
export interface Problem {
  /** Where, such as `labels[0].name`; empty for the value itself. */
  readonly field: string
  readonly expected: string
  readonly given: string
}

/** What is given where only declared properties may be. */
export const undeclared = "a property that is not declared"

/** A schema made ready; keep it as long as the schema. */
export interface PreparedSchema {
  readonly check: (value: unknown) => ReadonlyArray<Problem>
}

/** Steps of one check, in proportion to the value: hostile schemas and values could otherwise make it run for hours. */
const steps = { least: 100_000, perNode: 100, most: 1_000_000, alwaysPerNode: 4 }
/** Steps of the regular expressions that one check may test; patterns beyond are not tested. */
const patternSteps = 20_000_000
const mostProblems = 8
const deepest = 300

class OutOfSteps extends Error {}

interface Walk extends PatternBudget {
  readonly refs: Refs
  left: number
  depth: number
}

/** Where problems are collected; `undefined` when only the answer counts. */
type Report = Array<Problem> | undefined

export const prepareSchema = (schema: unknown): PreparedSchema => {
  const refs = makeRefs(schema)
  const run = (value: unknown, report: Report): boolean | undefined => {
    try {
      return check(schema, value, "", { refs, left: affordable(value), depth: 0, patternSteps }, report)
    } catch (error) {
      if (error instanceof OutOfSteps || error instanceof RangeError) return undefined
      throw error
    }
  }
  return {
    check: (value) => {
      // Most values fit: only those that do not are walked again for the words.
      const fits = run(value, undefined)
      if (fits === true) return []
      const problems: Array<Problem> = []
      if (fits === false) run(value, problems)
      const expected =
        fits === false ? "a value that fits its schema" : "smaller or simpler: this takes too long to check"
      return problems.length === 0 ? [{ field: "", expected, given: givenOf(value) }] : problems.slice(0, mostProblems)
    }
  }
}

const affordable = (value: unknown): number => {
  let nodes = 0
  const open = [value]
  while (open.length > 0) {
    const next = open.pop()
    nodes++
    if (typeof next === "object" && next !== null) for (const inner of Object.values(next)) open.push(inner)
  }
  return Math.max(nodes * steps.alwaysPerNode, Math.min(steps.most, steps.least + nodes * steps.perNode))
}

const spend = (walk: Walk, count: number): void => {
  walk.left -= count
  if (walk.left < 0) throw new OutOfSteps()
}

type Rule = (schema: JsonObject, value: unknown, at: string, walk: Walk, report: Report) => boolean

const check = (schema: unknown, value: unknown, at: string, walk: Walk, report: Report): boolean => {
  spend(walk, 1)
  if (schema === false) return fail(report, at, "nothing here", value)
  if (!isObject(schema) || walk.depth > deepest) return true
  if (!checkType(schema, value, at, report)) return false
  walk.depth++
  const before = report?.length ?? 0
  let passed = true
  for (const rule of rules) {
    if (!rule(schema, value, at, walk, report)) passed = false
    if (!passed && (report === undefined || report.length - before >= mostProblems)) break
  }
  walk.depth--
  return passed
}

const fail = (report: Report, field: string, expected: string | (() => string), value: unknown): false => {
  report?.push({ field, expected: typeof expected === "string" ? expected : expected(), given: givenOf(value) })
  return false
}

const checkType = (schema: JsonObject, value: unknown, at: string, report: Report): boolean => {
  const type = own(schema, "type")
  if (typeof type !== "string" && !Array.isArray(type)) return true
  const actual = typeOf(value)
  const wanted: ReadonlyArray<unknown> = Array.isArray(type) ? type : [type]
  const matches = wanted.some(
    (one) => one === actual || (one === "number" && actual === "integer") || !knownTypes.has(one)
  )
  if (matches || (actual === "null" && own(schema, "nullable") === true)) return true
  return fail(report, at, () => expectedOf(schema), value)
}

const knownTypes = new Set<unknown>(["string", "number", "integer", "boolean", "null", "array", "object"])

const checkRef: Rule = (schema, value, at, walk, report) => {
  const ref = ownString(schema, "$ref")
  if (ref === undefined) return true
  const target = walk.refs.find(ref)
  return target === undefined || check(target.value, value, at, walk, report)
}

const same = (left: unknown, right: unknown, walk: Walk): boolean => {
  spend(walk, 1 / 8)
  if (left === right) return true
  if (Array.isArray(left)) {
    if (!Array.isArray(right) || left.length !== right.length) return false
    return left.every((item, index) => same(item, right[index], walk))
  }
  if (!isObject(left) || !isObject(right)) return false
  const keys = Object.keys(left)
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && same(left[key], right[key], walk))
  )
}

// A list of choices is met again for each item of an array: looked up, not searched.
const choiceSets = new WeakMap<ReadonlyArray<unknown>, ReadonlySet<unknown>>()

const isOneOf = (choices: ReadonlyArray<unknown>, value: unknown, walk: Walk): boolean => {
  if (typeof value === "object" && value !== null) return choices.some((choice) => same(choice, value, walk))
  let set = choiceSets.get(choices)
  if (set === undefined) choiceSets.set(choices, (set = new Set(choices)))
  return set.has(value)
}

const checkChoice: Rule = (schema, value, at, walk, report) => {
  const choices = own(schema, "enum")
  if (Array.isArray(choices)) {
    if (typeof value === "object") spend(walk, choices.length)
    if (!isOneOf(choices, value, walk)) return fail(report, at, () => expectedOf({ enum: choices }), value)
  }
  return Object.hasOwn(schema, "const") && !same(schema["const"], value, walk)
    ? fail(report, at, () => expectedOf({ const: schema["const"] }), value)
    : true
}

const checkScalar: Rule = (schema, value, at, walk, report) => {
  if (typeof value === "string") return checkString(schema, value, at, walk, report)
  return typeof value === "number" ? checkNumber(schema, value, at, report) : true
}

const bound = (schema: JsonObject, keyword: string): number | undefined => {
  const found = own(schema, keyword)
  return typeof found === "number" ? found : undefined
}

const checkString = (schema: JsonObject, value: string, at: string, walk: Walk, report: Report): boolean => {
  const min = bound(schema, "minLength")
  const max = bound(schema, "maxLength")
  if (min !== undefined || max !== undefined) {
    // Characters are code points: only a text near the bound needs counting.
    const near = Math.max(min ?? 0, max ?? 0)
    if (value.length <= 2 * near) spend(walk, value.length / 256)
    const length = value.length > 2 * near ? value.length / 2 : charactersOf(value, near)
    if (min !== undefined && length < min) return fail(report, at, `a string of at least ${min} characters`, value)
    if (max !== undefined && length > max) return fail(report, at, `a string of at most ${max} characters`, value)
  }
  const pattern = ownString(schema, "pattern")
  if (pattern !== undefined && matchesPattern(pattern, value, walk) === false) {
    return fail(report, at, `a string that matches ${visible(pattern.slice(0, 100))}`, value)
  }
  return true
}

const checkNumber = (schema: JsonObject, value: number, at: string, report: Report): boolean => {
  const minimum = bound(schema, "minimum")
  const maximum = bound(schema, "maximum")
  const above = bound(schema, "exclusiveMinimum") ?? (own(schema, "exclusiveMinimum") === true ? minimum : undefined)
  const below = bound(schema, "exclusiveMaximum") ?? (own(schema, "exclusiveMaximum") === true ? maximum : undefined)
  if (minimum !== undefined && value < minimum) return fail(report, at, `a number of at least ${minimum}`, value)
  if (maximum !== undefined && value > maximum) return fail(report, at, `a number of at most ${maximum}`, value)
  if (above !== undefined && value <= above) return fail(report, at, `a number above ${above}`, value)
  if (below !== undefined && value >= below) return fail(report, at, `a number below ${below}`, value)
  const step = bound(schema, "multipleOf")
  if (step !== undefined && step > 0) {
    const quotient = value / step
    if (Math.abs(quotient - Math.round(quotient)) > 1e-9 * Math.max(1, Math.abs(quotient))) {
      return fail(report, at, `a multiple of ${step}`, value)
    }
  }
  return true
}

const checkArray: Rule = (schema, value, at, walk, report) => {
  if (!Array.isArray(value)) return true
  const min = bound(schema, "minItems")
  const max = bound(schema, "maxItems")
  if (min !== undefined && value.length < min) return fail(report, at, `an array of at least ${min} items`, value)
  if (max !== undefined && value.length > max) return fail(report, at, `an array of at most ${max} items`, value)
  const items = own(schema, "items")
  const first = Array.isArray(items) ? items : ownArray(schema, "prefixItems")
  const rest = Array.isArray(items) ? own(schema, "additionalItems") : items
  let passed = true
  for (let index = 0; index < value.length; index++) {
    const itemSchema = index < first.length ? first[index] : rest
    if (itemSchema === undefined) break
    if (!check(itemSchema, value[index], report === undefined ? at : `${at}[${index}]`, walk, report)) {
      passed = false
      if (report === undefined || report.length >= mostProblems) return false
    }
  }
  const contained = own(schema, "contains")
  if (contained !== undefined && bound(schema, "minContains") !== 0) {
    if (!value.some((item) => check(contained, item, at, walk, undefined))) {
      return fail(report, at, `an array with an item that is ${expectedOf(contained)}`, value)
    }
  }
  if (own(schema, "uniqueItems") === true) {
    const texts = value.map(canonicalJson)
    spend(
      walk,
      texts.reduce((sum, text) => sum + 1 + text.length / 16, 0)
    )
    if (new Set(texts).size < value.length) return fail(report, at, "an array without repeated items", value)
  }
  return passed
}

const checkObject: Rule = (schema, value, at, walk, report) => {
  if (!isObject(value)) return true
  const keys = Object.keys(value)
  const properties = own(schema, "properties")
  let passed = true
  const required = ownArray(schema, "required")
  spend(walk, required.length / 8)
  for (const name of required) {
    if (typeof name !== "string" || Object.hasOwn(value, name)) continue
    passed = fail(report, join(at, name), () => expectedOf(own(properties, name), walk.refs), undefined)
    if (report === undefined) return false
  }
  const min = bound(schema, "minProperties")
  const max = bound(schema, "maxProperties")
  if (min !== undefined && keys.length < min)
    passed = fail(report, at, `an object with at least ${min} properties`, value)
  if (max !== undefined && keys.length > max)
    passed = fail(report, at, `an object with at most ${max} properties`, value)
  for (const key of keys) {
    if (!checkProperty(schema, properties, value, key, at, walk, report)) passed = false
    if (!passed && (report === undefined || report.length >= mostProblems)) return false
  }
  return checkDependents(schema, value, at, walk, report) && passed
}

const checkProperty = (
  schema: JsonObject,
  properties: unknown,
  value: JsonObject,
  key: string,
  at: string,
  walk: Walk,
  report: Report
): boolean => {
  const where = report === undefined ? at : join(at, key)
  const names = own(schema, "propertyNames")
  if (names !== undefined && !check(names, key, where, walk, undefined)) {
    return fail(report, where, `a name that is ${expectedOf(names)}`, key)
  }
  let known = false
  let passed = true
  const property = own(properties, key)
  if (property !== undefined) {
    known = true
    passed = check(property, value[key], where, walk, report)
  }
  const patterns = own(schema, "patternProperties")
  if (isObject(patterns)) {
    for (const pattern of Object.keys(patterns)) {
      spend(walk, 1)
      const matches = matchesPattern(pattern, key, walk)
      // A pattern that is not tested may cover any name.
      if (matches !== false) known = true
      if (matches === true && !check(patterns[pattern], value[key], where, walk, report)) passed = false
    }
  }
  const additional = own(schema, "additionalProperties")
  if (known || additional === undefined) return passed
  if (additional !== false) return check(additional, value[key], where, walk, report) && passed
  const declared = isObject(properties) ? Object.keys(properties) : []
  const some = `${declared.slice(0, 16).join(", ")}${declared.length > 16 ? ", …" : ""}`
  const expected = declared.length === 0 ? "no properties" : `one of ${some}`
  report?.push({ field: where, expected, given: undeclared })
  return false
}

const checkDependents = (schema: JsonObject, value: JsonObject, at: string, walk: Walk, report: Report): boolean => {
  let passed = true
  const required = own(schema, "dependentRequired")
  if (isObject(required)) {
    for (const key of Object.keys(required)) {
      if (!Object.hasOwn(value, key)) continue
      for (const name of ownArray(required, key)) {
        spend(walk, 1)
        if (typeof name !== "string" || Object.hasOwn(value, name)) continue
        if (report?.some((problem) => problem.field === join(at, name)) === true) continue
        passed = fail(
          report,
          join(at, name),
          `${expectedOf(own(own(schema, "properties"), name), walk.refs)}, because "${key}" is given`,
          undefined
        )
      }
    }
  }
  const dependents = own(schema, "dependentSchemas")
  if (isObject(dependents)) {
    for (const key of Object.keys(dependents)) {
      if (Object.hasOwn(value, key) && !check(dependents[key], value, at, walk, report)) passed = false
    }
  }
  return passed
}

const checkCombined: Rule = (schema, value, at, walk, report) => {
  let passed = true
  for (const part of ownArray(schema, "allOf")) passed = check(part, value, at, walk, report) && passed
  for (const keyword of ["anyOf", "oneOf"] as const) {
    const branches = ownArray(schema, keyword)
    if (branches.length > 0 && !checkAlternatives(branches, value, at, walk, report)) passed = false
  }
  const not = own(schema, "not")
  if (not !== undefined && check(not, value, at, walk, undefined))
    passed = fail(report, at, `something other than ${expectedOf(not)}`, value)
  const condition = own(schema, "if")
  if (condition !== undefined) {
    const branch = own(schema, check(condition, value, at, walk, undefined) ? "then" : "else")
    if (branch !== undefined && !check(branch, value, at, walk, report)) passed = false
  }
  return passed
}

/** No branch fits: tells what is wrong with the only one of the value's type, or what the branches expect. */
const checkAlternatives = (
  branches: ReadonlyArray<unknown>,
  value: unknown,
  at: string,
  walk: Walk,
  report: Report
): boolean => {
  if (branches.some((branch) => check(branch, value, at, walk, undefined))) return true
  if (report === undefined) return false
  const near = branches
    .map((branch) => {
      const problems: Array<Problem> = []
      check(branch, value, at, walk, problems)
      return problems
    })
    .filter((problems) => problems.every((problem) => problem.field !== at))
  if (near.length === 1) report.push(...near[0]!)
  else
    fail(
      report,
      at,
      [...new Set(branches.slice(0, 6).map((branch) => expectedOf(branch, walk.refs)))].join(" or "),
      value
    )
  return false
}

const join = (at: string, key: string): string => {
  const name = /^[A-Za-z_$][\w$-]{0,80}$/.test(key) ? key : quoted(key.length > 60 ? `${key.slice(0, 60)}…` : key)
  return at === "" ? name : `${at}.${name}`
}

/** In the order in which their problems are told. */
const rules: ReadonlyArray<Rule> = [checkRef, checkChoice, checkScalar, checkArray, checkObject, checkCombined]
