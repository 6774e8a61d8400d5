// What a tool does and what a sentence asks for, as a few kinds of action: "delete" and "get rid of" must meet.
import type { ToolTraits } from "@executor-v2/schema"
import { stemOf } from "./Stems.ts"

/** c create, l list, g get, s search, u update, d delete, r run. */
export type Action = "c" | "l" | "g" | "s" | "u" | "d" | "r"

const verbs: Readonly<Record<Action, string>> = {
  c: `
    create add new make post insert register publish open start write set found form compose upload attach
    append put invite assign grant give submit propose save store build generate draft schedule plan leave
    fork copy clone duplicate import commit push send install connect link star bookmark follow subscribe
    report tell buy purchase apply request enter type deploy define allow hang file remember note answer reply
    respond comment react approve show
  `,
  l: `
    list browse enumerate all
  `,
  g: `
    get show read fetch retrieve view see display describe load look return inspect check verify confirm
    compare download export count query explain watch open capture take convert render calculate compute
  `,
  s: `
    search find locate discover lookup query grep
  `,
  u: `
    update edit change modify set patch rename move replace overwrite adjust alter correct fix configure
    reorder reprioritize transfer convert resize reset mark close lock unlock enable disable pin unpin scale
    toggle switch protect limit restrict point merge sync rotate restore recover bring undo dismiss reopen
    activate deactivate turn put bump choose select cancel
  `,
  d: `
    delete remove drop erase clear wipe purge destroy discard uninstall revoke unassign unlink unstar unfollow
    unsubscribe detach kick withdraw dismiss forget throw unblock lift cancel abort stop kill terminate close
    disable strip mute leave
  `,
  r: `
    run execute trigger start rerun restart retry repeat dispatch call invoke ping test launch boot evaluate
    click press type navigate hover drag go render echo redeliver resend stop cancel send switch scale wait
    pause handle
  `
}

const kinds = Object.keys(verbs) as ReadonlyArray<Action>

let actionsByStem: ReadonlyMap<string, ReadonlyArray<Action>> | undefined

const readVerbs = (): ReadonlyMap<string, ReadonlyArray<Action>> => {
  const found = new Map<string, Array<Action>>()
  for (const action of kinds) {
    for (const verb of new Set(verbs[action].trim().split(/\s+/).map(stemOf))) {
      const known = found.get(verb)
      if (known === undefined) found.set(verb, [action])
      else known.push(action)
    }
  }
  return found
}

const actionsOfVerb = (word: string): ReadonlyArray<Action> | undefined =>
  (actionsByStem ??= readVerbs()).get(stemOf(word))

/** Whether a word of a name says what is done. */
export const isVerb = (word: string): boolean => actionsOfVerb(word) !== undefined

const isPlural = (word: string): boolean => /[a-z]{2}s$/.test(word) && !/(ss|us|is)$/.test(word)

/** The kinds of action of a tool, from the words of its name, of its summary, or of its traits: letters in one word. */
export const actionsOf = (name: ReadonlyArray<string>, summary: ReadonlyArray<string>, traits: ToolTraits): string => {
  const verb = name.find((word) => actionsOfVerb(word)) ?? summary.slice(0, 4).find((word) => actionsOfVerb(word))
  const found = new Set<Action>(
    verb === undefined ? (traits.readOnly ? ["g"] : traits.destructive ? ["d"] : ["u"]) : actionsOfVerb(verb)
  )
  if (found.has("g") && name.some((word) => word === "all" || isPlural(word))) found.add("l")
  return [...found].sort().join("")
}

/** How much each kind of action is asked for, from 0 to 1. Empty when a sentence does not say. */
export type Wish = ReadonlyMap<Action, number>

/** Words that begin questions. */
export const questionWords = new Set(
  "which what who whose whom where when why how is are was were does did do has have had am am i can could".split(" ")
)
const beforeVerb = new Set(
  "please i we want need to like would let me us you could can help now just try the a an and also".split(" ")
)

const severalWords = new Set(["all", "every", "each", "which", "who"])

const determiners = new Set("the all my our your any these those open recent new latest past".split(" "))

/** Verbs of two words, told by their beginning. */
const phrases: ReadonlyArray<readonly [RegExp, ReadonlyArray<Action>]> = [
  [/^(get|getting) rid of|^throw|^take .{0,40}\b(off|away|down)\b|^take back/, ["d"]],
  [/^(turn|switch|shut)\b/, ["u", "r", "c", "d"]],
  [/^(set|sign) .{0,20}\bup\b/, ["c", "u"]],
  [/^(give|show|tell|hand) (me|us)\b|^(show|tell|look|find out|i want to (see|know))\b/, ["g", "l"]],
  [/^(give|grant|hand)\b/, ["c", "u"]],
  [/^(go|navigate)\b/, ["r", "u"]]
]

/** What a sentence asks to be done. `told` has the words that are meant where something else is said. */
export const wishOf = (
  query: string,
  words: ReadonlyArray<string>,
  told: ReadonlyMap<number, ReadonlyArray<string>>
): Wish => {
  const wish = new Map<Action, number>()
  const want = (action: Action, weight: number) => wish.set(action, Math.max(wish.get(action) ?? 0, weight))
  const asksUs = /^(can|could|would|will)$/.test(words[0] ?? "") && /^(you|we)$/.test(words[1] ?? "")
  const isQuestion = !asksUs && (questionWords.has(words[0] ?? "") || query.trimEnd().endsWith("?"))
  const telling = words
    .flatMap((word, at) => (told.has(at) ? [told.get(at)![0]!, word] : [word]))
    .filter((word) => !questionWords.has(word) && (determiners.has(word) || !beforeVerb.has(word)))
  const many =
    telling
      .slice(0, 6)
      .some((word, at) => isPlural(word) && (!isVerb(word) || (at > 0 && determiners.has(telling[at - 1]!)))) ||
    words.slice(0, 3).some((word) => severalWords.has(word))
  const reading = () => {
    want("g", many ? 0.6 : 1)
    want("l", many ? 1 : 0.6)
    want("s", 0.5)
  }
  if (isQuestion) {
    reading()
    return wish
  }
  const text = query.toLowerCase().replace(/^\s*(please|ok|now|and|so|i want to|i need to|let me|help me)[\s,]+/, "")
  const phrase = phrases.find(([pattern]) => pattern.test(text))
  const verb = telling.slice(0, 5).find((word) => actionsOfVerb(word) !== undefined)
  const asked = phrase?.[1] ?? (verb === undefined ? [] : actionsOfVerb(verb)!)
  for (const action of asked) want(action, 1)
  if (asked.some((action) => action === "g" || action === "l" || action === "s")) {
    if (many) wish.delete("g")
    reading()
  }
  if (wish.has("c") || wish.has("u") || wish.has("r")) for (const action of ["c", "u", "r"] as const) want(action, 0.4)
  return wish
}
