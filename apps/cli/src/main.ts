// Runs the command line and ends as it ended.
import { CommanderError, type Command } from "commander"
import { makeProgram } from "./Commands.ts"
import { report } from "./Failure.ts"
import { endUnread } from "./Interrupt.ts"
import { commandFor, seeUsage } from "./Usage.ts"
import { takeTarget, wantsJson, withDefaults } from "./Words.ts"

// `executor … | head` takes what it wants and leaves; nobody is there to be told.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error
    endUnread()
  })
}

const typed = process.argv.slice(2)
let argv: ReadonlyArray<string> = typed
let program: Command | undefined

try {
  const { target, words } = takeTarget(typed)
  argv = withDefaults(words)
  // The option is the variable for one command, and so for what that command starts.
  if (target !== undefined) process.env["EXECUTOR_TARGET"] = target
  program = makeProgram(argv)
  await program.parseAsync(argv, { from: "user" })
} catch (error) {
  // Help and version end here too, with nothing left to say.
  if (!(error instanceof CommanderError && error.exitCode === 0))
    report(error, wantsJson(argv), program && seeUsage(commandFor(program, argv)))
}
