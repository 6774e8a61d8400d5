// An answer may take minutes, and its key be revoked meanwhile: then nothing more of it is told. What was begun goes on,
// as runs do when their callers leave.
import { ConvexTokens } from "@executor-v2/persistence-convex"
import * as HttpBody from "effect/http/HttpBody"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { keyIsGone, type Entry } from "./Door.ts"

/** How often an open answer's key is looked at (milliseconds). */
const lookMs = 2_000

/** Returns once the key is revoked. A look that fails is no proof of that. */
const revoked = Effect.fnUntraced(function* ({ holds }: Entry) {
  for (let held = true; held;) {
    yield* Effect.sleep(lookMs)
    held = yield* Effect.orElseSucceed(holds, () => true)
  }
})

/** What a room answers, for as long as the key holds that opened it. */
export const whileHeld = <E, R>(
  entry: Entry,
  room: Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
): Effect.Effect<HttpServerResponse.HttpServerResponse, E, R | ConvexTokens> =>
  Effect.gen(function* () {
    const gone = Effect.provideService(revoked(entry), ConvexTokens, yield* ConvexTokens)
    const response = yield* Effect.raceFirst(room, Effect.as(gone, keyIsGone))
    const { body } = response
    return body._tag === "Stream"
      ? HttpServerResponse.setBody(
          response,
          HttpBody.stream(Stream.interruptWhen(body.stream, gone), body.contentType, body.contentLength)
        )
      : response
  })
