// Registering a source, from its draft to the tools it has: draft → probing → connected | auth_required | error.
import { ArtifactStore, type ArtifactStoreError } from "@executor-v2/persistence-ports"
import { SourceAddress, Sources, suggestSourceName } from "@executor-v2/domain"
import {
  HostFailure,
  Refused,
  sha256Hex,
  type Actor,
  type Event,
  type NotFound,
  type Source,
  type SourceFailure,
  type SourceKind,
  type SourceLocation,
  type SourceName,
  type Timestamp,
  type WorkspaceId
} from "@executor-v2/schema"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { isOwnMachine } from "./network/Address.ts"
import { OwnMachine } from "./network/OwnMachine.ts"
import { Compiler } from "./compile/Compiler.ts"
import { candidates, mayBeAnotherKind } from "./Detection.ts"
import type { EncodedManifest } from "./compile/Manifest.ts"
import { SourceError, sourceError, type Probed } from "./Provider.ts"
import { Providers } from "./Providers.ts"

/** What a registration begins with; name and kind are found out when absent. */
export interface AddRequest {
  readonly workspace: WorkspaceId
  readonly actor: Actor
  readonly location: SourceLocation
  readonly name?: SourceName | undefined
  readonly kind?: SourceKind | undefined
}

/** Told of each state the source goes through. */
export type OnState = (source: Source) => Effect.Effect<void>

type Failed = Refused | HostFailure
type SettledBy = Extract<Event, { readonly _tag: "SourceConnected" | "SourceAuthRequired" }>

/** What looking at a source came to: what it is, and the step that settles it. */
interface Finding {
  readonly event: SettledBy
  readonly before: ReadonlyArray<Event>
}

/** Tries the kinds a location may be. The first failure is the telling one. */
const probeAs = Effect.fnUntraced(function* (
  providers: Providers["Service"],
  source: Source
): Effect.fn.Return<readonly [SourceKind, Probed], SourceError> {
  const kinds = source.kind === undefined ? candidates(source.location) : [source.kind]
  let first: SourceError | undefined
  for (const kind of kinds) {
    const provider = providers.get(kind)
    const result = yield* Effect.result(
      provider === undefined
        ? Effect.fail(sourceError("unsupported", `this version cannot use ${kind} sources`))
        : provider.probe({ name: source.name, location: source.location, privateOrigins: source.privateOrigins })
    )
    if (result._tag === "Success") return [kind, result.success]
    first ??= result.failure
    if (!mayBeAnotherKind(result.failure.failure)) break
  }
  return yield* first ?? sourceError("unsupported", "no kind of source fits this location")
})

/** Artifacts are durable before the event that names them. */
const storeManifest = Effect.fnUntraced(function* (
  artifacts: ArtifactStore["Service"],
  source: Source,
  manifest: EncodedManifest
): Effect.fn.Return<Event, ArtifactStoreError> {
  const [index, search, records] = yield* Effect.all(
    [artifacts.put(manifest.index), artifacts.put(manifest.search), artifacts.put(manifest.records)],
    { concurrency: "unbounded" }
  )
  const compiledAt = (yield* Clock.currentTimeMillis) as Timestamp
  const version = sha256Hex(`${index} ${records}`).slice(0, 16)
  return {
    _tag: "ToolsCompiled",
    artifact: { source: source.name, version, index, search, records, toolCount: manifest.toolCount, compiledAt }
  }
})

