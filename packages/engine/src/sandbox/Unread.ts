// The operations that an engine has been given and has not carried out yet: whether it is busy, since when nothing has been
// heard of it, and how much it has still to read.

export interface Unread {
  readonly given: (texts: ReadonlyArray<string>) => void
  /** The engine has carried out so many. */
  readonly done: (count: number) => void
  readonly busy: () => boolean
  readonly chars: () => number
  /** The engine has been busy without a word for more than so many milliseconds. */
  readonly silentFor: (ms: number) => boolean
}

/** An engine that has been given the start of a program, which counts as the first operation. */
export const makeUnread = (): Unread => {
  let sizes: Array<number> = [0]
  let chars = 0
  let heardAt = performance.now()
  return {
    given: (texts) => {
      if (sizes.length === 0) heardAt = performance.now()
      for (const text of texts) {
        sizes.push(text.length)
        chars += text.length
      }
    },
    done: (count) => {
      heardAt = performance.now()
      for (const size of sizes.slice(0, count)) chars -= size
      sizes = sizes.slice(count)
    },
    busy: () => sizes.length > 0,
    chars: () => chars,
    silentFor: (ms) => sizes.length > 0 && performance.now() - heardAt > ms
  }
}
