// The port behind which open runs are driven to their ends: by fibers of this process (PM, embedded), or by functions
// that the host schedules (Convex). A caller opens a run and waits; it never drives.
import type { RunRequest } from "@executor-v2/domain"
import { NotFound, type Actor, type HostFailure, type RunId, type TaskRun, type WorkspaceId } from "@executor-v2/schema"
import type { CatalogSnapshot } from "@executor-v2/source-manager"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"

/** A line about a run that is going on. */
export interface RunProgress {
  readonly calls: number
}

/** A run to open, with the catalog that it pins. */
export interface RunOpening extends Omit<RunRequest, "catalog"> {
  readonly catalog: CatalogSnapshot
}

/** How long a caller waits for a run. */
export interface Waiting {
  readonly patienceMs: number
  /** Told while the run goes on, by hosts that know. */
  readonly onProgress?: ((progress: RunProgress) => void) | undefined
}

/** A run as its opener holds it. */
export interface OpenedRun {
  readonly run: TaskRun
  /**
   * Returns when the run has ended or patience has, with the run if the host has just read it; fails if the host could not
   * bring the run to an end.
   */
  readonly wait: (waiting: Waiting) => Effect.Effect<Option.Option<TaskRun>, HostFailure>
}

export class Drivers extends Context.Service<
  Drivers,
  {
    /** Opens a run that will be driven to an end, whatever becomes of its caller. */
    readonly open: (opening: RunOpening) => Effect.Effect<OpenedRun, HostFailure>
    /** The same wait, for a run that was opened before. */
    readonly wait: (
      workspace: WorkspaceId,
      run: RunId,
      waiting: Waiting
    ) => Effect.Effect<Option.Option<TaskRun>, HostFailure>
    /** Ends a run that is going on. */
    readonly cancel: (workspace: WorkspaceId, actor: Actor, run: RunId) => Effect.Effect<void, NotFound | HostFailure>
    /** Tool calls that a run has made so far, where this host knows. */
    readonly callsOf: (run: RunId) => number | undefined
    /** Runs that are going on, at most those that a page holds. */
    readonly count: (workspace: WorkspaceId) => Effect.Effect<number>
    /** Done once this process drives none. */
    readonly idle: Effect.Effect<void>
  }
>()("@executor-v2/engine/Drivers") {}

/** A run that is not there to be cancelled. */
export const notActive = (id: RunId) =>
  new NotFound({ what: "active run", id, hint: "It has ended, or was never there: executor runs list" })
