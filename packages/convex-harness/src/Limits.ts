// The limits of a Convex deployment that convex-test leaves out, as its documentation states them. Sizes in bytes.

const MiB = 1024 * 1024

/** What a deployment refuses, by what it is counted over. */
export const Limits = {
  /** An HTTP action's request body, and its response body, streams included. */
  httpBody: 20 * MiB,
  /** Arguments of a query, a mutation or an action in the default runtime. */
  arguments: 16 * MiB,
  /** Arguments of an action in a "use node" file. */
  nodeArguments: 5 * MiB,
  /** What any function returns. */
  returned: 16 * MiB,
  /** Arguments of one scheduled function. */
  scheduledArguments: 4 * MiB,
  /** One document as stored. */
  document: MiB,
  /** How deep a document's value may nest. */
  documentNesting: 16,
  /** How deep any other value may nest. */
  valueNesting: 64,
  /** Fields of one object. */
  fields: 1024,
  /** Elements of one array. */
  elements: 8192,
  /** How often a mutation is run again after a write conflict, before its caller is told. */
  conflictRetries: 4,
  /** All code of a deployment. */
  code: 32 * MiB
} as const
