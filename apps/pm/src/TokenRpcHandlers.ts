// The token contract on this machine: its two keys lie in files, and whoever can read the folder has them already.
import { TokenRpcs } from "@executor-v2/rpc"
import { Refused } from "@executor-v2/schema"
import { Effect } from "effect"

const refused = Effect.fail(
  new Refused({
    code: "unsupported",
    message:
      "a local daemon has no tokens to give out: agents use the key in the file agent-token of its data folder, you the " +
      "one in token. Where they are: executor pm status --json"
  })
)

export const layer = TokenRpcs.toLayer({
  "Tokens.Create": () => refused,
  "Tokens.List": () => refused,
  "Tokens.Revoke": () => refused
})
