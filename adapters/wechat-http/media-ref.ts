import { createHash } from 'node:crypto'
import { type AccountId, mediaId, weChatLane } from '../../src/core/ids.ts'
import type { MediaKind, MediaRef } from '../../src/core/message.ts'
import { readJson, tree } from './reading.ts'
import { cleanName } from './text.ts'
import type { WireMedia } from './wire.ts'

/** Where the bytes are to be had: with the gateway under an id, or at an address it named. */
export type Place = { readonly id: string } | { readonly url: string }

/** `about` names what it belongs to: a message, or whose picture it is. Undefined: no place is named. */
export function mediaRef(
  account: AccountId,
  about: string,
  kind: MediaKind,
  wire: WireMedia,
): MediaRef | undefined {
  const place = placeOf(wire)
  if (!place) return undefined
  const token = JSON.stringify(place)
  const name = cleanName(wire.name)
  // An address may hold a secret: of it, the id has only a print.
  const print = createHash('sha256').update(`${about}\n${token}`).digest('hex').slice(0, 32)
  return {
    id: mediaId(`${account}/media/${print}`),
    source: weChatLane(account),
    kind,
    mime: cleanName(wire.mime) || 'application/octet-stream',
    ...(name && { name }),
    ...(wire.bytes !== undefined && { bytes: wire.bytes }),
    ...(wire.width !== undefined && { width: wire.width }),
    ...(wire.height !== undefined && { height: wire.height }),
    ...(wire.ms !== undefined && { ms: wire.ms }),
    token,
  }
}

function placeOf({ id, url }: WireMedia): Place | undefined {
  if (id !== undefined) return { id }
  return url === undefined ? undefined : { url }
}

/** What a token names. Undefined: it is none of ours. */
export function placeIn(token: string): Place | undefined {
  const read = readJson(token)
  const { id, url } = tree('value' in read ? read.value : undefined)
  if (typeof id === 'string') return { id }
  return typeof url === 'string' ? { url } : undefined
}
