// Binary data as Convex takes it.
import * as Schema from "effect/Schema"

/** The annotation by which `toValidator` knows the one declaration that Convex has a type for. */
export const bytesAnnotation = "convexBytes"

/** An `ArrayBuffer`, Convex's only binary type. */
export const Bytes: Schema.Codec<ArrayBuffer> = Schema.declare(
  (input: unknown): input is ArrayBuffer => input instanceof ArrayBuffer,
  { [bytesAnnotation]: true, expected: "ArrayBuffer" }
)
