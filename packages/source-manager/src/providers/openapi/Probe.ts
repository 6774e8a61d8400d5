// Fetches a description and says at once what is wrong with it, without parsing megabytes on the host's thread.
import type { CredentialNeed } from "@executor-v2/schema"
import * as Effect from "effect/Effect"
import type { Files } from "../../Files.ts"
import type { Outbound, OutboundError, OutboundResponse } from "../../network/Outbound.ts"
import { SourceError, sourceError, type Material, type Probed, type ProbeRequest } from "../../Provider.ts"
import { atFirstSight, longestDocument, usual } from "./FirstSight.ts"

const timeoutMs = 30_000
const accept =
  "application/json, application/yaml;q=0.9, application/vnd.oai.openapi+json;q=0.9, text/yaml;q=0.8, */*;q=0.5"

export const probeOpenApi = (outbound: Outbound["Service"], files: Files["Service"]) =>
  Effect.fn("OpenApiProvider.probe")(function* ({
    location,
    privateOrigins
  }: ProbeRequest): Effect.fn.Return<Probed, SourceError> {
    switch (location._tag) {
      case "Url": {
        const url = withoutFragment(location.url)
        const response = yield* outbound
          .request({
            method: "GET",
            url,
            headers: { accept, "user-agent": "executor" },
            privateOrigins,
            timeoutMs,
            maxBytes: longestDocument
          })
          .pipe(Effect.mapError((error) => unreached(error, url)))
        if (response.status === 401) return { _tag: "AuthRequired", needs: [needOf(response)] }
        if (response.status < 200 || response.status > 299) return yield* badStatus(response, url)
        return yield* material(response.body, shown(url))
      }
      case "File": {
        const text = yield* files
          .readText(location.path, longestDocument)
          .pipe(
            Effect.mapError((error) =>
              sourceError(
                error.reason === "too-large"
                  ? "too_large"
                  : error.reason === "unavailable"
                    ? "unsupported"
                    : "unreachable",
                error.message
              )
            )
          )
        return yield* material(text, location.path)
      }
      case "Text":
        return yield* location.text.length > longestDocument
          ? sourceError("too_large", `the text is longer than ${longestDocument / 1_048_576} MiB.`)
          : material(location.text, "the text")
      case "Stdio":
        return yield* sourceError(
          "unsupported",
          "a command is an MCP server, not an OpenAPI description. Leave out --kind openapi."
        )
    }
  })

const withoutFragment = (url: string): string => url.replace(/#.*$/s, "")

/** An address as people are shown it: a query may hold a key. */
const shown = (url: string): string => url.replace(/\?.*$/s, "?…").slice(0, 300)

/** Enough to see what a text is. */
const beginning = 64 * 1024
/** Longer than any mention of a version. */
const overlap = 64

/** Whether a version of OpenAPI is named anywhere. It mostly is at once; megabytes are looked through piece by piece. */
const namesVersion = (content: Material): boolean => {
  const version = /(?:openapi|swagger)["']?\s*:/
  if (typeof content === "string") return version.test(content)
  const decoder = new TextDecoder()
  for (let at = 0; at < content.length; at += beginning - overlap) {
    if (version.test(decoder.decode(content.subarray(at, at + beginning)))) return true
  }
  return false
}

/** A cheap look: what does not even mention a version of OpenAPI cannot be a description. */
const material = (content: Material, what: string): Effect.Effect<Probed, SourceError> => {
  const start = typeof content === "string" ? content : new TextDecoder().decode(content.subarray(0, beginning))
  const wrong = atFirstSight(start, what)
  if (wrong !== undefined) return Effect.fail(wrong)
  if (!namesVersion(content)) {
    const kind = /^\s*[{[]/.test(start.slice(0, 1_000)) ? "JSON" : "text"
    return Effect.fail(
      sourceError(
        "not_a_specification",
        `${what} is ${kind}, but no OpenAPI description: it names no "openapi" version. ${usual}`
      )
    )
  }
  return Effect.succeed({ _tag: "Material", material: content })
}

const unreached = (error: OutboundError, url: string): SourceError => {
  switch (error.reason) {
    case "timeout":
      return sourceError(
        "timeout",
        `${shown(url)} did not answer within ${timeoutMs / 1_000} s (${error.detail}). Try again, or give a file.`
      )
    case "refused":
      return sourceError("refused_address", error.detail)
    case "too-large":
      return sourceError(
        "too_large",
        `the description at ${shown(url)} is larger than ${longestDocument / 1_048_576} MiB. Add a part of it.`
      )
    case "unreachable":
    case "too-many-redirects":
    case "invalid-url":
      return sourceError("unreachable", `${shown(url)} could not be read: ${error.detail}.`)
  }
}

const badStatus = (response: OutboundResponse, url: string): SourceError => {
  const { status } = response
  const hint =
    status === 404 || status === 410
      ? ` There is nothing at this address. ${usual}`
      : status === 403
        ? " Access is forbidden: is it public?"
        : status >= 500
          ? " The service has a problem; try again later."
          : ""
  return sourceError("http_status", `${shown(url)} answered ${status}.${hint}`, status)
}

/** What the answer 401 asks for (RFC 9110 §11.6.1). */
const needOf = (response: OutboundResponse): CredentialNeed => {
  const challenge = response.headers["www-authenticate"] ?? ""
  const scheme = /^\s*([A-Za-z0-9-]+)/.exec(challenge)?.[1] ?? "unknown"
  const kind = /^bearer$/i.test(scheme)
    ? ("bearer" as const)
    : /^basic$/i.test(scheme)
      ? ("basic" as const)
      : ("unknown" as const)
  const placement =
    kind === "unknown"
      ? {}
      : {
          placement: { in: "header" as const, name: "Authorization", prefix: kind === "bearer" ? "Bearer " : "Basic " }
        }
  return { scheme, kind, ...placement, description: "to read the description itself" }
}
