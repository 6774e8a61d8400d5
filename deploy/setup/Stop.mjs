// What ends a set-up with a sentence for a person instead of a stack trace.

/** `code` as everywhere in the product: 1 the work failed, 2 wrong usage, 4 nothing can be reached. */
export class Stop extends Error {
  /** @param {string} message @param {1 | 2 | 4} [code] */
  constructor(message, code = 1) {
    super(message)
    this.code = code
  }
}
