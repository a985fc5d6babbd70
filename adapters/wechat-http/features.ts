import type { MediaKind } from '../../src/core/message.ts'
import type { ConnectorFeatures, MediaLimits } from '../../src/core/post.ts'
import type { Capabilities } from './wire.ts'

/** What is sent at most, whatever the gateway declares. Bytes; characters. */
export interface Maxima {
  readonly maxText: number
  readonly maxImageBytes: number
  readonly maxVideoBytes: number
  readonly maxFileBytes: number
}

/** What a gateway can do at most. */
export const everything: Capabilities = {
  protocol: 1,
  events: 'push',
  login: true,
  chats: true,
  members: true,
  find: true,
  read: true,
  mentions: true,
  recall_ms: 120_000,
  receives: ['media', 'recalls', 'quotes', 'members'],
  text: 1_000_000,
  media_by: 'url',
  media: Object.fromEntries(
    ['image', 'voice', 'video', 'file', 'sticker'].map((kind) => [kind, { max_bytes: 2 ** 40 }]),
  ),
}

/** What any gateway can do. */
export const nothingMore: Capabilities = { protocol: 1, events: 'push' }

/** What is declared, within what is configured. */
export function featuresOf(maxima: Maxima, declared: Capabilities): ConnectorFeatures {
  return {
    ids: 'stable',
    chats: declared.chat_kinds ?? ['friend', 'group', 'mp', 'self'],
    contacts: declared.chats === true,
    recallEvents: declared.receives?.includes('recalls') === true,
    text: Math.min(maxima.maxText, declared.text ?? maxima.maxText),
    media: mediaOf(maxima, declared),
    // What is sent cannot name a message it quotes: nobody tells the connector which.
    quote: false,
    recallMs: declared.recall_ms ?? 0,
    ...(declared.mentions === true && { mentions: true }),
  }
}

/**
 * Features that are read anew each time. The gateway says late, and again, what it can do, and whoever asked for the
 * features once keeps the object.
 */
export function liveFeatures(now: () => ConnectorFeatures): ConnectorFeatures {
  return new Proxy({} as ConnectorFeatures, {
    get: (_, name) => Reflect.get(now(), name),
    has: (_, name) => Reflect.has(now(), name),
    ownKeys: () => Reflect.ownKeys(now()),
    getOwnPropertyDescriptor: (_, name) => {
      const found = Reflect.getOwnPropertyDescriptor(now(), name)
      return found && { ...found, configurable: true }
    },
  })
}

function mediaOf(maxima: Maxima, { media, media_by }: Capabilities): MediaLimits {
  if (media_by === undefined || media === undefined) return {}
  const most: Readonly<Record<MediaKind, number>> = {
    image: maxima.maxImageBytes,
    sticker: maxima.maxImageBytes,
    voice: maxima.maxFileBytes,
    video: maxima.maxVideoBytes,
    file: maxima.maxFileBytes,
  }
  const limits = Object.entries(media).flatMap(([kind, limit]) => {
    const own = most[kind as MediaKind]
    if (!limit) return []
    const maxBytes = Math.min(own, limit.max_bytes)
    return [[kind, { maxBytes, mimes: limit.mimes ?? [], caption: 0 }] as const]
  })
  return Object.fromEntries(limits)
}
