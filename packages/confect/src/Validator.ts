// From an Effect Schema to the Convex validator of its Encoded side. What Convex cannot check or store is refused here, by path, when
// the function or table is defined, instead of failing on the backend later.
import * as AST from "effect/SchemaAST"
import type * as Schema from "effect/Schema"
import { v } from "convex/values"
import type { GenericValidator, PropertyValidators, Validator } from "convex/values"
import { bytesAnnotation } from "./Bytes.ts"
import type { Codec, Plain } from "./Encoded.ts"
import { tableAnnotation } from "./Id.ts"

type Required = Validator<Plain<unknown>, "required", string>
type Path = ReadonlyArray<string>

const anyAnnotation = "convexAny"
const identifier = /^(?!_+$)[A-Za-z_][A-Za-z0-9_]{0,63}$/

/** A Schema has no Convex validator; the message names the place and what to do instead. Thrown while modules load. */
export class SchemaRefused extends Error {
  override readonly name = "SchemaRefused"
  /** Where, as `a.b[].c`; `$` is the whole Schema. */
  readonly path: string
  constructor(path: Path, problem: string) {
    const at = path.length === 0 ? "$" : path.join("").replace(/^\./, "")
    super(`${at}: ${problem}`)
    this.path = at
  }
}

/** Lets Convex take any of its values here (a recursive Schema, for instance); then only the Schema checks it. Not for JSON with `$` keys. */
export const anyValue = <S extends Schema.Top>(schema: S): S["Rebuild"] => schema.annotate({ [anyAnnotation]: true })

/** The validator of the Encoded side of `schema`. Throws `SchemaRefused`. */
export const toValidator = <S extends Codec>(schema: S): Validator<Plain<S["Encoded"]>, "required", string> =>
  walk(AST.toEncoded(schema.ast), [], []) as never

/** The validators of a function's arguments, or of the fields of a Struct. Throws `SchemaRefused`. */
export const toArgs = (fields: Readonly<Record<string, Codec>>): PropertyValidators => {
  const signatures = Object.entries(fields).map(([name, field]) => ({ name, type: AST.toEncoded(field.ast) }))
  return properties(signatures, [], [])
}

const walk = (ast: AST.AST, path: Path, open: ReadonlyArray<AST.AST>): Required => {
  if (ast.annotations?.[anyAnnotation] === true) return v.any()
  switch (ast._tag) {
    case "String": {
      const table = ast.annotations?.[tableAnnotation]
      return (typeof table === "string" ? v.id(table) : v.string()) as Required
    }
    case "TemplateLiteral":
      return v.string()
    case "Number":
      return v.float64()
    case "Boolean":
      return v.boolean()
    case "BigInt":
      return v.int64()
    case "Null":
      return v.null()
    case "Literal":
      return v.literal(ast.literal)
    case "Enum":
      return union(ast.enums.map(([, value]) => v.literal(value)))
    case "Unknown":
    case "Any":
      return v.any()
    case "Union":
      return unionOf(ast, path, open)
    case "Arrays":
      return arrayOf(ast, path, open)
    case "Objects":
      return objectOf(ast, path, open)
    case "Suspend": {
      const inner = ast.thunk()
      if (open.includes(inner)) {
        throw new SchemaRefused(
          path,
          "is recursive, which no validator describes: store JSON text, or wrap the suspended Schema in anyValue"
        )
      }
      return walk(inner, path, [...open, inner])
    }
    case "Declaration":
      if (ast.annotations?.[bytesAnnotation] === true) return v.bytes()
      throw new SchemaRefused(path, declared(ast))
    case "Undefined":
    case "Void":
      throw new SchemaRefused(path, "Convex has no undefined: use Schema.Null, or an optional key")
    default:
      throw new SchemaRefused(path, `Convex has no type for ${ast._tag}`)
  }
}

const declared = (ast: AST.Declaration): string => {
  const expected = ast.annotations?.["expected"]
  const name = typeof expected === "string" ? expected : "a declared type"
  return name === "JSON value"
    ? "JSON has keys that Convex refuses, also inside Schema.Defect: store it as text (Schema.fromJsonString, or a field …Json: Schema.String)"
    : `${name} has no form that Convex stores: encode it to one (as DateFromString, OptionFromNullOr, Bytes do)`
}

