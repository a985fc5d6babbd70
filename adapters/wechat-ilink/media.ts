import { type AccountId, mediaId, weChatLane } from '../../src/core/ids.ts'
import type { MediaKind, MediaRef } from '../../src/core/message.ts'
import { keyOf } from './aes.ts'
import { parseJson, type Raw, record, text } from './json.ts'

/** Where bytes are, and how they are read: what a {@link MediaRef} of ours carries. */
export interface Where {
  /** Both may be there; the whole address is preferred (`ecosystem §1.3`). */
  readonly url?: string
  readonly query?: string
  /** In hex. Without it the bytes are as they are. */
  readonly key?: string
}

/** What is known of media beside where it is. */
export type Known = Pick<MediaRef, 'kind' | 'mime'> &
  Partial<Pick<MediaRef, 'name' | 'bytes' | 'ms' | 'width' | 'height'>>

/** Longer parameters are none of WeChat's. */
const longest = 8_192

/**
 * A reference of WeChat's. `keyed` is a key written beside it, which counts more than the one in it. `'bad'`: there is a
 * key that is none. Undefined: it leads nowhere.
 */
export function whereOf(media: Raw, keyed = ''): Where | 'bad' | undefined {
  const url = text(media.full_url).trim()
  const query = text(media.encrypt_query_param)
  if ((!url && !query) || url.length > longest || query.length > longest) return undefined
  const written = keyed.trim() || text(media.aes_key).trim()
  const key = written ? keyOf(written) : undefined
  if (written && key === undefined) return 'bad'
  return { ...(url ? { url } : {}), ...(query ? { query } : {}), ...(key ? { key } : {}) }
}

/** `name` names the media within the account. */
export function refOf(account: AccountId, name: string, where: Where, known: Known): MediaRef {
  const source = weChatLane(account)
  return { id: mediaId(`${source}/${name}`), source, ...known, token: JSON.stringify(where) }
}

/** What a token of ours says. Undefined: it is none. */
export function readToken(token: string): Where | undefined {
  try {
    const raw = record(parseJson(token))
    const [url, query, key] = [text(raw.url), text(raw.query), text(raw.key)]
    if (!url && !query) return undefined
    return { ...(url ? { url } : {}), ...(query ? { query } : {}), ...(key ? { key } : {}) }
  } catch {
    return undefined
  }
}

/** How voice is written, by `encode_type` (`ecosystem §1.3`). */
const voices: Readonly<Record<number, string>> = {
  1: 'audio/l16',
  4: 'audio/x-speex',
  5: 'audio/amr',
  6: 'audio/silk',
  7: 'audio/mpeg',
  8: 'audio/ogg',
}

export const voiceMime = (encodeType: number): string =>
  voices[encodeType] ?? 'application/octet-stream'

/** WeChat's own numbers for kinds of messages, which the bridge has words for. */
export const typeNumbers: Readonly<Record<Exclude<MediaKind, 'sticker'>, string>> = {
  image: '3',
  voice: '34',
  video: '43',
  file: '49/6',
}
