import { createHmac, type Hmac, timingSafeEqual } from 'node:crypto'

/** The headers that carry a signature; Node gives them in small letters. */
export const timeHeader = 'x-wechat-time'
export const signatureHeader = 'x-wechat-signature'

/** How far the clocks may be apart, and how long a request may be repeated as it is, in milliseconds. */
export const windowMs = 300_000

/** What of a request is signed, beside its body. `path` is as it stands in the request line, query and all. */
export interface Signed {
  readonly method: string
  readonly path: string
  /** Milliseconds since 1970. */
  readonly time: number
}

/** Takes the body piece by piece: `digest('hex')` of it is the signature. */
export function signing(secret: string, { method, path, time }: Signed): Hmac {
  return createHmac('sha256', secret).update(`${time}\n${method}\n${path}\n`)
}

/** HMAC-SHA256 over time, method, path and body, as 64 small hexadecimal digits. */
export function signatureOf(secret: string, signed: Signed, body: string | Uint8Array): string {
  return signing(secret, signed).update(body).digest('hex')
}

/** The headers of a signed request. */
export function signedHeaders(time: number, signature: string): Record<string, string> {
  return { [timeHeader]: String(time), [signatureHeader]: signature }
}

export interface Claim {
  readonly time: number
  readonly signature: Buffer
}

/** What a request claims, before its body is read. Undefined: it is not signed, or not as it has to be. */
export function claimOf(headers: Readonly<Record<string, unknown>>): Claim | undefined {
  const time = headers[timeHeader]
  const signature = headers[signatureHeader]
  if (typeof time !== 'string' || !/^\d{1,15}$/.test(time)) return undefined
  if (typeof signature !== 'string' || !/^[0-9a-f]{64}$/.test(signature)) return undefined
  return { time: Number(time), signature: Buffer.from(signature, 'hex') }
}

/** Does the claim hold for this request? Compared in constant time. */
export function holds(
  secret: string,
  claim: Claim,
  about: Pick<Signed, 'method' | 'path'>,
  body: Uint8Array,
): boolean {
  const signed = { ...about, time: claim.time }
  return timingSafeEqual(signing(secret, signed).update(body).digest(), claim.signature)
}
