// A program as QuickJS compiles it: the body of a strict async function.

/** On the program's first line: the engine numbers lines from one and cannot be told otherwise. */
const head = `(async function () {"use strict";`

/** Characters that stand before the program on its first line. */
export const headChars = head.length

export const asFunction = (javascript: string): string => `${head}${javascript}\n})`
