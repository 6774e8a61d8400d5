// What `convex codegen` writes is committed, so that nobody needs a deployment to check types.
import { regenerate } from "@executor-v2/convex-harness"
import { assert, it } from "vitest"
import { functions } from "./TestDeployment.ts"

it("the committed _generated is what codegen writes now", async () => {
  assert.deepStrictEqual(await regenerate(functions), [])
})
