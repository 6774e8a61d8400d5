// The end of what a process wrote to its standard error, for error messages: bounded, and fit to be shown.

/** Bytes kept, and characters and lines shown. */
const kept = 8_192
const shown = { characters: 600, lines: 8 }

export interface Tail {
  readonly add: (chunk: Uint8Array) => void
  readonly text: () => string
}

export const makeTail = (): Tail => {
  const decoder = new TextDecoder()
  let text = ""
  return {
    add: (chunk) => {
      text = (text + decoder.decode(chunk.subarray(Math.max(0, chunk.length - kept)), { stream: true })).slice(-kept)
    },
    text: () => {
      const lines = presentable(text)
        .split("\n")
        .map((line) => line.trimEnd())
        .filter((line) => line !== "")
      const end = lines.slice(-shown.lines).join("\n")
      return end.length > shown.characters ? `…${end.slice(-shown.characters)}` : end
    }
  }
}

/** Without colours, cursor movements and other control characters. */
export const presentable = (text: string): string =>
  text
    .replace(/\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-_])/g, "")
    .replace(/\r\n?/g, "\n")
    // eslint-disable-next-line no-control-regex
    .replace(
      /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]|\udb40[\udc00-\udfff]/g,
      ""
    )
