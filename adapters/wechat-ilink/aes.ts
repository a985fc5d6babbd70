import { createCipheriv, createDecipheriv } from 'node:crypto'

// AES-128-ECB with PKCS#7 padding (`ecosystem §1.3`): there is no IV, and nothing but the padding tells a wrong key.

const algorithm = 'aes-128-ecb'
const block = 16

/** How many bytes so many become. */
export const sealedSize = (bytes: number): number => (Math.floor(bytes / block) + 1) * block

/** The pieces encrypted, one after another, never more than one of them in memory. */
export async function* sealed(
  pieces: AsyncIterable<Uint8Array>,
  key: Uint8Array,
): AsyncGenerator<Uint8Array> {
  const cipher = createCipheriv(algorithm, key, null)
  for await (const piece of pieces) {
    const made = cipher.update(piece)
    if (made.length > 0) yield made
  }
  yield cipher.final()
}

/** Not encrypted with this key, or not all of it is there. */
export class BadSeal extends Error {
  override readonly name = 'BadSeal'
}

/** The pieces decrypted. Throws a {@link BadSeal} at the end if the padding is not what it must be. */
export async function* unsealed(
  pieces: AsyncIterable<Uint8Array>,
  key: Uint8Array,
): AsyncGenerator<Uint8Array> {
  const decipher = createDecipheriv(algorithm, key, null)
  for await (const piece of pieces) {
    const made = decipher.update(piece)
    if (made.length > 0) yield made
  }
  let last: Uint8Array
  try {
    last = decipher.final()
  } catch (cause) {
    throw new BadSeal('the padding is wrong', { cause })
  }
  if (last.length > 0) yield last
}

/**
 * A key as WeChat writes it, in hex (`ecosystem §1.3`): 32 hex digits; or base64 of the 16 bytes, or of those 32 digits.
 * Undefined: it is none.
 */
export function keyOf(written: string): string | undefined {
  const trimmed = written.trim()
  if (hex.test(trimmed)) return trimmed.toLowerCase()
  const bytes = Buffer.from(trimmed, 'base64')
  if (bytes.length === block) return bytes.toString('hex')
  const digits = bytes.toString('latin1')
  return hex.test(digits) ? digits.toLowerCase() : undefined
}

const hex = /^[0-9a-fA-F]{32}$/
