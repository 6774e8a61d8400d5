// What whoever starts the daemon decides, read from the environment once.
import { Config, Effect, Schema } from "effect"
import * as os from "node:os"
import * as path from "node:path"

/** A variable that cannot be meant as it stands. */
export class SettingsError extends Schema.TaggedError<SettingsError>()("SettingsError", {
  variable: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `${this.variable} ${this.detail}`
  }
}

export interface Settings {
  /** Absolute path of the data folder. */
  readonly home: string
  /** Where to begin looking for a free port; 0 takes any. */
  readonly port: number
  /** Exact origins on non-public addresses that runs may register as sources. */
  readonly allowOrigins: ReadonlyArray<string>
}

const text = (variable: string) => Effect.orDie(Config.String(variable).pipe(Config.withDefault("")))

const portForm = "must be a number from 0 to 65535 (0 takes any free port)"

const parsePort = (given: string): Effect.Effect<number, SettingsError> => {
  const port = given === "" ? 7411 : /^\d{1,5}$/.test(given) ? Number(given) : Number.NaN
  return port <= 65_535
    ? Effect.succeed(port)
    : Effect.fail(new SettingsError({ variable: "EXECUTOR_PORT", detail: portForm }))
}

/** An origin and nothing else: no path, no wildcard, no user. */
const isOrigin = (given: string): boolean => {
  const url = URL.parse(given)
  if (url === null || !["http:", "https:"].includes(url.protocol) || !/^[\w.:[\]-]+$/.test(url.host)) return false
  return url.origin === given || `${url.origin}/` === given
}

const parseOrigins = (given: string): Effect.Effect<ReadonlyArray<string>, SettingsError> => {
  const origins = given.split(/[\s,]+/).filter((each) => each !== "")
  const wrong = origins.findIndex((origin) => !isOrigin(origin))
  if (wrong === -1) return Effect.succeed(origins.map((origin) => new URL(origin).origin))
  const detail =
    "must list exact origins such as http://localhost:8080, separated by commas; " + `entry ${wrong + 1} is none`
  return Effect.fail(new SettingsError({ variable: "EXECUTOR_ALLOW_ORIGINS", detail }))
}

export const readSettings: Effect.Effect<Settings, SettingsError> = Effect.gen(function* () {
  const home = yield* text("EXECUTOR_HOME")
  return {
    home: path.resolve(home === "" ? path.join(os.homedir(), ".executor") : home),
    port: yield* parsePort(yield* text("EXECUTOR_PORT")),
    allowOrigins: yield* parseOrigins(yield* text("EXECUTOR_ALLOW_ORIGINS"))
  }
})
