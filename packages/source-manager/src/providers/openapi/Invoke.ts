// Calls one operation: build the request, send it through the guarded network, translate the answer.
import { ToolError } from "@executor-v2/schema"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { invalidArguments } from "../../json-schema/Arguments.ts"
import type { Outbound, OutboundResponse } from "../../network/Outbound.ts"
import type { Invocation, Invoked } from "../../Provider.ts"
import { noAnswer, upstreamError, valueOf } from "./Answer.ts"
import type { OpenApiBinding } from "./Binding.ts"
import { BadArgument } from "./Body.ts"
import { buildRequest, type BuiltRequest } from "./BuildRequest.ts"

const timeoutMs = 60_000
const maxBytes = 16 * 1024 * 1024

export const invokeOpenApi = (outbound: Outbound["Service"]) =>
  Effect.fnUntraced(function* ({ source, tool, args, signal }: Invocation): Effect.fn.Return<Invoked, ToolError> {
    const binding = tool.binding as OpenApiBinding
    const path = `${source.name}.${tool.name}`
    if (binding.security !== undefined && binding.security.length > 0) return yield* credentialMissing(path, binding)
    const request = yield* Effect.try({
      try: (): BuiltRequest => buildRequest(binding, args),
      catch: (cause) => {
        if (cause instanceof BadArgument) return invalidArguments(path, [cause.problem])
        throw cause
      }
    })
    const { readOnly, idempotent } = tool.traits
    const response: OutboundResponse = yield* outbound
      .request({
        ...request,
        privateOrigins: source.privateOrigins,
        timeoutMs,
        maxBytes,
        ...(signal === undefined ? {} : { signal })
      })
      .pipe(Effect.mapError((error) => noAnswer(binding, error, readOnly || idempotent)))
    if (response.status >= 400) return yield* upstreamError(binding, response, yield* Clock.currentTimeMillis)
    return { _tag: "Done", json: valueOf(binding, response) }
  })

/** Credentials come from the vault; without one nothing is sent. */
const credentialMissing = (path: string, binding: OpenApiBinding): ToolError => {
  const alternatives = (binding.security ?? []).map((needs) =>
    needs
      .map(
        ({ scheme, kind, placement }) =>
          `${scheme} (${kind}${placement === undefined ? "" : ` in ${placement.in} ${placement.name}`})`
      )
      .join(" with ")
  )
  return new ToolError({
    code: "auth_required",
    message:
      `${path} was not called: it needs a credential that is not set: ${alternatives.slice(0, 5).join(", or ")}. ` +
      "Only a human can give it.",
    retryable: false,
    details: { schemes: (binding.security ?? []).slice(0, 5).map((needs) => needs.map(({ scheme }) => scheme)) }
  })
}
