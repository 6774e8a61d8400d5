// Where a command is explained: `executor help`, and what to read after a mistake.
import type { Command } from "commander"
import { wrongUsage } from "./Failure.ts"

/** `executor help …`: what `--help` shows, for those who type it this way. */
export const addHelp = (program: Command): void => {
  program
    .command("help", { hidden: true })
    .argument("[command...]")
    .option("--all")
    .action((words: ReadonlyArray<string>) => {
      const command = commandFor(program, words)
      if (pathOf(command).length - 1 < words.length)
        throw wrongUsage(`there is no command "${words.join(" ")}". See: executor --help --all`)
      command.help()
    })
}

/** Words that lead to a command, the program's name first. */
const pathOf = (command: Command): ReadonlyArray<string> =>
  command.parent === null ? [command.name()] : [...pathOf(command.parent), command.name()]

/** The innermost command that the words name. */
export const commandFor = (program: Command, words: ReadonlyArray<string>): Command => {
  let command = program
  for (const word of words) {
    const next = command.commands.find((each) => each.name() === word)
    if (next === undefined) break
    command = next
  }
  return command
}

/** The line that says where the usage of a command is. */
export const seeUsage = (command: Command): string =>
  command.parent === null ? "See: executor --help --all" : `See: ${pathOf(command).join(" ")} --help`

/** Whoever called a command wrongly is told where that one is explained. */
export const pointToUsage = (command: Command): void => {
  command.showHelpAfterError(seeUsage(command))
  for (const each of command.commands) pointToUsage(each)
}
