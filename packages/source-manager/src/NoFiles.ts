// The host has no disk that people keep files on.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Files, FilesError } from "./Files.ts"

export const layer: Layer.Layer<Files> = Layer.succeed(
  Files,
  Files.of({
    readText: (path) =>
      Effect.fail(
        new FilesError({
          reason: "unavailable",
          detail: `${path} was not read: this host has no files. Give the description's address or its text instead.`
        })
      )
  })
)
