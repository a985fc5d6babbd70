import type { Content } from './message.ts'
import type { Refusal } from './notice.ts'
import type { ConnectorFeatures, SendBody } from './post.ts'
import { split } from './split.ts'

/** Either what goes to WeChat, in order, or why nothing does. */
export type Answer = { readonly bodies: readonly SendBody[] } | { readonly refusal: Refusal }

/**
 * What a person wrote in a room as sends to WeChat: every fallback towards WeChat is decided here. A size or mime
 * that is not known yet is let pass; the connector looks again when it has the bytes.
 */
export function answer(content: Content, features: ConnectorFeatures): Answer {
  if (content.kind === 'text') {
    if (!content.text.trim()) return { refusal: { why: 'empty' } }
    return { bodies: split(content.text, features.text).map((text) => ({ kind: 'text', text })) }
  }
  if (!('media' in content)) {
    const kind = content.kind === 'unsupported' ? content.type : content.kind
    return { refusal: { why: 'kind', kind } }
  }
  const { media, caption } = content
  const limits = features.media[media.kind]
  if (!limits) return { refusal: { why: 'kind', kind: media.kind } }
  if (media.bytes !== undefined && media.bytes > limits.maxBytes) {
    return { refusal: { why: 'tooLarge', bytes: media.bytes, limit: limits.maxBytes } }
  }
  if (limits.mimes.length && isKnown(media.mime) && !limits.mimes.includes(media.mime)) {
    return { refusal: { why: 'format', mime: media.mime } }
  }
  const bodies: SendBody[] = [{ kind: 'media', media }]
  // WeChat's pictures have no captions: the words follow as a text of their own.
  for (const text of split(caption?.trim() ?? '', features.text))
    bodies.push({ kind: 'text', text })
  return { bodies }
}

const isKnown = (mime: string) => mime !== '' && mime !== 'application/octet-stream'
