// Turns what the ports of persistence may answer into what a caller can act upon.
import type { JournalError } from "@executor-v2/persistence-ports"
import { HostFailure, Refused } from "@executor-v2/schema"

/** A lost race is the caller's to retry; anything else is the host's trouble. */
export const commitFailure = (error: JournalError): Refused | HostFailure =>
  error.reason._tag === "Conflict"
    ? new Refused({
        code: "busy",
        message: `somebody else changed ${error.reason.entity.kind} ${error.reason.entity.id} just now; try again`
      })
    : hostFailure(error)

/** The host could not do `what`, and where to look for the reason. */
export const hostTrouble =
  (what: string) =>
  (error: { readonly message: string }): HostFailure =>
    new HostFailure({ message: `${what}: ${error.message}. Run: executor doctor` })

/** For commits without preconditions, and those whose conflicts are handled before. */
export const hostFailure: (error: JournalError) => HostFailure = hostTrouble("nothing could be written")
