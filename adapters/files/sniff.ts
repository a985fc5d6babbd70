import { fileTypeFromBuffer } from 'file-type'

/** How much of the beginning `file-type` looks at. */
export const headBytes = 4_100

const unknown = 'application/octet-stream'
const wellFormed = /^[a-z0-9!#$&^_.+-]{1,64}\/[a-z0-9!#$&^_.+-]{1,64}$/

/**
 * The mime of bytes by their beginning, else what was claimed. Markup is never taken for a picture, whoever claims
 * it: a browser that showed it would run its scripts.
 */
export async function sniff(head: Uint8Array, claimed: string): Promise<string> {
  const seen = await seenIn(head)
  if (seen !== undefined && seen !== 'application/xml') return seen
  const claim = claimed.split(';')[0]!.trim().toLowerCase()
  if (!wellFormed.test(claim)) return seen ?? unknown
  if (!claim.startsWith('image/')) return claim
  return claim === 'image/svg+xml' || isMarkup(head) ? unknown : claim
}

async function seenIn(head: Uint8Array): Promise<string | undefined> {
  try {
    return (await fileTypeFromBuffer(head))?.mime
  } catch {
    // Hostile or cut-off bytes: they do not tell.
    return undefined
  }
}

function isMarkup(head: Uint8Array): boolean {
  const wide = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)
  const text = new TextDecoder(wide ? 'utf-16' : 'utf-8').decode(head.subarray(0, 512))
  return text.replaceAll('\0', '').trimStart().startsWith('<')
}
