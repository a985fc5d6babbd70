import { mediaId, weChatLane } from '../../../src/core/ids.ts'
import type { MediaKind, MediaRef } from '../../../src/core/message.ts'
import type { Incoming } from './incoming.ts'

/** What a token asks for: each is fetched in its own way (protocol §6). */
export type TokenType = 'image' | 'thumb' | 'sticker' | 'voice' | 'video' | 'file' | 'map'

/** How the id of a media is spelt; pictures had theirs first. */
const spelt = (type: TokenType): string => (type === 'image' ? 'img' : type)

const kinds: Readonly<Record<TokenType, readonly [MediaKind, string]>> = {
  image: ['image', 'image/jpeg'],
  thumb: ['image', 'image/jpeg'],
  map: ['image', 'image/jpeg'],
  sticker: ['sticker', 'image/gif'],
  voice: ['voice', 'audio/mpeg'],
  video: ['video', 'video/mp4'],
  file: ['file', 'application/octet-stream'],
}

/** A name for the bytes of a message. `token` is what the download needs beside the MsgId; empty fields are left out. */
export function mediaOf(
  message: Incoming,
  type: TokenType,
  more: Partial<Pick<MediaRef, 'name' | 'bytes' | 'width' | 'height' | 'ms' | 'mime'>> = {},
  token: Readonly<Record<string, string | number>> = {},
): MediaRef {
  const source = weChatLane(message.account)
  const [kind, mime] = kinds[type]
  return {
    id: mediaId(`${source}/${spelt(type)}/${message.msgId}`),
    source,
    kind,
    mime,
    ...more,
    token: JSON.stringify({ type, msgId: message.msgId, ...token }),
  }
}

/** Width and height in pixels, where both are told and can be true. */
export function sizeOf(width: number, height: number): { width?: number; height?: number } {
  const sane = (each: number) => Number.isInteger(each) && each > 0 && each <= 100_000
  return sane(width) && sane(height) ? { width, height } : {}
}
