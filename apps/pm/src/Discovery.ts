// How clients find this daemon and how it proves to them that it is the one: daemon.json and the challenge.
import { challengeText, DaemonFile, type ChallengeProof } from "@executor-v2/rpc/Daemon"
import { Schema } from "effect"
import { createHmac } from "node:crypto"
import * as fs from "node:fs"
import * as path from "node:path"

const fileOf = (home: string) => path.join(home, "daemon.json")

/** Says where this daemon answers; done last, when it does. Readers see the old content or the new one. */
export const announce = (home: string, daemon: DaemonFile): void => {
  const fresh = `${fileOf(home)}.new`
  fs.rmSync(fresh, { force: true })
  fs.writeFileSync(fresh, `${JSON.stringify(daemon)}\n`, { flag: "wx", mode: 0o600 })
  fs.renameSync(fresh, fileOf(home))
}

/** Takes the announcement back, unless it is another daemon's by now. */
export const retract = (home: string, instanceId: string): void => {
  try {
    const found = Schema.decodeUnknownSync(DaemonFile)(JSON.parse(fs.readFileSync(fileOf(home), "utf8")))
    if (found.instanceId === instanceId) fs.rmSync(fileOf(home))
  } catch {
    // Nothing readable is announced: there is nothing to take back.
  }
}

/** Proves knowledge of the owner's key without showing it. */
export const prove = (
  key: string,
  nonce: string,
  at: { readonly instanceId: string; readonly port: number; readonly closing: boolean }
): ChallengeProof => ({
  instanceId: at.instanceId,
  closing: at.closing,
  proof: createHmac("sha256", key)
    .update(challengeText(nonce, at.instanceId, at.port))
    .digest("base64url")
})
