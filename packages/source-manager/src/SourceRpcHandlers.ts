// The source contract, on Registration and Sources.
import { Sources } from "@executor-v2/domain"
import { Caller, SourceRpcs } from "@executor-v2/rpc"
import type { Source } from "@executor-v2/schema"
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import { Registration, type OnState } from "./Registration.ts"

/** The states that a registration goes through, as they happen. */
const states = <E>(register: (onState: OnState) => Effect.Effect<Source, E>): Stream.Stream<Source, E> =>
  Stream.callback<Source, E>((queue: Queue.Queue<Source, E | Cause.Done>) =>
    register((source) => Effect.asVoid(Queue.offer(queue, source))).pipe(
      Effect.matchCauseEffect({
        onSuccess: () => Queue.end(queue),
        onFailure: (cause) => Queue.failCause(queue, cause)
      })
    )
  )

export const layer = SourceRpcs.toLayer(
  Effect.gen(function* () {
    const registration = yield* Registration
    const sources = yield* Sources

    return SourceRpcs.of({
      "Sources.Add": (draft) =>
        Stream.unwrap(
          Effect.map(Caller, ({ workspace, actor }) =>
            states((onState) => registration.add({ workspace, actor, ...draft }, onState))
          )
        ),
      "Sources.Refresh": ({ name }) =>
        Stream.unwrap(
          Effect.map(Caller, ({ workspace, actor }) =>
            states((onState) => registration.refresh(workspace, actor, name, onState))
          )
        ),
      "Sources.List": () => Effect.flatMap(Caller, ({ workspace }) => sources.list(workspace)),
      "Sources.Get": ({ name }) =>
        Effect.flatMap(Caller, ({ workspace }) => Effect.map(sources.find(workspace, name), (found) => found.entity)),
      "Sources.Remove": ({ name }) =>
        Effect.flatMap(Caller, ({ workspace, actor }) => registration.remove(workspace, actor, name))
    })
  })
)
