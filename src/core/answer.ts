import type { Sender } from './chat.ts'
import { unsupportedWords } from './content-words.ts'
import type { Content, MediaKind, MediaRef, Message } from './message.ts'
import type { Refusal } from './notice.ts'
import { oneLine } from './one-line.ts'
import type { ConnectorFeatures, MediaLimits, SendBody } from './post.ts'
import { mediaWord, words } from './render.ts'
import { split } from './split.ts'
import type { Language } from './words.ts'

/** Either what goes to WeChat, in order, or why nothing does. */
export type Answer = { readonly bodies: readonly SendBody[] } | { readonly refusal: Refusal }

/** What WeChat can be given media as. */
export type SendAs = Exclude<MediaKind, 'voice'>

/**
 * What a person wrote in a room as sends to WeChat: every fallback towards WeChat is decided here. A size or mime
 * that is not known yet is let pass; the connector looks again when it has the bytes, with {@link sendKind}.
 * `about` is the message it replies to: where the connector cannot point at it, its words go in front, in the form
 * WeChat's own older clients use (protocol §5.6), which everyone in the chat reads. `lead` stands in front of its own
 * words, where it has any.
 */
export function answer(
  content: Content,
  features: ConnectorFeatures,
  about?: Message,
  language: Language = 'zh',
  lead = '',
): Answer {
  const quotation = about && !features.quote ? quotationOf(about, language) : ''
  if (content.kind === 'text') {
    if (!content.text.trim()) return { refusal: { why: 'empty' } }
    return { bodies: texts(quotation + lead + content.text, features) }
  }
  if (!('media' in content)) {
    const kind = content.kind === 'unsupported' ? content.type : content.kind
    return { refusal: { why: 'kind', kind } }
  }
  const { media, caption = '' } = content
  const found = sendKind(media, features.media)
  if ('refusal' in found) return found
  // WeChat's pictures have no captions: the words follow as a text of their own.
  const said = caption.trim() ? texts(quotation + lead + caption.trim(), features) : []
  return { bodies: [{ kind: 'media', media }, ...said] }
}

/**
 * As what media goes to WeChat, by what it is and how large it is (protocol §7.3): a picture as picture or, moving,
 * as sticker; whatever does not fit so as file. A mime or size that is not known is let pass where nothing fits
 * for sure.
 */
export function sendKind(
  media: Pick<MediaRef, 'kind' | 'mime' | 'bytes'>,
  limits: MediaLimits,
): { readonly as: SendAs } | { readonly refusal: Refusal } {
  const { bytes, mime } = media
  if (bytes === 0) return { refusal: { why: 'empty' } }
  const open = ways[media.kind].filter((way) => limits[way])
  if (open.length === 0) return { refusal: { why: 'kind', kind: media.kind } }
  const taking = open.filter((way) => takes(limits, way, mime))
  const able = taking.length > 0 ? taking : open.filter(() => !isKnown(mime))
  if (able.length === 0) return { refusal: { why: 'format', mime } }
  const as = able.find((way) => bytes === undefined || bytes <= (limits[way]?.maxBytes ?? 0))
  if (as) return { as }
  const limit = Math.max(...able.map((way) => limits[way]?.maxBytes ?? 0))
  return { refusal: { why: 'tooLarge', bytes: bytes ?? 0, limit } }
}

/** Best first. What someone sends as a file stays one: its bytes arrive as they are. */
const ways: Readonly<Record<MediaKind, readonly SendAs[]>> = {
  image: ['image', 'sticker', 'file'],
  sticker: ['image', 'sticker', 'file'],
  video: ['video', 'file'],
  voice: ['file'],
  file: ['file'],
}

function takes(limits: MediaLimits, way: SendAs, mime: string): boolean {
  const mimes = limits[way]?.mimes ?? []
  return mimes.length === 0 || mimes.includes(mime)
}

const isKnown = (mime: string) => mime !== '' && mime !== 'application/octet-stream'

function texts(text: string, features: ConnectorFeatures): SendBody[] {
  const pieces = split(text, features.text).filter((piece) => piece.trim() !== '')
  return pieces.map((piece) => ({ kind: 'text', text: piece }))
}

/**
 * The line that stands for a reaction, since WeChat has none: `[👍] “what it is about”`, in a group with who said that.
 * Undefined: there is no sign, or nothing that a person said. The sign is hostile text.
 */
export function reactionLine(
  sign: string,
  about: Message,
  language: Language,
  withName: boolean,
): string | undefined {
  const said = about.sender.type === 'bridge' ? '' : quoted(about.content, language)
  // A picture of one's own stands behind an address.
  const shown = sign.startsWith('mxc://') ? { zh: '表情', en: 'emoji' }[language] : sign
  const mark = oneLine(shown, longestSign).replace(/[[\]]/g, '')
  if (!said || !mark) return undefined
  const name = withName ? nameOf(about.sender) : ''
  const [colon, open, close] = language === 'zh' ? ['：', '“', '”'] : [': ', '“', '”']
  return `[${mark}] ${name ? `${name}${colon}` : ''}${open}${oneLine(said, reactedChars)}${close}`
}

const longestSign = 16
const reactedChars = 30

/** What WeChat itself puts between quotation and reply: fifteen dashes (protocol §5.6). */
const rule = Array(15).fill('-').join(' ')

function quotationOf(about: Message, language: Language): string {
  const said = quoted(about.content, language)
  if (!said || about.sender.type === 'bridge') return ''
  const name = nameOf(about.sender)
  return `「${name ? `${name}：` : ''}${said}」\n${rule}\n`
}

/**
 * The words of the message, short, on one line. Nothing for what nobody said: such lines are the bridge's own, or
 * WeChat's with our private names for people in them (protocol §5.9).
 */
function quoted(content: Content, language: Language): string {
  switch (content.kind) {
    case 'notice':
    case 'system':
    case 'note':
    case 'pat':
    case 'recall':
    case 'friendRequest':
      return ''
    case 'quote':
      return oneLine(content.text, 60)
    case 'bareSticker':
      return `[${mediaWord('sticker', language)}]`
    case 'unsupported':
      return oneLine(unsupportedWords(content, language), 60)
    default:
      return oneLine(words(content, language), 60)
  }
}

/** Never the remark, which is private; our own name is not known here, and the reply says whose it is. */
function nameOf(sender: Sender): string {
  if (!('contact' in sender)) return ''
  return oneLine((sender.type === 'group' && sender.nick) || sender.contact.name, 40)
}
