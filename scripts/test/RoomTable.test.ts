// The table that people read and the table that the gates read say the same.
import { assert, describe, it } from "vitest"
import { root } from "../check/Commands.ts"
import { checkRoomTable } from "../check/RoomTable.ts"
import { house, lines, plant } from "./Plant.ts"

const planted = (...rows: ReadonlyArray<string>) =>
  checkRoomTable(
    plant({
      "architecture.json": house({
        packages: {
          schema: { level: 0, dependencies: [], testDependencies: [] },
          domain: { level: 3, dependencies: ["schema"], testDependencies: [] }
        }
      }),
      "ARCHITECTURE.md": ["| level | room | owns | may import |", "|---|---|---|---|", ...rows].join("\n")
    })
  )

const schema = "| 0 | [`schema`](packages/schema) | data | - |"
const domain = "| 3 | [`domain`](packages/domain) | rules | schema |"

describe("the table of rooms", () => {
  it("is as architecture.json has it", () => {
    const { inspected, violations } = checkRoomTable(root)
    assert.isAbove(inspected, 10)
    assert.deepStrictEqual(violations, [])
  })

  it("passes when all rows agree, planned rooms aside", () => {
    assert.deepStrictEqual(lines(planted(schema, domain, "| 1 | `secrets` | vaults | *planned* |")), [])
  })

  it.each([
    ["another import", "| 3 | [`domain`](packages/domain) | rules | - |", "level 3, may import schema"],
    ["another level", "| 2 | [`domain`](packages/domain) | rules | schema |", "level 3, may import schema"],
    ["a room that is not there", `${domain}\n| 1 | [\`attic\`](packages/attic) | old things | - |`, "attic has no row"],
    ["a room less", "", "no row for domain"]
  ])("fails on %s", (_, row, message) => {
    assert.include(lines(planted(schema, row)).join(), message)
  })

  it("fails when it finds no rooms at all", () => {
    assert.include(lines(planted()).join(), "inspected no rooms")
  })
})
