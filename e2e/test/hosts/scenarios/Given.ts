// What every scenario is given: a host that runs, with the two services registered as `shop` and `desk`.
import type { TestHost } from "../Hosts.ts"
import type { Upstream } from "../Upstream.ts"

export interface Given {
  readonly host: TestHost
  readonly upstream: Upstream
  /** A name that no other test uses, on either host: what counts, counts once. */
  readonly named: (word: string) => string
}

/** Tests of one area. The host is there when they run, not yet when they are declared. */
export type Scenario = (given: () => Given) => void
