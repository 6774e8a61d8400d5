// Whose things a tool is about: an organization's, one's own. Interfaces have the same tool once for each.

/** O organization, E enterprise, T team, M one's own, U some user's, R repository, A app; X deprecated or legacy. */
export type Scope = "O" | "E" | "T" | "M" | "U" | "R" | "A" | "X"

const scopeWords: Readonly<Record<string, Scope>> = {
  org: "O",
  orgs: "O",
  organization: "O",
  organizations: "O",
  organisation: "O",
  workspace: "O",
  tenant: "O",
  enterprise: "E",
  enterprises: "E",
  team: "T",
  teams: "T",
  authenticated: "M",
  me: "M",
  my: "M",
  user: "U",
  users: "U",
  repo: "R",
  repository: "R",
  repositories: "R",
  repos: "R",
  app: "A",
  apps: "A",
  deprecated: "X",
  legacy: "X",
  obsolete: "X",
  stubbed: "X"
}

const queryWords: Readonly<Record<string, Scope>> = {
  ...scopeWords,
  company: "O",
  business: "O",
  companies: "O",
  our: "O",
  squad: "T",
  group: "T",
  i: "M",
  mine: "M",
  myself: "M",
  am: "M",
  codebase: "R",
  project: "R",
  codebases: "R",
  projects: "R",
  someone: "U",
  somebody: "U",
  person: "U",
  people: "U",
  integration: "A",
  integrations: "A",
  bot: "A",
  installation: "A",
  installed: "A",
  old: "X"
}

/** The scopes of a tool as letters. */
export const scopesOf = (name: ReadonlyArray<string>, summary: ReadonlyArray<string>): string => {
  const found = new Set<Scope>()
  for (const words of [name, summary]) {
    for (const word of words) if (Object.hasOwn(scopeWords, word)) found.add(scopeWords[word]!)
  }
  if (found.has("M")) found.delete("U")
  return [...found].sort().join("")
}

/** What a tool's score is multiplied by for a scope that a query does not name, and for one that it names. */
const scopeFactors: Record<Scope, readonly [unnamed: number, named: number]> = {
  O: [0.85, 1.05],
  E: [0.6, 1.1],
  T: [0.75, 1.05],
  M: [0.8, 1.15],
  U: [1, 1],
  R: [0.9, 1.05],
  A: [0.85, 1.05],
  X: [0.65, 0.7]
}

/** The factor of each scope for a query. */
export const scopeWishOf = (words: ReadonlyArray<string>): ReadonlyMap<Scope, number> => {
  const named = new Set(words.map((word) => (Object.hasOwn(queryWords, word) ? queryWords[word]! : "")))
  const scopes = Object.keys(scopeFactors) as ReadonlyArray<Scope>
  return new Map(scopes.map((scope) => [scope, scopeFactors[scope][named.has(scope) ? 1 : 0]]))
}
