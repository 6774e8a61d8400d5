// Why a data folder cannot be opened, and what a person can do about it.
import { Option, Schema } from "effect"

const elsewhere = "or choose another folder with EXECUTOR_HOME"

/** Another process has the folder. `pid` and `port` are known when its daemon.json names them. */
export class Held extends Schema.TaggedError<Held>()("Held", {
  pid: Schema.Option(Schema.Int),
  port: Schema.Option(Schema.Int)
}) {
  override get message() {
    const port = Option.match(this.port, { onNone: () => "", onSome: (number) => `, port ${number}` })
    const holder = Option.match(this.pid, {
      onNone: () => "another process",
      onSome: (pid) => `the daemon with process id ${pid}${port}`
    })
    return `it is in use by ${holder}. Stop that one with \`executor pm stop\`, ${elsewhere}`
  }
}

/** It cannot be written to. */
export class ReadOnly extends Schema.TaggedError<ReadOnly>()("ReadOnly", { detail: Schema.String }) {
  override get message() {
    return `it cannot be written to (${this.detail}). Make it writable for this user, ${elsewhere}`
  }
}

/** Its kind, owner or file system is one that state must not be trusted to. */
export class Unsuitable extends Schema.TaggedError<Unsuitable>()("Unsuitable", {
  kind: Schema.Literals(["link", "not_a_folder", "not_creatable", "foreign_owner", "network"]),
  detail: Schema.String
}) {
  override get message() {
    return `${this.detail}. Choose another folder with EXECUTOR_HOME`
  }
}

/** Written by a newer version. */
export class NewerFormat extends Schema.TaggedError<NewerFormat>()("NewerFormat", {
  what: Schema.String,
  found: Schema.Int,
  supported: Schema.Int
}) {
  override get message() {
    return (
      `${this.what} has version ${this.found} and this program reads up to ${this.supported}. ` +
      "Update the program; the folder was not touched"
    )
  }
}

/** Holds an event that this version does not know. Nothing is ever skipped. */
export class UnknownEvent extends Schema.TaggedError<UnknownEvent>()("UnknownEvent", {
  seq: Schema.Int,
  detail: Schema.String
}) {
  override get message() {
    return (
      `event ${this.seq} is not one this program knows (${this.detail}). ` +
      "Update the program; the folder was not touched"
    )
  }
}

/** Data that was acknowledged is damaged or gone. */
export class Damaged extends Schema.TaggedError<Damaged>()("Damaged", {
  file: Schema.String,
  offset: Schema.Int,
  detail: Schema.String,
  evidence: Schema.String
}) {
  override get message() {
    return (
      `${this.file} is damaged at byte ${this.offset} (${this.detail}; ${this.evidence}), so starting would lose ` +
      "saved data. Nothing was changed. Run `executor doctor` for details, restore the folder from a backup, " +
      "or start with another one with EXECUTOR_HOME"
    )
  }
}

export class DiskFull extends Schema.TaggedError<DiskFull>()("DiskFull", { detail: Schema.String }) {
  override get message() {
    return `the disk is full (${this.detail}). Free some space and start again; nothing that was saved is lost`
  }
}

/** The state has outgrown the form in which it is saved in one piece. */
export class StateTooLarge extends Schema.TaggedError<StateTooLarge>()("StateTooLarge", {
  /** Of the snapshot, header included; absent when it is longer than any text can be. */
  bytes: Schema.Option(Schema.Int),
  limit: Schema.Int
}) {
  override get message() {
    const size = Option.match(this.bytes, {
      onNone: () => "more bytes than can be written",
      onSome: (n) => `${n} bytes`
    })
    return (
      `its state takes ${size} as a snapshot, and at most ${this.limit} are read back, so none was written. Nothing is ` +
      "lost: the log is kept whole, and starting takes longer. Remove sources that hold large texts"
    )
  }
}

/** A secrets provider other than the recorded one was asked for. */
export class ProviderChanged extends Schema.TaggedError<ProviderChanged>()("ProviderChanged", {
  recorded: Schema.String,
  asked: Schema.String
}) {
  override get message() {
    return `its secrets are kept by "${this.recorded}", and "${this.asked}" was asked for. Secrets never move silently`
  }
}

/** The file system failed in another way. */
export class FileSystemFailed extends Schema.TaggedError<FileSystemFailed>()("FileSystemFailed", {
  code: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `the file system failed (${this.detail})`
  }
}

export class DataFolderError extends Schema.TaggedError<DataFolderError>()("DataFolderError", {
  home: Schema.String,
  reason: Schema.Union([
    Held,
    ReadOnly,
    Unsuitable,
    NewerFormat,
    UnknownEvent,
    Damaged,
    DiskFull,
    StateTooLarge,
    ProviderChanged,
    FileSystemFailed
  ])
}) {
  override get message() {
    return `Cannot use the data folder ${this.home}: ${this.reason.message}.`
  }
}

const writeRefusals: ReadonlySet<string> = new Set(["EACCES", "EPERM", "EROFS"])
const fullDisk: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT"])

/** Turns whatever a file call threw into the error that says what to do. */
export const toDataFolderError = (home: string, cause: unknown): DataFolderError => {
  if (cause instanceof DataFolderError) return cause
  if (cause instanceof StateTooLarge) return new DataFolderError({ home, reason: cause })
  const { message } = (cause ?? {}) as { readonly message?: unknown }
  const detail = typeof message === "string" ? message : "unknown"
  const code = (cause as { readonly code?: unknown } | null)?.code
  const known = typeof code === "string" ? code : "unknown"
  if (writeRefusals.has(known)) return new DataFolderError({ home, reason: new ReadOnly({ detail }) })
  if (fullDisk.has(known)) return new DataFolderError({ home, reason: new DiskFull({ detail }) })
  return new DataFolderError({ home, reason: new FileSystemFailed({ code: known, detail }) })
}

const wire = Schema.toCodecJson(DataFolderError)

/** As plain data: what crosses to another thread as an error arrives there without its class. */
export const encodeDataFolderError = (error: DataFolderError): unknown => Schema.encodeSync(wire)(error)
export const decodeDataFolderError = (data: unknown): DataFolderError => Schema.decodeUnknownSync(wire)(data)
