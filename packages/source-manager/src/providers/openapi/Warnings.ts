// What people should know of a compilation: each thing once, and not more than they will read.

const most = 20

export interface Warnings {
  readonly add: (warning: string) => void
  readonly list: () => ReadonlyArray<string>
}

export const makeWarnings = (): Warnings => {
  const seen = new Set<string>()
  let more = 0
  return {
    add: (warning) => {
      if (seen.has(warning)) return
      if (seen.size < most) seen.add(warning)
      else more++
    },
    list: () => (more === 0 ? [...seen] : [...seen, `and ${more} more of this kind`])
  }
}
