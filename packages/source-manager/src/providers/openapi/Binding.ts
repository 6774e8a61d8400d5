// What invoking needs of an operation, as the data that a tool's record keeps.
import type { CredentialNeed } from "@executor-v2/schema"

export type ParameterPlace = "path" | "query" | "header" | "cookie"

/** Serialisation styles of OpenAPI 3.1 §4.8.12.3. */
export type ParameterStyle =
  | "simple"
  | "label"
  | "matrix"
  | "form"
  | "spaceDelimited"
  | "pipeDelimited"
  | "tabDelimited"
  | "deepObject"

export interface ParameterBinding {
  /** Name in the argument object. */
  readonly arg: string
  /** Name on the wire. */
  readonly name: string
  readonly in: ParameterPlace
  readonly style: ParameterStyle
  readonly explode: boolean
  /** Reserved characters are sent as they are. */
  readonly reserved?: true
  /** The value is sent as JSON text. */
  readonly json?: true
}

/** How one field of a form is sent, where it is not simply text. */
export interface PartBinding {
  readonly name: string
  readonly style?: ParameterStyle
  readonly explode?: boolean
  readonly contentType?: string
  /** Base64, or an object with base64, filename and contentType. */
  readonly file?: true
}

export interface BodyBinding {
  /** Media type, as sent. */
  readonly type: string
  readonly encoding: "json" | "form" | "multipart" | "text" | "binary"
  /** The argument that is the whole body; absent when the body's fields are arguments of their own. */
  readonly arg?: string
  /** Arguments that are the body's fields. */
  readonly fields?: ReadonlyArray<string>
  /** Arguments that are neither parameters nor known fields belong to the body too. */
  readonly open?: true
  /** An empty body is sent when nothing was given for it. */
  readonly required?: true
  readonly parts?: ReadonlyArray<PartBinding>
}

export interface OpenApiBinding {
  /** Upper case. */
  readonly method: string
  /** Absolute address without a slash at its end. */
  readonly base: string
  /** Template with `{name}` for path parameters, by their name on the wire. */
  readonly path: string
  /** Sent before the parameters of the query, as it is. */
  readonly query?: string
  readonly parameters: ReadonlyArray<ParameterBinding>
  readonly body?: BodyBinding
  /** Media types asked for. */
  readonly accept: string
  /** Alternatives, each a set of credentials that are all needed; absent when none is. */
  readonly security?: ReadonlyArray<ReadonlyArray<CredentialNeed>>
}
