// Whether a host runs on the machine of the people who use it. Where it serves many, only its operator opens ways into the
// network that it stands in.
import * as Context from "effect/Context"

export const OwnMachine = Context.Reference<boolean>("@executor-v2/source-manager/network/OwnMachine", {
  defaultValue: () => true
})
