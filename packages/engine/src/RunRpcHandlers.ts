// The run contract, on Execute and Runs.
import { Runs } from "@executor-v2/domain"
import { Journal } from "@executor-v2/persistence-ports"
import { Caller, RunRpcs, type RunUpdate } from "@executor-v2/rpc"
import {
  Refused,
  type EventEnvelope,
  type HostFailure,
  type NotFound,
  type RunId,
  type TaskRun,
  type WorkspaceId
} from "@executor-v2/schema"
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Stream from "effect/Stream"
import { Execute } from "./Execute.ts"

/** Whose run an event tells about. */
const runOf = ({ event }: EventEnvelope): RunId | undefined => {
  switch (event._tag) {
    case "RunMoved":
    case "RunEnded":
      return event.id
    case "ToolCallIntended":
    case "ToolCallRecorded":
      return event.call.run
    case "ToolCallSettled":
      return event.run
    default:
      return undefined
  }
}

/** Longest code in a list, in characters; a whole run is for `Runs.Get`. */
const gistChars = 1_000

/** A run as a list shows it: a page of whole ones would be longer than a client takes. */
const brief = ({ result: _, code, ...run }: TaskRun): TaskRun => ({ ...run, code: code.slice(0, gistChars), logs: [] })

/** Calls in one answer: a run may have made ten thousand. */
const shownCalls = 500

/** The program that calls one tool. Path segments are identifiers by the time this is built. */
const oneCall = (path: string, args: unknown): string => `return await tools.${path}(${JSON.stringify(args)})`

export const layer = RunRpcs.toLayer(
  Effect.gen(function* () {
    const execute = yield* Execute
    const runs = yield* Runs
    const journal = yield* Journal

    const detail = Effect.fnUntraced(function* (workspace: WorkspaceId, id: RunId) {
      const run = yield* runs.get(workspace, id)
      return { run, calls: yield* runs.calls(workspace, id, shownCalls), result: yield* execute.answer(run) }
    })

    /** One event as its watcher reads it: the entity as it is now, and the answer once the run is over. */
    const update = (
      workspace: WorkspaceId,
      id: RunId,
      { event }: EventEnvelope
    ): Stream.Stream<RunUpdate, NotFound | HostFailure> => {
      if (event._tag === "ToolCallIntended" || event._tag === "ToolCallRecorded") {
        return Stream.succeed({ _tag: "Call", call: event.call })
      }
      if (event._tag === "ToolCallSettled") {
        return Stream.unwrap(
          Effect.map(
            runs.call(workspace, event.id),
            Option.match({
              onNone: () => Stream.empty,
              onSome: (call) => Stream.succeed({ _tag: "Call", call } as const)
            })
          )
        )
      }
      return Stream.unwrap(
        Effect.map(detail(workspace, id), ({ run, result }) =>
          runs.hasEnded(run)
            ? Stream.make({ _tag: "Status", run } as const, { _tag: "Done", result } as const)
            : Stream.make({ _tag: "Status", run } as const)
        )
      )
    }

    /** Where the run stands, then each change until its end. Subscribed before looking, so that nothing falls between. */
    const watch = (workspace: WorkspaceId, id: RunId): Stream.Stream<RunUpdate, NotFound | HostFailure> =>
      Stream.unwrap(
        Effect.gen(function* () {
          const events = yield* Queue.unbounded<EventEnvelope, Cause.Done>()
          yield* journal.changes(workspace).pipe(
            Stream.filter((envelope) => runOf(envelope) === id),
            Stream.runIntoQueue(events),
            Effect.forkScoped({ startImmediately: true })
          )
          const { run, calls, result } = yield* detail(workspace, id)
          const now: ReadonlyArray<RunUpdate> = [
            { _tag: "Status", run },
            ...calls.map((call) => ({ _tag: "Call", call }) as const)
          ]
          if (runs.hasEnded(run)) return Stream.fromIterable<RunUpdate>([...now, { _tag: "Done", result }])
          const later = Stream.fromQueue(events).pipe(
            Stream.flatMap((envelope) => update(workspace, id, envelope)),
            Stream.takeUntil((told) => told._tag === "Done")
          )
          return Stream.concat(Stream.fromIterable(now), later)
        })
      )

    return RunRpcs.of({
      "Runs.Execute": (request) => Effect.flatMap(Caller, (caller) => execute.execute({ ...caller, ...request })),

      "Runs.Call": Effect.fnUntraced(function* ({ path, arguments: args, ...request }) {
        const caller = yield* Caller
        if (!/^[A-Za-z_][\w]*(\.[A-Za-z_]\w*)+$/.test(path)) {
          return yield* new Refused({
            code: "invalid",
            message: `"${path}" is not a tool path (source.tool); find one with: executor tools search WORDS`
          })
        }
        return yield* execute.execute({ ...caller, ...request, code: oneCall(path, args) })
      }),

      "Runs.Resume": (request) => Effect.flatMap(Caller, (caller) => execute.resume({ ...caller, ...request })),
      "Runs.List": (query) =>
        Effect.flatMap(Caller, ({ workspace }) => Effect.map(runs.list(workspace, query), (all) => all.map(brief))),
      "Runs.Get": ({ run }) => Effect.flatMap(Caller, ({ workspace }) => detail(workspace, run)),
      "Runs.Cancel": ({ run }) =>
        Effect.flatMap(Caller, ({ workspace, actor }) => execute.cancel(workspace, actor, run)),
      "Runs.Watch": ({ run }) => Stream.unwrap(Effect.map(Caller, ({ workspace }) => watch(workspace, run)))
    })
  })
)
