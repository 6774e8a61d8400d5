// Options and texts that several commands share.
import { InvalidArgumentError, Option } from "commander"

/** A whole number from the least one on. */
export const whole =
  (least: number) =>
  (text: string): number => {
    const value = Number(text)
    if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value
    throw new InvalidArgumentError(
      least === 0 ? "It must be a whole number." : `It must be a whole number from ${least} on.`
    )
  }

export const asJson = () => new Option("--json", "one JSON document on standard output")
export const limit = () => new Option("--limit <n>", "at most so many").argParser(whole(1))
export const offset = () => new Option("--offset <n>", "leave out the first so many").argParser(whole(0))

export const examples = (...lines: ReadonlyArray<string>): string =>
  `\nExamples\n${lines.map((line) => `  ${line}`).join("\n")}`
