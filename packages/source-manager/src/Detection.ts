// Which kind of source stands at a location, when nobody said: try the likelier one first.
import type { SourceFailure, SourceKind, SourceLocation } from "@executor-v2/schema"

/** Kinds to try, in order. */
export const candidates = (location: SourceLocation): readonly [SourceKind, ...Array<SourceKind>] => {
  switch (location._tag) {
    case "Stdio":
      return ["mcp"]
    case "File":
    case "Text":
      return ["openapi"]
    case "Url":
      return /(^|[./-])(mcp|sse)([./?-]|$)/i.test(location.url) ? ["mcp", "openapi"] : ["openapi", "mcp"]
  }
}

/** Failures that say "this is something else": anything more would only knock again at a door that stays shut. */
export const mayBeAnotherKind = (failure: SourceFailure): boolean =>
  failure.code === "not_a_specification" ||
  failure.code === "protocol" ||
  (failure.code === "http_status" && [400, 401, 404, 405, 406, 415, 426].includes(failure.status ?? 0))
