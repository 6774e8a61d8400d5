// How a function's failure crosses Convex: listed ones as data that callers decode, all others without a word about their cause.
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { ConvexError } from "convex/values"
import type { Value } from "convex/values"
import { issuesOf } from "./CheckDocument.ts"
import type { Codec } from "./Encoded.ts"

/** Arguments passed Convex's validators and not the Schema. `problems` name places and expectations, no values. */
export class ArgumentsRefused extends Schema.TaggedError<ArgumentsRefused>()("ArgumentsRefused", {
  problems: Schema.Array(Schema.Struct({ path: Schema.String, problem: Schema.String }))
}) {
  override get message() {
    return `arguments were refused: ${this.problems.map(({ path, problem }) => `${path}: ${problem}`).join("; ")}`
  }
}

/** What Convex shows of a failure that no contract lists. */
export const unlistedMessage = "the function failed; its contract does not list why"

/** What to throw for a failed run. The cause of an unlisted failure stays on the Error, which Convex does not send. */
export const toThrown = (cause: Cause.Cause<unknown>, error: Codec): Error => {
  const failure = Cause.findErrorOption(cause)
  if (Option.isSome(failure) && Schema.is(error)(failure.value)) {
    const encoded = Schema.encodeUnknownExit(error)(failure.value)
    if (Exit.isSuccess(encoded)) return new ConvexError(encoded.value as Value)
  }
  return new Error(unlistedMessage, { cause: Cause.squash(cause) })
}

/** What to throw for arguments that do not decode. */
export const toRefusal = (cause: Cause.Cause<Schema.SchemaError>): Error => {
  const refused = new ArgumentsRefused({ problems: issuesOf(cause) })
  return new ConvexError(Schema.encodeUnknownSync(ArgumentsRefused)(refused) as unknown as Value)
}

const convexErrorMark = Symbol.for("ConvexError")

/** The typed failure in what a call of a Convex function threw, when `error` describes it. */
export const decodeFailure = <E extends Codec>(error: E, thrown: unknown): Option.Option<E["Type"]> => {
  if (typeof thrown !== "object" || thrown === null || !(convexErrorMark in thrown)) return Option.none()
  return Schema.decodeUnknownOption(error)((thrown as { readonly data?: unknown }).data) as Option.Option<E["Type"]>
}
