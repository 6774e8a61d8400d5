// What the bootstrap tells people. Everything goes to stderr, so that stdout belongs to the task alone.

let speaker = "bootstrap"

/** Whose name stands before each line: the product's launcher is built from the same code. @param {string} name */
export const speakAs = (name) => {
  speaker = name
}

/** A failure that a person can act upon: `message` says what is wrong, `next` what to do about it. */
export class Stop extends Error {
  /** @param {string} message @param {string} [next] */
  constructor(message, next) {
    super(message)
    this.next = next
  }
}

/** One line of progress. @param {string} text */
export const say = (text) => void process.stderr.write(`${speaker}: ${text}\n`)

/** The last lines of a tool's output: enough to see why it failed. @param {string} output @param {number} [count] */
export const tail = (output, count = 25) =>
  output
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
    .slice(-count)
    .join("\n")

/** What npm says about a failure, without its stack traces and log hints. @param {string} output */
export const npmWords = (output) => {
  const said = output
    .split(/\r?\n/)
    .filter((line) => /^npm (error|ERR!) (code|errno|network|request|404|notarget|[A-Z]\w+Error:)/.test(line))
  return said.length === 0 ? tail(output, 8) : said.slice(0, 6).join("\n")
}

const network = /ENOTFOUND|ECONNREFUSED|ECONNRESET|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET|FETCH_ERROR/i
const certificate = /SELF_SIGNED|UNABLE_TO_GET_ISSUER|UNABLE_TO_VERIFY|CERT_/i

/** What to try after a download failed, read from the tool's own words. @param {string} output */
export const downloadAdvice = (output) => {
  if (certificate.test(output)) {
    return "The registry's certificate is not trusted here: set `npm config set cafile FILE` (or NODE_EXTRA_CA_CERTS)."
  }
  if (network.test(output)) {
    return "The registry cannot be reached: check the network, `npm config get registry` and the proxy; run it again."
  }
  if (/\b(E401|E403|401|403)\b/.test(output))
    return "The registry refused it: check `npm config get registry` and your key."
  return "Run it again; what is already fetched is kept."
}
