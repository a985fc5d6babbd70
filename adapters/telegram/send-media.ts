import type { Message } from '@grammyjs/types'
import { BridgeError } from '../../src/core/errors.ts'
import type { MediaRef } from '../../src/core/message.ts'
import type { Body } from '../../src/core/post.ts'
import type { RoomPost } from '../../src/ports/hub.ts'
import type { Open, Opened } from '../../src/ports/outlet.ts'
import { thumbnailOf } from '../convert/thumbnail.ts'
import { streamOf } from '../convert/whole.ts'
import type { Upload } from './api.ts'
import { type Common, leavingOut } from './destination.ts'
import { markedWithin } from './entities-out.ts'
import { leadOf, led } from './lead.ts'
import { nameOf, type Shown, shownAs, uploadOf } from './medium.ts'
import type { Parts } from './parts.ts'
import type { Located } from './places.ts'
import { postWords } from './post-words.ts'
import { badMedium, type Landed, receiptOf, says } from './receipt.ts'
import { isBlank } from './shown-text.ts'

/** Longest caption (ecosystem §2.1). */
const longest = 1024
/**
 * How long the answer to an upload may take, in milliseconds: Telegram looks at pictures and films first, and a Bot API
 * server of one's own passes them on to it, from when it has all of them. Whoever gives up earlier posts them twice.
 */
export const answerMs = (bytes: number): number => 180_000 + bytes / bytesPerMs
const bytesPerMs = 500

type MediaBody = Extract<Body, { readonly kind: 'media' }>
export type MediaParts = Pick<Parts, 'api' | 'voice' | 'log'>

/**
 * Posts a medium as what Telegram shows best; what it refuses to show so goes as a document. Bytes are opened anew for
 * each try.
 */
export async function sendMedia(
  parts: MediaParts,
  post: RoomPost,
  { media, poster, caption }: MediaBody,
  place: Located,
  open: Open,
  signal: AbortSignal,
): Promise<Landed> {
  const { language } = parts.voice
  const lead = leadOf(post, place, language)
  const words = (bare: boolean) => {
    const shown = led(lead, caption ?? [], longest)
    const { text, entities } = markedWithin(longest, shown, { bare })
    if (isBlank(text)) return {}
    return { caption: text, ...(entities.length && { caption_entities: entities }) }
  }
  let isRefused = false
  const attempt = async (common: Common, bare: boolean): Promise<Message> => {
    const still = isRefused ? undefined : await thumbnail(parts, post, media, poster, open)
    const opened = await open(media)
    const shown = isRefused ? 'document' : shownAs(media, opened)
    const name = nameOf(media, opened.mime, shown, postWords(language).media[media.kind])
    const sending = { ...common, ...words(bare) }
    try {
      signal.throwIfAborted()
      return await put(
        parts,
        shown,
        sending,
        { media, upload: uploadOf(opened, name), bytes: opened.bytes ?? media.bytes ?? 0, still },
        signal,
      )
    } catch (error) {
      if (isRefused || shown === 'document' || !isAboutMedium(error)) throw error
      isRefused = true
      return attempt(common, bare)
    } finally {
      await discard(opened)
    }
  }
  return receiptOf(await leavingOut(post, place, undefined, attempt))
}

interface Piece {
  readonly media: MediaRef
  readonly upload: Upload
  readonly bytes: number
  readonly still: Upload | undefined
}

function put(
  { api }: MediaParts,
  shown: Shown,
  sending: Common & { readonly caption?: string },
  { media, upload, bytes, still }: Piece,
  signal: AbortSignal,
): Promise<Message> {
  const how = { delivering: true, timeoutMs: answerMs(bytes) } as const
  const { ms, width, height } = media
  const duration = ms === undefined ? {} : { duration: Math.max(1, Math.round(ms / 1000)) }
  const edges = width && height ? { width: Math.trunc(width), height: Math.trunc(height) } : {}
  switch (shown) {
    case 'photo':
      return api.call('sendPhoto', { ...sending, photo: upload }, signal, how)
    case 'animation':
      return api.call('sendAnimation', { ...sending, ...edges, animation: upload }, signal, how)
    case 'video': {
      const picture = still && { thumbnail: still }
      const film = { ...duration, ...edges, ...picture, supports_streaming: true, video: upload }
      return api.call('sendVideo', { ...sending, ...film }, signal, how)
    }
    case 'voice':
      return api.call('sendVoice', { ...sending, ...duration, voice: upload }, signal, how)
    case 'audio':
      return api.call('sendAudio', { ...sending, ...duration, audio: upload }, signal, how)
    case 'document': {
      // Left to itself, Telegram turns documents into stickers and films.
      const file = { document: upload, disable_content_type_detection: true }
      return api.call('sendDocument', { ...sending, ...file }, signal, how)
    }
  }
}

/** The still picture of a video is worth one try: without it the video shows all the same. */
async function thumbnail(
  { log }: MediaParts,
  { key }: RoomPost,
  { kind }: MediaRef,
  poster: MediaRef | undefined,
  open: Open,
): Promise<Upload | undefined> {
  if (kind !== 'video' || !poster) return undefined
  try {
    const { bytes, mime } = await thumbnailOf(poster, open)
    return { stream: streamOf(bytes), name: 'thumbnail.jpg', mime }
  } catch (error) {
    log.debug({ key, error: String(error) }, 'A video goes without its picture.')
    return undefined
  }
}

/** It was refused for what it is, and surely not delivered. */
const isAboutMedium = (error: unknown): boolean =>
  error instanceof BridgeError && error.failure.certain && says(error, badMedium)

/** What was not read is let go of. */
async function discard({ stream }: Opened): Promise<void> {
  if (!stream.locked) await stream.cancel().catch(() => undefined)
}
