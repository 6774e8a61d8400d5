// Names that someone may have meant: the closest by edit distance, whatever their spelling of words.

const plain = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "")

/** Changes of one letter that lead from one text to the other; `limit + 1` when there are more than `limit`. */
export const editDistance = (left: string, right: string, limit: number): number => {
  if (Math.abs(left.length - right.length) > limit) return limit + 1
  let row = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let i = 1; i <= left.length; i++) {
    const next = [i]
    for (let j = 1; j <= right.length; j++) {
      const replaced = row[j - 1]! + (left[i - 1] === right[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1))
    }
    if (Math.min(...next) > limit) return limit + 1
    row = next
  }
  return Math.min(row[right.length]!, limit + 1)
}

/** At most `count` of these names that are close to `wanted`, closest first. The last segment alone may be close. */
export const nearestNames = (wanted: string, names: Iterable<string>, count: number): ReadonlyArray<string> => {
  const target = plain(wanted.slice(0, 100))
  if (target === "") return []
  const limit = Math.max(1, Math.floor(target.length * 0.3))
  const close: Array<readonly [name: string, distance: number]> = []
  for (const name of names) {
    const last = name.slice(name.lastIndexOf(".") + 1)
    const distance = Math.min(editDistance(target, plain(name), limit), editDistance(target, plain(last), limit) + 0.5)
    if (distance <= limit) close.push([name, distance])
  }
  return close
    .sort(([, left], [, right]) => left - right)
    .slice(0, count)
    .map(([name]) => name)
}
