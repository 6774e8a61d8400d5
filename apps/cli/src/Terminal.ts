// What people see: colour and movement on a terminal, plain text in a pipe, one JSON document with --json.
import { stripVTControlCharacters, styleText } from "node:util"

type Style = Parameters<typeof styleText>[0]

/** Colour and movement: only where somebody looks, and only where they are welcome. */
const lively = (stream: NodeJS.WriteStream): boolean =>
  stream.isTTY === true && !process.env["CI"] && process.env["TERM"] !== "dumb"

/** `NO_COLOR` and `CI` are honoured, per stream, so that a pipe never gets an escape sequence. */
export const style = (text: string, format: Style, stream: NodeJS.WriteStream = process.stdout): string =>
  lively(stream) && !process.env["NO_COLOR"] ? styleText(format, text, { validateStream: false }) : text

/** Characters that move the cursor, turn the writing round or hide: never shown as they are. */
const hidden =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\u{e0000}-\u{e007f}]/gu

/** What came from a server or a program is shown without the control sequences it may carry. Lines and tabs stay. */
export const plain = (text: string): string =>
  stripVTControlCharacters(text.replace(/\r\n/g, "\n")).replace(hidden, "�")

/** The same on one line, at most so many characters. */
export const oneLine = (text: string, most = 200): string => {
  const line = plain(text.slice(0, most * 4))
    .replace(/\s+/g, " ")
    .trim()
  return line.length > most ? `${line.slice(0, most - 1)}…` : line
}

/** JSON text that is safe to look at: `JSON.stringify` leaves some of the hidden characters as they are. */
export const jsonText = (value: unknown): string =>
  JSON.stringify(value, null, 2).replace(
    /[\u007f-\u009f\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]|\udb40(?=[\udc00-\udc7f])|(?<=\udb40)[\udc00-\udc7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`
  )

export const out = (text: string): void => {
  process.stdout.write(`${text}\n`)
}

export const note = (text: string): void => {
  process.stderr.write(`${text}\n`)
}

/** The one document of `--json`. */
export const json = (value: unknown): void => out(jsonText(value))

/** Columns of a listing. On a terminal the last one takes what room is left; in a pipe nothing is cut. */
export const table = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const length = (text: string) => stripVTControlCharacters(text).length
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => length(row[column] ?? ""))))
  const before = widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0)
  const room = process.stdout.isTTY ? Math.max(20, process.stdout.columns - before) : Infinity
  const cell = (text: string, column: number) => {
    if (column < head.length - 1) return text + " ".repeat(widths[column]! - length(text))
    return length(text) > room ? `${stripVTControlCharacters(text).slice(0, room - 1)}…` : text
  }
  const line = (cells: ReadonlyArray<string>) =>
    head
      .map((_, column) => cell(cells[column] ?? "", column))
      .join("  ")
      .trimEnd()
  return [style(line(head), "dim"), ...rows.map(line)].join("\n")
}

const frames = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
const clearLine = "\r\u001b[2K"

export interface Progress {
  readonly say: (text: string) => void
  readonly done: () => void
}

/** A line that moves while something takes long; nothing at all in a pipe. */
export const progress = (text: string): Progress => {
  const stream = process.stderr
  if (!lively(stream)) return { say: () => {}, done: () => {} }
  let said = text
  let frame = 0
  const since = Date.now()
  const draw = () => {
    const seconds = Math.round((Date.now() - since) / 1_000)
    const words = `${oneLine(said, Math.max(10, (stream.columns || 80) - 12))}${seconds > 2 ? ` ${seconds} s` : ""}`
    stream.write(`${clearLine}${style(frames[frame++ % frames.length]!, "cyan", stream)} ${words}`)
  }
  const timer = setInterval(draw, 100)
  timer.unref()
  return {
    say: (next) => {
      said = next
    },
    done: () => {
      clearInterval(timer)
      if (frame > 0) stream.write(clearLine)
    }
  }
}
