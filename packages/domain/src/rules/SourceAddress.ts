// What may be registered by whom. Only a human opens the door to processes, files and non-public addresses.
import { longestSourceText, type Actor, type SourceLocation } from "@executor-v2/schema"
import * as Option from "effect/Option"

/** `Refused` carries the command that a human can type instead. */
export type AddressDecision =
  | { readonly _tag: "Allowed"; readonly privateOrigins: ReadonlyArray<string> }
  | { readonly _tag: "Refused"; readonly reason: string; readonly command: string }

const originOf = (url: string | undefined): Option.Option<string> =>
  url !== undefined && URL.canParse(url) ? Option.some(new URL(url).origin) : Option.none()

const origins = (...urls: ReadonlyArray<string | undefined>): ReadonlyArray<string> => [
  ...new Set(urls.flatMap((url) => Option.toArray(originOf(url))))
]

/** Safe to paste into a POSIX shell. */
const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)

/** The command line that registers a location as a human. */
export const addCommand = (location: SourceLocation, name?: string): string => {
  const named = name === undefined ? [] : ["--name", name]
  const base = "baseUrl" in location && location.baseUrl !== undefined ? ["--base-url", location.baseUrl] : []
  switch (location._tag) {
    case "Url":
      return ["executor sources add", ...[location.url, ...named, ...base].map(quoted)].join(" ")
    case "File":
      return ["executor sources add", ...[location.path, ...named, ...base].map(quoted)].join(" ")
    case "Text":
      return ["executor sources add FILE", ...[...named, ...base].map(quoted)].join(" ")
    case "Stdio":
      return ["executor sources add", ...[...named, "--", location.command, ...location.args].map(quoted)].join(" ")
  }
}

/** Why an address cannot be one of a source at all: such a one is not even written down, with the password it may hold. */
export const addressProblem = (location: SourceLocation): string | undefined => {
  if (location._tag === "Text" && location.text.length > longestSourceText) {
    return `the description is ${location.text.length} characters long, and at most ${longestSourceText} are taken as text: save it to a file and add that`
  }
  const given = [
    location._tag === "Url" ? location.url : undefined,
    "baseUrl" in location ? location.baseUrl : undefined
  ]
  for (const text of given) {
    if (text === undefined) continue
    const url = URL.parse(text)
    if (url === null || !/^https?:$/.test(url.protocol))
      return "that is no address of a service: it must look like https://host/path"
    if (url.username !== "" || url.password !== "")
      return `the address at ${url.host} holds a user name or password: leave them out`
  }
  return undefined
}

/**
 * A human who names an origin allows this source to reach it, public or not. A run may name public addresses only:
 * its source gets no private origin, so that the network port refuses anything else at connect.
 */
export const decideAddress = (actor: Actor, location: SourceLocation, name?: string): AddressDecision => {
  if (actor.kind === "owner") {
    switch (location._tag) {
      case "Url":
        return { _tag: "Allowed", privateOrigins: origins(location.url, location.baseUrl) }
      case "File":
      case "Text":
        return { _tag: "Allowed", privateOrigins: origins(location.baseUrl) }
      case "Stdio":
        return { _tag: "Allowed", privateOrigins: [] }
    }
  }
  if (location._tag === "Url" || location._tag === "Text") return { _tag: "Allowed", privateOrigins: [] }
  const what =
    location._tag === "Stdio" ? "a source that starts a process" : "a source that reads a file of this machine"
  return { _tag: "Refused", reason: `${what} must be added by a human`, command: addCommand(location, name) }
}
