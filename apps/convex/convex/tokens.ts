// The first key to a workspace. Only who deploys can call this: `npx convex run tokens:create '{"workspace":"default"}'`.
import { internalAction } from "@executor-v2/confect"
import { WorkspaceId } from "@executor-v2/schema"
import * as Schema from "effect/Schema"
import { firstToken } from "../src/Tokens.ts"

export const create = internalAction({
  args: { workspace: WorkspaceId, name: Schema.optionalKey(Schema.String) },
  returns: Schema.Struct({ workspace: WorkspaceId, token: Schema.String }),
  handler: firstToken
})
