// How a client finds a daemon on its own machine and makes it prove itself, before it sends a key to a port that
// any process may have taken over: `daemon.json` in the data folder, then `POST /challenge`.
import * as Schema from "effect/Schema"

/** Versions of the contract that a side speaks; see `apiVersion`. */
export const ApiRange = Schema.Struct({ min: Schema.Int, max: Schema.Int })
export type ApiRange = typeof ApiRange.Type

/** Content of `daemon.json`: where the daemon of this folder answers. For discovery only, never a lock. */
export const DaemonFile = Schema.Struct({
  /** A process of its own: 0 and below name groups of processes, or all of them, to whoever sends a signal. */
  pid: Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)),
  /** Epoch milliseconds. */
  startTime: Schema.Int,
  port: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 65_535 })),
  apiVersion: ApiRange,
  version: Schema.String,
  buildId: Schema.String,
  /** Random for each start. */
  instanceId: Schema.String
})
export type DaemonFile = typeof DaemonFile.Type

/** Body of `POST /challenge`. */
export const Challenge = Schema.Struct({ nonce: Schema.String.check(Schema.isPattern(/^[A-Za-z0-9_-]{22,86}$/)) })

/** Answer to a challenge: HMAC-SHA256 over `challengeText`, keyed with the owner's key, in base64url. */
export const ChallengeProof = Schema.Struct({
  instanceId: Schema.String,
  proof: Schema.String,
  /** It is on its way out: it delivers what it has begun and takes nothing new. */
  closing: Schema.Boolean
})
export type ChallengeProof = typeof ChallengeProof.Type

/** What is signed. The port is in it, so that a process on another port cannot pass the question on. */
export const challengeText = (nonce: string, instanceId: string, port: number): string =>
  `executor-challenge\n${nonce}\n${instanceId}\n${port}`

/** Status with which a daemon ends when another one has its data folder. */
export const heldExit = 75
