// What a Convex function takes, gives back and may fail with: one value, shared by the function and its callers.
import type * as Schema from "effect/Schema"
import type { Codec, Plain } from "./Encoded.ts"

/** Named arguments. */
export type Args = Readonly<Record<string, Codec>>

/** The contract of a function. `returns` is `Schema.Null` for nothing; `error` lists the failures that callers may see. */
export interface Contract<A extends Args, R extends Codec, E extends Codec = typeof Schema.Never> {
  readonly args: A
  readonly returns: R
  readonly error?: E
}

/** The decoded arguments. */
export type ArgsType<A extends Args> = Schema.Struct.Type<A>

/** The arguments as they travel. Nothing is inferred from it: reversing `Plain` through a generic call never ends. */
export type ArgsEncoded<A extends Args> = NoInfer<Plain<Schema.Struct.Encoded<A>>> & Record<string, unknown>

/** The result as it travels. */
export type ReturnsEncoded<R extends Codec> = NoInfer<Plain<R["Encoded"]>>
