import type { MediaRef, Message } from './message.ts'
import { mediaOf } from './message.ts'
import type { Body, HubFeatures, Rich, Speaker } from './post.ts'
import { recallMedia, recallQuote } from './recall.ts'
import { mediaWord, senderName, words } from './render.ts'
import { split } from './split.ts'
import type { Voice } from './words.ts'
import { size } from './words.ts'

/**
 * A message as the bodies a hub can show: every fallback towards a hub is decided here. `about` is the message it
 * recalls or answers, as far as it is known. At least one body, never an empty one.
 */
export function fit(
  message: Message,
  about: Message | undefined,
  features: HubFeatures,
  voice: Voice,
): readonly Body[] {
  const bodies = plain(message, about, features, voice)
  return features.speakers === 'prefix' ? prefixed(bodies, message, voice) : bodies
}

/** Who speaks a message in a room. */
export function speakerOf(message: Message, voice: Voice): Speaker {
  const { sender } = message
  if (message.content.kind === 'recall') return { type: 'bridge' }
  if (!('contact' in sender)) return { type: sender.type === 'myself' ? 'me' : 'bridge' }
  return {
    type: 'contact',
    contact: sender.contact.id,
    // The ghost is one for all rooms: it has the contact's own name, not that of the group it speaks in.
    name: sender.contact.name || senderName(sender, voice.language),
    ...(sender.contact.avatar && { avatar: sender.contact.avatar }),
  }
}

function plain(
  message: Message,
  about: Message | undefined,
  features: HubFeatures,
  voice: Voice,
): readonly Body[] {
  const { content } = message
  if (content.kind === 'recall') {
    const notice = texts(recallQuote(message, about, voice), 'notice', features)
    const media = recallMedia(about)
    return media ? [...notice, ...mediaBodies(media, undefined, features, voice)] : notice
  }
  const media = mediaOf(content)
  if (media) {
    const caption = 'caption' in content ? content.caption : undefined
    return mediaBodies(media, caption, features, voice)
  }
  const spoken = content.kind === 'text'
  return texts([{ text: words(content, voice.language) }], spoken ? 'text' : 'notice', features)
}

function mediaBodies(
  media: MediaRef,
  caption: string | undefined,
  features: HubFeatures,
  voice: Voice,
): readonly Body[] {
  const asKind = features.media[media.kind]
  const limits =
    asKind && (!asKind.mimes.length || asKind.mimes.includes(media.mime))
      ? asKind
      : features.media.file
  if (!limits || (media.bytes ?? 0) > limits.maxBytes) {
    const word = mediaWord(media.kind, voice.language)
    const line = {
      zh: `［${word}${media.bytes ? `，${size(media.bytes)}` : ''}，这里无法显示，请在手机上查看］`,
      en: `[${word}${media.bytes ? `, ${size(media.bytes)}` : ''}: cannot be shown here; see it on the phone]`,
    }[voice.language]
    return texts([{ text: caption ? `${line}\n${caption}` : line }], 'notice', features)
  }
  const shown = limits === asKind ? media : ({ ...media, kind: 'file' } as const)
  if (!caption) return [{ kind: 'media', media: shown }]
  if (caption.length <= limits.caption) {
    return [{ kind: 'media', media: shown, caption: [{ text: caption }] }]
  }
  return [{ kind: 'media', media: shown }, ...texts([{ text: caption }], 'text', features)]
}

/** Runs as one or several bodies, each within the hub's limit. */
function texts(rich: Rich, kind: 'text' | 'notice', features: HubFeatures): readonly Body[] {
  const bodies: Body[] = []
  let room = features.text.limit
  let runs: Rich[number][] = []
  for (const run of rich) {
    for (const piece of split(run.text, features.text.limit)) {
      if (piece.length > room && runs.length) {
        bodies.push({ kind, text: runs })
        runs = []
        room = features.text.limit
      }
      runs.push({ ...run, text: piece })
      room -= piece.length
    }
  }
  if (runs.length) bodies.push({ kind, text: runs })
  return bodies.length ? bodies : [{ kind, text: [{ text: ' ' }] }]
}

function prefixed(bodies: readonly Body[], message: Message, voice: Voice): readonly Body[] {
  const [first, ...rest] = bodies
  const speaker = speakerOf(message, voice)
  if (!first || speaker.type === 'bridge') return bodies
  const run = { text: `${senderName(message.sender, voice.language)}: `, bold: true } as const
  if (first.kind === 'media') {
    return [{ ...first, caption: [run, ...(first.caption ?? [])] }, ...rest]
  }
  return [{ ...first, text: [run, ...first.text] }, ...rest]
}