const unionOf = (ast: AST.Union, path: Path, open: ReadonlyArray<AST.AST>): Required => {
  if (ast.types.some(admitsUndefined)) {
    throw new SchemaRefused(
      path,
      "admits undefined without being optional: use Schema.optional, Schema.optionalKey or Schema.NullOr"
    )
  }
  return union(ast.types.map((type) => walk(type, path, open)))
}

const admitsUndefined = (ast: AST.AST): boolean => ast._tag === "Undefined" || ast._tag === "Void"

const members = (validator: Required): ReadonlyArray<Required> =>
  validator.kind === "union" ? (validator.members as ReadonlyArray<Required>).flatMap(members) : [validator]

const union = (parts: ReadonlyArray<Required>): Required => {
  const distinct = new Map(parts.flatMap(members).map((part) => [JSON.stringify(json(part)), part]))
  const [first, ...rest] = distinct.values()
  return first !== undefined && rest.length === 0 ? first : v.union(...distinct.values())
}

// Convex keeps a validator's JSON form off its types, though its own codegen and codebases read it.
const json = (validator: GenericValidator): unknown => (validator as unknown as { readonly json: unknown }).json

const arrayOf = (ast: AST.Arrays, path: Path, open: ReadonlyArray<AST.AST>): Required => {
  const parts = [...ast.elements, ...ast.rest]
  if (parts.length === 0) throw new SchemaRefused(path, "is an empty tuple, which holds nothing: leave it out")
  if (ast.elements.some((element) => element.context?.isOptional === true)) {
    throw new SchemaRefused(path, "has an optional tuple element: use a Struct, or an Array")
  }
  return v.array(union(parts.map((part) => walk(part, [...path, "[]"], open))))
}

const objectOf = (ast: AST.Objects, path: Path, open: ReadonlyArray<AST.AST>): Required => {
  const [index, ...more] = ast.indexSignatures
  const inside = [...open, ast]
  if (index === undefined) return v.object(properties(ast.propertySignatures, path, inside)) as Required
  if (more.length > 0 || ast.propertySignatures.length > 0) {
    throw new SchemaRefused(
      path,
      "mixes a Record with named properties or another Record: put the Record under a field of its own"
    )
  }
  const key = AST.toEncoded(index.parameter)
  if (key._tag !== "String" && key._tag !== "TemplateLiteral") {
    throw new SchemaRefused(path, `has ${key._tag} keys: Convex's keys are strings`)
  }
  return v.record(
    walk(key, path, inside) as Validator<string, "required", string>,
    walk(index.type, [...path, "[*]"], inside)
  ) as Required
}

const properties = (
  signatures: ReadonlyArray<{ readonly name: PropertyKey; readonly type: AST.AST }>,
  path: Path,
  open: ReadonlyArray<AST.AST>
): PropertyValidators => {
  const fields: Record<string, PropertyValidators[string]> = {}
  for (const { name, type } of signatures) {
    const at = [...path, `.${String(name)}`]
    if (typeof name !== "string" || !identifier.test(name)) {
      throw new SchemaRefused(
        at,
        "is no name that Convex takes (letters, digits and _, not first a digit, at most 64): rename it, or store JSON text"
      )
    }
    const optional = type.context?.isOptional === true
    fields[name] = optional ? v.optional(walk(present(type, at), at, open)) : walk(type, at, open)
  }
  return fields
}

/** What an optional key holds when it is there: an explicit undefined travels as absence. */
const present = (ast: AST.AST, path: Path): AST.AST => {
  if (ast._tag !== "Union" && !admitsUndefined(ast)) return ast
  const rest = alternatives(ast).filter((type) => !admitsUndefined(type))
  if (rest.length === 0) throw new SchemaRefused(path, "can only be undefined: leave it out")
  return new AST.Union(rest)
}

const alternatives = (ast: AST.AST): ReadonlyArray<AST.AST> =>
  ast._tag === "Union" && ast.annotations?.[anyAnnotation] !== true ? ast.types.flatMap(alternatives) : [ast]
