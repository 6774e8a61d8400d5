// Why there is no host to talk to. Each message says what to do next; none holds a key.
import { Schema } from "effect"

/** Nobody answers, or what answers could not prove that it is the daemon of this data folder. */
export class DaemonUnreachable extends Schema.TaggedError<DaemonUnreachable>()("DaemonUnreachable", {
  home: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `the daemon of ${this.home} cannot be reached: ${this.detail}`
  }
}

/** It was started and ended before it answered. */
export class DaemonStartFailed extends Schema.TaggedError<DaemonStartFailed>()("DaemonStartFailed", {
  home: Schema.String,
  detail: Schema.String,
  /** Last lines of what it said. */
  output: Schema.String
}) {
  override get message() {
    return `the daemon of ${this.home} did not start: ${this.detail}${this.output === "" ? "" : `\n${this.output}`}`
  }
}

/** The host refuses the key: the one of the data folder's `token` file, or the token of a deployment. */
export class WrongKey extends Schema.TaggedError<WrongKey>()("WrongKey", { detail: Schema.String }) {
  override get message() {
    return this.detail
  }
}

/** Both sides are sound, and they have no version of the contract in common. */
export class VersionMismatch extends Schema.TaggedError<VersionMismatch>()("VersionMismatch", {
  ours: Schema.String,
  theirs: Schema.String,
  /** What answers; a daemon when absent. */
  host: Schema.optionalKey(Schema.String),
  detail: Schema.String
}) {
  override get message() {
    const host = this.host ?? "the daemon"
    return `this program is version ${this.ours} and ${host} is version ${this.theirs}: ${this.detail}`
  }
}

/** No Executor answers at the addresses of a deployment, or it ended in the middle of an answer. */
export class TargetUnreachable extends Schema.TaggedError<TargetUnreachable>()("TargetUnreachable", {
  /** Its site URL. */
  url: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `${this.url} cannot be reached: ${this.detail}`
  }
}

/** An address that no token may be sent to: not what it was given as, or not protected. Nothing was sent. */
export class WrongAddress extends Schema.TaggedError<WrongAddress>()("WrongAddress", { detail: Schema.String }) {
  override get message() {
    return this.detail
  }
}

/** Larger than the host takes. Nothing of it was done. */
export class RequestTooLarge extends Schema.TaggedError<RequestTooLarge>()("RequestTooLarge", {
  detail: Schema.String
}) {
  override get message() {
    return this.detail
  }
}

/** No connection to a host. `reason._tag` tells the cases apart. */
export class ConnectError extends Schema.TaggedError<ConnectError>()("ConnectError", {
  reason: Schema.Union([
    DaemonUnreachable,
    DaemonStartFailed,
    WrongKey,
    VersionMismatch,
    TargetUnreachable,
    WrongAddress
  ])
}) {
  override get message() {
    return this.reason.message
  }
}
