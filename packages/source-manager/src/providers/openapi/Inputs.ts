// Parameters and body merged into the one argument object of a tool: its fields, its schema, and the way back to the wire.
import type { ArgumentField } from "../../json-schema/Declarations.ts"
import type { JsonObject, Refs } from "../../json-schema/Refs.ts"
import type { BodyBinding, ParameterBinding } from "./Binding.ts"
import { flatten, type FlatBody } from "./Flatten.ts"
import type { Normaliser } from "./Normalise.ts"
import type { Parameter } from "./Parameters.ts"
import type { RequestBody } from "./RequestBody.ts"

export interface Inputs {
  readonly fields: ReadonlyArray<ArgumentField>
  /** Arguments that are not named are welcome. */
  readonly open: boolean
  /** JSON Schema 2020-12 of the argument object. */
  readonly schema: JsonObject
  readonly parameters: ReadonlyArray<ParameterBinding>
  readonly body?: BodyBinding
}

/** Parameters keep their names; where two have the same, the place goes before those that come later. */
const named = (parameters: ReadonlyArray<Parameter>): ReadonlyArray<readonly [string, Parameter]> => {
  const taken = new Set<string>()
  return parameters.map((parameter) => {
    let name = taken.has(parameter.name) ? `${parameter.in}_${parameter.name}` : parameter.name
    while (taken.has(name)) name = `_${name}`
    taken.add(name)
    return [name, parameter]
  })
}

const bindingOf = (arg: string, parameter: Parameter): ParameterBinding => ({
  arg,
  name: parameter.name,
  in: parameter.in,
  style: parameter.style,
  explode: parameter.explode,
  ...(parameter.reserved ? { reserved: true } : {}),
  ...(parameter.json ? { json: true } : {})
})

const fieldOf = (name: string, required: boolean, schema: unknown, description?: string): ArgumentField => ({
  name,
  required,
  schema,
  ...(description === undefined ? {} : { description })
})

export const mergeInputs = (
  parameters: ReadonlyArray<Parameter>,
  body: RequestBody | undefined,
  refs: Refs,
  normaliser: Normaliser
): Inputs => {
  const args = named(parameters)
  const fields = args.map(([name, parameter]) =>
    fieldOf(name, parameter.required, parameter.schema, parameter.description)
  )
  const bindings = args.map(([name, parameter]) => bindingOf(name, parameter))
  const names = new Set(args.map(([name]) => name))
  const spread =
    body === undefined || body.encoding === "text" || body.encoding === "binary"
      ? undefined
      : flatten(body.schema, refs)
  if (body !== undefined && spread !== undefined && ![...spread.properties.keys()].some((name) => names.has(name))) {
    return spreadInputs(fields, bindings, body, spread, normaliser)
  }
  if (body === undefined) {
    return { fields, open: false, parameters: bindings, schema: objectSchema(fields, normaliser, {}) }
  }
  let arg = "body"
  while (names.has(arg)) arg = arg === "body" ? "requestBody" : `_${arg}`
  const required = body.required ?? (spread?.required.size ?? 0) > 0
  const all = [...fields, fieldOf(arg, required, body.schema, body.description)]
  return {
    fields: all,
    open: false,
    parameters: bindings,
    schema: objectSchema(all, normaliser, {}),
    body: { type: body.type, encoding: body.encoding, arg, ...common(body, required) }
  }
}

const common = (body: RequestBody, required: boolean) => ({
  ...(required ? { required: true as const } : {}),
  ...(body.parts.length === 0 ? {} : { parts: body.parts })
})

const spreadInputs = (
  fields: ReadonlyArray<ArgumentField>,
  parameters: ReadonlyArray<ParameterBinding>,
  body: RequestBody,
  spread: FlatBody,
  normaliser: Normaliser
): Inputs => {
  const names = [...spread.properties.keys()]
  const demanded = [...spread.required].filter((name) => spread.properties.has(name))
  // Descriptions often forget to say that a body is required, which its required fields then show.
  const required = body.required ?? demanded.length > 0
  const all = [
    ...fields,
    ...names.map((name) => fieldOf(name, required && spread.required.has(name), spread.properties.get(name)))
  ]
  const open = spread.additional !== undefined
  // A body may be left out as a whole, but not the required half of it.
  const dependent =
    required || demanded.length === 0
      ? {}
      : {
          dependentRequired: Object.fromEntries(
            names
              .map((name) => [name, demanded.filter((other) => other !== name)] as const)
              .filter(([, others]) => others.length > 0)
          )
        }
  return {
    fields: all,
    open,
    parameters,
    schema: objectSchema(all, normaliser, dependent, spread),
    body: {
      type: body.type,
      encoding: body.encoding,
      fields: names,
      ...(open ? { open: true } : {}),
      ...common(body, required)
    }
  }
}

const objectSchema = (
  fields: ReadonlyArray<ArgumentField>,
  normaliser: Normaliser,
  more: JsonObject,
  spread?: FlatBody
): JsonObject => {
  const needed = new Set<string>()
  const normalised = (schema: unknown): unknown => {
    const { schema: result, names } = normaliser.normalise(schema)
    for (const name of names) needed.add(name)
    return result
  }
  const properties = Object.fromEntries(fields.map((field) => [field.name, normalised(field.schema)]))
  const required = fields.filter((field) => field.required).map((field) => field.name)
  const choices = (spread?.choices ?? []).map(normalised)
  const additional = spread?.additional === undefined ? false : normalised(spread.additional)
  const definitions = normaliser.definitions(needed)
  return {
    type: "object",
    properties,
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: additional,
    ...(choices.length === 0 ? {} : { allOf: choices }),
    ...more,
    ...(definitions === undefined ? {} : { $defs: definitions })
  }
}
