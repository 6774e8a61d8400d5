// Runs the command line and ends as it ended.
import { CommanderError } from "commander"
import { makeProgram, wantsJson, withDefaults } from "./Commands.ts"
import { report } from "./Failure.ts"
import { endUnread } from "./Interrupt.ts"

// `executor … | head` takes what it wants and leaves; nobody is there to be told.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error
    endUnread()
  })
}

const argv = withDefaults(process.argv.slice(2))

try {
  await makeProgram(argv).parseAsync(argv, { from: "user" })
} catch (error) {
  // Help and version end here too, with nothing left to say.
  if (!(error instanceof CommanderError && error.exitCode === 0)) report(error, wantsJson(argv))
}
