// Who calls: the claims of a JWT. Signatures are not checked unless a test gives a function that does.

/** The claims of a caller, as `ctx.auth.getUserIdentity()` tells them. */
export type Identity = Readonly<Record<string, string | number | boolean>>

/** Reads a token's claims. Throws for a token that must be refused. */
export type ReadClaims = (token: string) => Promise<Readonly<Record<string, unknown>>>

/** The claims of an unverified JWT. Throws when the text is not one. */
export const unverifiedClaims: ReadClaims = (token) => {
  const [, payload, ...rest] = token.split(".")
  if (payload === undefined || rest.length !== 1) return Promise.reject(new Error("the token is not a JWT"))
  return Promise.resolve().then(
    () => JSON.parse(Buffer.from(payload, "base64url").toString()) as Record<string, unknown>
  )
}

/** Whether a bearer token has the form of a JWT. */
export function isJwt(token: string): boolean {
  return /^[\w-]+\.[\w-]+\.[\w-]*$/.test(token)
}

/** `sub` and `iss` by the names that functions see; other claims keep theirs. */
export function identityOf(claims: Readonly<Record<string, unknown>>): Identity {
  const plain = Object.entries(claims).filter(([, value]) => ["string", "number", "boolean"].includes(typeof value))
  const { sub, iss, ...others } = Object.fromEntries(plain) as Record<string, string>
  return { ...others, ...(sub === undefined ? {} : { subject: sub }), ...(iss === undefined ? {} : { issuer: iss }) }
}

/** The token of an `Authorization: Bearer …` header. */
export function bearerOf(header: string | undefined): string | undefined {
  return /^Bearer (.+)$/i.exec(header ?? "")?.[1]?.trim()
}
