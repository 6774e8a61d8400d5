// The built-in source: what code can ask of the house itself. It acts for the caller, with the caller's rights.
import { HostInfo, Policies, Runs, Sources, suggestSourceName } from "@executor-v2/domain"
import {
  RunId,
  RunStatus,
  SourceName,
  ToolError,
  type HostFailure,
  type NotFound,
  type Refused,
  type Source,
  type TaskRun
} from "@executor-v2/schema"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Invoked } from "../../Provider.ts"
import { Registration } from "../../Registration.ts"
import type { ToolCaller } from "../../ToolCaller.ts"

type Args = Readonly<Record<string, unknown>>
type Handler = (args: Args, caller: ToolCaller) => Effect.Effect<unknown, ToolError | Refused | NotFound | HostFailure>

const toToolError = (error: ToolError | Refused | NotFound | HostFailure): ToolError => {
  switch (error._tag) {
    case "ToolError":
      return error
    case "Refused":
      return new ToolError({ code: error.code, message: error.message, retryable: error.code === "busy" })
    case "NotFound":
      return new ToolError({ code: "not_found", message: error.message, retryable: false })
    case "HostFailure":
      return new ToolError({ code: "host_failure", message: error.message, retryable: false })
  }
}

/** An argument that is text in the schema and more in our types. */
const decoded = <A>(schema: Schema.Codec<A, string>, name: string, value: unknown): Effect.Effect<A, ToolError> =>
  Option.match(Schema.decodeUnknownOption(schema)(value), {
    onNone: () =>
      Effect.fail(
        new ToolError({
          code: "invalid_arguments",
          message: `${name}: ${JSON.stringify(value)} is not a ${name}`,
          retryable: false
        })
      ),
    onSome: Effect.succeed
  })

const optional = <A>(
  schema: Schema.Codec<A, string>,
  name: string,
  value: unknown
): Effect.Effect<A | undefined, ToolError> =>
  value === undefined ? Effect.succeed(undefined) : decoded(schema, name, value)

const sourceLine = ({ name, kind, state, title, toolCount, failure, needs }: Source) => ({
  name,
  kind,
  state,
  title,
  toolCount,
  problem:
    failure?.message ??
    (needs.length === 0 ? undefined : `needs a credential: ${needs.map((need) => need.scheme).join(", ")}`)
})

const runLine = ({ id, status, createdAt, callCount, failure }: TaskRun) => ({
  id,
  status,
  createdAt,
  callCount,
  error: failure?.message
})

/** A handler that answers with JSON text of its own, which is passed on unread. */
class JsonText {
  readonly json: string
  constructor(json: string) {
    this.json = json
  }
}