export class Registration extends Context.Service<Registration>()("@executor-v2/source-manager/Registration", {
  make: Effect.gen(function* () {
    const sources = yield* Sources
    const providers = yield* Providers
    const compiler = yield* Compiler
    const artifacts = yield* ArtifactStore
    const ownMachine = yield* OwnMachine

    const add = Effect.fn("Registration.add")(function* (
      request: AddRequest,
      onState: OnState
    ): Effect.fn.Return<Source, Failed> {
      const name = request.name ?? (yield* suggestName(request.location))
      const draft = yield* sources.draft({ ...request, name })
      yield* onState(draft)
      const source = yield* settle(request.workspace, request.actor, draft, onState)
      if (request.actor.kind === "owner" || source.failure?.code !== "refused_address") return source
      // A run cannot open the door to this machine or its network: nothing of the attempt stays.
      yield* Effect.ignore(sources.remove(request.workspace, request.actor, name))
      return yield* new Refused({
        code: "needs_human",
        message: `${source.failure.message}. A human can type: ${SourceAddress.addCommand(request.location, name)}`
      })
    }, Effect.uninterruptible)

    /** Looks again at a source that is there: new tools, a credential that was given, a service that is back. */
    const refresh = Effect.fn("Registration.refresh")(function* (
      workspace: WorkspaceId,
      actor: Actor,
      name: SourceName,
      onState: OnState
    ): Effect.fn.Return<Source, Failed | NotFound> {
      const { entity } = yield* sources.find(workspace, name)
      return yield* settle(workspace, actor, entity, onState)
    })

    /** Whatever happens in between, the source comes to rest in a state that says so: only the looking can be cut off. */
    const settle = (
      workspace: WorkspaceId,
      actor: Actor,
      source: Source,
      onState: OnState
    ): Effect.Effect<Source, Failed> => {
      const move = (event: Parameters<typeof sources.move>[2], before: ReadonlyArray<Event> = []) =>
        sources.move(workspace, actor, event, before, source).pipe(
          Effect.catchTag("NotFound", () => Effect.fail(removedMeanwhile(source.name))),
          Effect.tap(onState)
        )
      const failed = (failure: SourceFailure) => move({ _tag: "SourceFailed", name: source.name, failure })
      return move({ _tag: "SourceProbing", name: source.name }).pipe(
        Effect.flatMap((probing) => Effect.interruptible(find(actor, probing))),
        Effect.catchDefect((defect) =>
          Effect.andThen(
            Effect.logError(`source ${source.name} could not be looked at`, defect),
            Effect.fail(
              sourceError(
                "unsupported",
                "it could not be looked at for a reason of ours; the daemon's log has it (executor pm logs)"
              )
            )
          )
        ),
        Effect.flatMap((finding) => move(finding.event, finding.before)),
        Effect.catchTag("SourceError", (error) => failed(error.failure)),
        Effect.catchTag("ArtifactStoreError", (error) =>
          Effect.andThen(
            Effect.ignore(failed({ code: "unreachable", message: `its tools could not be stored: ${error.message}` })),
            Effect.fail(new HostFailure({ message: `${error.message}. Run: executor doctor` }))
          )
        ),
        Effect.onInterrupt(() =>
          Effect.ignore(
            failed({
              code: "unreachable",
              message: `registering was cut off. Run: executor sources refresh ${source.name}`
            })
          )
        ),
        Effect.uninterruptible
      )
    }

    /** Looks at the source and compiles what is there. */
    const find = Effect.fnUntraced(function* (
      actor: Actor,
      source: Source
    ): Effect.fn.Return<Finding, SourceError | ArtifactStoreError> {
      const { name } = source
      yield* compiler.warm
      const [kind, probed] = yield* probeAs(providers, source)
      if (probed._tag === "AuthRequired") {
        return { event: { _tag: "SourceAuthRequired", name, kind, needs: probed.needs }, before: [] }
      }
      const { location } = source
      const manifest = yield* compiler.compile({
        kind,
        material: probed.material,
        options: {
          source: name,
          ...(location._tag === "Url" ? { origin: location.url } : {}),
          ...("baseUrl" in location && location.baseUrl !== undefined ? { baseUrl: location.baseUrl } : {})
        }
      })
      const compiled = yield* storeManifest(artifacts, source, manifest)
      if (manifest.needs.length > 0) {
        return { event: { _tag: "SourceAuthRequired", name, kind, needs: manifest.needs }, before: [compiled] }
      }
      const title = probed.title ?? manifest.title
      const trusted = ownMachine ? trustedServers(actor, source, manifest.servers) : []
      const opened = trusted.map((origin) => `its calls may reach ${origin}, on this machine`)
      return {
        before: [compiled],
        event: {
          _tag: "SourceConnected",
          name,
          kind,
          toolCount: manifest.toolCount,
          warnings: [...opened, ...manifest.warnings].slice(0, 50),
          privateOrigins: [...source.privateOrigins, ...trusted],
          ...(title === undefined ? {} : { title })
        }
      }
    })

    /** Takes a source away, and what its provider keeps for it: a removed server must not go on running. */
    const remove = Effect.fn("Registration.remove")(function* (
      workspace: WorkspaceId,
      actor: Actor,
      name: SourceName
    ): Effect.fn.Return<void, Failed | NotFound> {
      const { entity } = yield* sources.find(workspace, name)
      yield* sources.remove(workspace, actor, name)
      const forget = entity.kind === undefined ? undefined : providers.get(entity.kind)?.forget
      if (forget !== undefined) yield* forget(entity)
    })

    return { add, refresh, remove }
  })
}) {
  static readonly layer = Layer.effect(Registration, this.make)
}

const removedMeanwhile = (name: SourceName) =>
  new Refused({ code: "busy", message: `source ${name} was removed while it was being registered` })

const suggestName = (location: SourceLocation): Effect.Effect<SourceName, Refused> => {
  const text = location._tag === "Url" ? location.url : location._tag === "File" ? location.path : ""
  return Option.match(suggestSourceName(text), {
    onNone: () =>
      Effect.fail(
        new Refused({
          code: "invalid",
          message: "a name is needed: --name NAME (a lower-case letter, then letters, digits, _)"
        })
      ),
    onSome: Effect.succeed
  })
}

/**
 * A description that a human chose from this machine may name services of this machine; one from the internet may not
 * point calls at them.
 */
const trustedServers = (
  actor: Actor,
  { location, privateOrigins }: Source,
  servers: ReadonlyArray<string>
): ReadonlyArray<string> => {
  const fromHere =
    location._tag === "File" ||
    location._tag === "Text" ||
    (location._tag === "Url" && isOwnMachine(new URL(location.url).hostname))
  if (actor.kind !== "owner" || !fromHere) return []
  return servers.filter(
    (origin) => !privateOrigins.includes(origin) && URL.canParse(origin) && isOwnMachine(new URL(origin).hostname)
  )
}
