import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect } from "effect"
import * as os from "node:os"
import * as path from "node:path"
import { readSettings } from "../src/Settings.ts"

const from = (env: Record<string, string>) =>
  readSettings.pipe(Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnvRecord(env))))

describe("settings", () => {
  it.effect("have defaults", () =>
    Effect.gen(function* () {
      const settings = yield* from({})
      assert.deepStrictEqual(settings, { home: path.join(os.homedir(), ".executor"), port: 7411, allowOrigins: [] })
    })
  )

  it.effect("are read from the environment, the folder made absolute, origins brought to one form", () =>
    Effect.gen(function* () {
      const settings = yield* from({
        EXECUTOR_HOME: "relative",
        EXECUTOR_PORT: "0",
        EXECUTOR_ALLOW_ORIGINS: "http://localhost:8080, https://10.0.0.1/"
      })
      assert.deepStrictEqual(settings, {
        home: path.resolve("relative"),
        port: 0,
        allowOrigins: ["http://localhost:8080", "https://10.0.0.1"]
      })
    })
  )

  for (const port of ["x", "-1", "65536", "7411.5", "0x10", " 1", "1e3"]) {
    it.effect(`refuse EXECUTOR_PORT=${port} and say what is meant`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(from({ EXECUTOR_PORT: port }))
        assert.strictEqual(error.message, "EXECUTOR_PORT must be a number from 0 to 65535 (0 takes any free port)")
      })
    )
  }

  for (const origin of [
    "*",
    "http://*.local",
    "localhost:8080",
    "http://localhost:8080/path",
    "file:///etc",
    "http://user:canary@localhost"
  ]) {
    it.effect(`refuse EXECUTOR_ALLOW_ORIGINS=${origin} by its place, without repeating it`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(from({ EXECUTOR_ALLOW_ORIGINS: `http://localhost:1,${origin}` }))
        assert.strictEqual(
          error.message,
          "EXECUTOR_ALLOW_ORIGINS must list exact origins such as http://localhost:8080, separated by commas; " +
            "entry 2 is none"
        )
      })
    )
  }
})
