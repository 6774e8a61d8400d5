// All gates in the order in which a failure is best read: the house first, then its rooms.
import { checkEffectTests } from "./EffectTests.ts"
import { checkHeaders } from "./Headers.ts"
import { checkImports } from "./Imports.ts"
import { checkPortability } from "./Portability.ts"
import { checkPurity } from "./Purity.ts"
import type { Report } from "./Report.ts"
import { checkRoomTable } from "./RoomTable.ts"
import { checkServiceKeys } from "./ServiceKeys.ts"
import { checkSizes } from "./Sizes.ts"
import { checkVitestCalls } from "./VitestCalls.ts"

/** Each gate by its name: a function of the repository's folder that changes nothing. */
export const gates: { readonly [name: string]: (root: string) => Report | Promise<Report> } = {
  imports: checkImports,
  "room-table": checkRoomTable,
  portability: checkPortability,
  purity: checkPurity,
  sizes: checkSizes,
  "service-keys": checkServiceKeys,
  headers: checkHeaders,
  "vitest-calls": checkVitestCalls,
  "effect-tests": checkEffectTests
}
