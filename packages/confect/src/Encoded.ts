// The Encoded side of a Schema as Convex's types want it: mutable, arrays without arity, unknown as any Convex value.
import type * as Schema from "effect/Schema"
import type { Value } from "convex/values"

/** A Schema whose codec needs no services: all that crosses into Convex. */
export type Codec = Schema.ConstraintCodec<unknown, unknown>

/** Refuses what a Schema does not name. By default Effect drops it without a word, also the keys of a Record that fail their check. */
export const strict = { onExcessProperty: "error" } as const

/** `T` as a Convex value type. */
export type Plain<T> = unknown extends T
  ? Value
  : T extends string | number | bigint | boolean | null | undefined | ArrayBuffer
    ? T
    : T extends ReadonlyArray<infer A>
      ? Array<Plain<A>>
      : { -readonly [K in keyof T]: Plain<T[K]> }

type Fields<T> = T extends unknown
  ? T extends Leaf
    ? never
    : string extends keyof T
      ? never
      : Extract<keyof T, string>
  : never
type At<T, K extends string> = T extends unknown ? (K extends keyof T ? T[K] : never) : never
type Leaf = string | number | bigint | boolean | null | undefined | ArrayBuffer | ReadonlyArray<unknown>

/** The field paths of `T` that an index may name, two levels deep. */
export type Paths<T> = { [K in Fields<T>]: K | `${K}.${Fields<At<T, K>>}` }[Fields<T>]