export class ExecutorProvider extends Context.Service<ExecutorProvider>()(
  "@executor-v2/source-manager/providers/executor/ExecutorProvider",
  {
    make: Effect.gen(function* () {
      const registration = yield* Registration
      const sources = yield* Sources
      const runs = yield* Runs
      const policies = yield* Policies
      const host = yield* HostInfo
      const quiet = () => Effect.void

      const handlers: Readonly<Record<string, Handler>> = {
        "tools.search": ({ query, limit, offset, source }, { catalog }) =>
          Effect.flatMap(optional(SourceName, "source", source), (named) =>
            catalog.search(query as string, {
              limit: (limit as number | undefined) ?? 8,
              offset: (offset as number | undefined) ?? 0,
              ...(named === undefined ? {} : { source: named })
            })
          ),

        "tools.describe": ({ path }, { catalog }) =>
          Effect.flatMap(
            catalog.describe(path as string),
            Option.match({
              onSome: Effect.succeed,
              onNone: () =>
                Effect.flatMap(catalog.nearest(path as string), (nearest) =>
                  Effect.fail(
                    new ToolError({
                      code: "unknown_tool",
                      message: `there is no tool "${path as string}".${nearest.length === 0 ? "" : ` Nearest: ${nearest.join(", ")}`}`,
                      retryable: false
                    })
                  )
                )
            })
          ),

        "sources.list": (_, { workspace }) => Effect.map(sources.list(workspace), (all) => all.map(sourceLine)),

        "sources.add": Effect.fnUntraced(function* ({ url, name, kind, baseUrl }, { workspace, actor }) {
          const named =
            (yield* optional(SourceName, "name", name)) ?? Option.getOrUndefined(suggestSourceName(url as string))
          const added = yield* registration.add(
            {
              workspace,
              // Whoever is behind the key, the request comes from a program: only public addresses.
              actor: { ...actor, kind: "agent" },
              location: {
                _tag: "Url",
                url: url as string,
                ...(baseUrl === undefined ? {} : { baseUrl: baseUrl as string })
              },
              name: named,
              kind: kind as "openapi" | "mcp" | undefined
            },
            quiet
          )
          return sourceLine(added)
        }),

        "sources.refresh": Effect.fnUntraced(function* ({ name }, { workspace, actor }) {
          const named = yield* decoded(SourceName, "name", name)
          return sourceLine(yield* registration.refresh(workspace, { ...actor, kind: "agent" }, named, quiet))
        }),

        "sources.remove": Effect.fnUntraced(function* ({ name }, { workspace, actor }) {
          yield* registration.remove(workspace, { ...actor, kind: "agent" }, yield* decoded(SourceName, "name", name))
          return null
        }),

        "runs.list": Effect.fnUntraced(function* ({ limit, before, status }, { workspace }) {
          const cursor = yield* optional(RunId, "before", before)
          const wanted = yield* optional(RunStatus, "status", status)
          const found = yield* runs.list(workspace, {
            limit: (limit as number | undefined) ?? 20,
            ...(cursor === undefined ? {} : { before: cursor }),
            ...(wanted === undefined ? {} : { status: wanted })
          })
          return found.map(runLine)
        }),

        "runs.get": Effect.fnUntraced(function* ({ id }, { workspace }) {
          const run = yield* runs.get(workspace, yield* decoded(RunId, "id", id))
          const calls = yield* runs.calls(workspace, run.id)
          return {
            ...runLine(run),
            code: run.code,
            calls: calls.map(({ key, argumentsPreview, outcome }) => ({
              path: key.path,
              arguments: argumentsPreview,
              outcome: outcome?._tag ?? "open"
            }))
          }
        }),

        "artifacts.read": Effect.fnUntraced(function* ({ run, offset, length }, { workspace }) {
          const { id, result } = yield* runs.get(workspace, yield* decoded(RunId, "run", run))
          if (result === undefined)
            return yield* new ToolError({ code: "not_found", message: `run ${id} has no result`, retryable: false })
          if (offset === undefined && length === undefined) return new JsonText(yield* runs.readJson(result))
          return yield* runs.readJson(result, offset as number | undefined, length as number | undefined)
        }),

        "policies.list": (_, { workspace }) =>
          Effect.map(policies.list(workspace), (all) =>
            all.map(({ pattern, effect, note }) => ({ pattern, effect, note }))
          ),

        health: (_, { catalog }) =>
          Effect.sync(() => ({
            ok: true,
            version: host.version,
            sources: catalog.sources.length,
            tools: catalog.sources.reduce((sum, source) => sum + source.toolCount, 0)
          }))
      }

      const invoke = (name: string, args: Args, caller: ToolCaller): Effect.Effect<Invoked, ToolError> =>
        (handlers[name] ?? (() => Effect.die(new Error(`built-in tool ${name} has no handler`))))(args, caller).pipe(
          Effect.mapError(toToolError),
          Effect.map((value) => ({
            _tag: "Done",
            json: value instanceof JsonText ? value.json : JSON.stringify(value)
          }))
        )

      return { invoke, names: Object.keys(handlers) }
    })
  }
) {
  static readonly layer = Layer.effect(ExecutorProvider, this.make)
}
