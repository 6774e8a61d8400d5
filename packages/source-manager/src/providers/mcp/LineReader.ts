// Lines out of a byte stream, each bounded: messages over stdio are one line of JSON each.

/** Longest line, in bytes: a message of ten megabytes. */
export const longestLine = 10 * 1024 * 1024

/**
 * Takes chunks and hands on lines. A longer line than allowed ends it: `onTooLong` is called once, and everything
 * after is dropped. Work is linear in the bytes, however they are cut.
 */
export const makeLineReader = (
  onLine: (line: string) => void,
  onTooLong: () => void,
  limit = longestLine
): ((chunk: Uint8Array) => void) => {
  const decoder = new TextDecoder()
  let parts: Array<Uint8Array> = []
  let length = 0
  let ended = false
  const take = (last: Uint8Array): string => {
    if (length === 0) return decoder.decode(last)
    const whole = new Uint8Array(length + last.length)
    let at = 0
    for (const part of [...parts, last]) {
      whole.set(part, at)
      at += part.length
    }
    parts = []
    length = 0
    return decoder.decode(whole)
  }
  return (chunk) => {
    let start = 0
    while (!ended) {
      const end = chunk.indexOf(10, start)
      const stop = end === -1 ? chunk.length : end
      if (length + stop - start > limit) {
        ended = true
        parts = []
        return onTooLong()
      }
      if (end === -1) {
        if (stop > start) {
          parts.push(chunk.subarray(start))
          length += stop - start
        }
        return
      }
      const line = take(chunk.subarray(start, end))
      start = end + 1
      if (line !== "" && line !== "\r") onLine(line)
    }
  }
}
