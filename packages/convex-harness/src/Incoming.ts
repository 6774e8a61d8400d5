// The HTTP request that an HTTP action is serving, carried past convex-test, which knows neither the real request nor when
// its response has been sent.
import { AsyncLocalStorage } from "node:async_hooks"
import type { FunctionCall } from "./FunctionCall.ts"

/** One request to the site port. */
export interface Incoming {
  readonly request: Request
  /** Its bearer token is no JWT, or one that was refused: there is no identity to ask for. */
  opaqueToken: boolean
  /** The HTTP action that serves it, once it has begun. */
  call: FunctionCall | undefined
  /** Runs what belongs to that HTTP action (its stream, its listeners) where its ctx works. */
  inside: (<A>(work: () => A) => A) | undefined
}

/** The request that the running code is part of. */
export const incoming = new AsyncLocalStorage<Incoming>()
