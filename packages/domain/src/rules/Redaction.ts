// What of a call's arguments may be written down: secrets are never passed as arguments, but people and models slip.
const secretKey =
  /(^|[_-])(pass(word|wd|phrase)?|secret|token|api[_-]?key|apikey|auth(orization)?|bearer|cookie|credential|private[_-]?key|session)s?($|[_-])/i
const secretText =
  /\b(Bearer|Basic)\s+[\w.~+/=-]{8,}|\b(sk|pk|rk|ghp|gho|ghs|ghu|github_pat|xox[abprs]|glpat|AKIA|eyJ)[-_A-Za-z0-9.]{12,}/g

const urlUser = /:\/\/[^\s/?#@]+@/g

const redacted = "[redacted]"

/** camelCase keys are judged by their words, like `api_key`. */
const isSecretKey = (key: string): boolean => secretKey.test(key.replace(/([a-z0-9])([A-Z])/g, "$1_$2"))

/** A copy without what looks like a secret: by the name of its field, or by its shape. */
export const redact = (value: unknown): unknown => {
  if (typeof value === "string") return value.replace(secretText, redacted).replace(urlUser, `://${redacted}@`)
  if (Array.isArray(value)) return value.map(redact)
  if (value === null || typeof value !== "object") return value
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [key, isSecretKey(key) && field !== null ? redacted : redact(field)])
  )
}

/** Longest preview of arguments, in characters. */
export const previewLength = 2_000

/** Redacted JSON text of arguments, cut to a readable size. */
export const previewArguments = (args: unknown): string => {
  const text = JSON.stringify(redact(args)) ?? "{}"
  return text.length <= previewLength ? text : `${text.slice(0, previewLength)}…`
}
