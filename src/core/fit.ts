import { buttonsUnder } from './buttons.ts'
import { toWgs84 } from './china-map.ts'
import { previewWords, quotedWords } from './content-words.ts'
import { mentioning } from './mentions.ts'
import type { Content, Kind, MediaKind, MediaRef, Mention, Message, Of } from './message.ts'
import { mediaOf } from './message.ts'
import { noticeWords } from './notice-words.ts'
import { oneLine } from './one-line.ts'
import type { Body, HubFeatures, Speaker } from './post.ts'
import { leadRoom } from './post.ts'
import { recallMedia, recallQuote } from './recall.ts'
import { mediaWord, openly, senderName, words } from './render.ts'
import { quoted, richOf, unformatted } from './rich.ts'
import type { Rich, Run } from './runs.ts'
import { split } from './split.ts'
import { splitRuns } from './split-runs.ts'
import type { Language, Voice } from './words.ts'
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
  const spare = features.speakers === 'lead' && isSaid(message, voice) ? leadRoom : 0
  const lead = leadOf(message, features, voice)
  const { content, mentions } = message
  const fitting = { features, voice, lead, spare, ...(mentions && { mentions }) }
  if (content.kind === 'recall') {
    const again = recallMedia(about).flatMap((media) => mediaBodies(media, fitting, 'notice'))
    return [...texts(recallQuote(message, about, voice), 'notice', fitting), ...again]
  }
  const media = mediaOf(content)
  if (media) {
    const { caption, poster } = content as Of<MediaKind>
    return mediaBodies(media, fitting, 'text', caption, poster)
  }
  if (content.kind === 'location' && features.location && isPlace(content)) {
    return [location(content, fitting)]
  }
  // A notice rings no bell: what a person said is never one, even where it cannot be read.
  const kind = isGrey(message) ? 'notice' : 'text'
  const said = texts(spoken(message, about, features, voice), kind, fitting)
  const bodies = withButtons(said, content, fitting)
  if (!about || !features.reply || content.kind === 'notice') return bodies
  const without = { ...features, reply: false }
  return withQuotation(bodies, texts(spoken(message, about, without, voice), kind, fitting))
}

/** What can be pressed stands under the last of them. */
function withButtons(
  bodies: readonly Body[],
  content: Content,
  { features, voice }: Fitting,
): readonly Body[] {
  const buttons = features.buttons && buttonsUnder(content, voice.language)
  const last = bodies.at(-1)
  if (!buttons || (last?.kind !== 'notice' && last?.kind !== 'text')) return bodies
  return [...bodies.slice(0, -1), { ...last, buttons }]
}

/** What to say in the room where the hub cannot point. A text that only fits without its quotation goes without. */
function withQuotation(bodies: readonly Body[], quoting: readonly Body[]): readonly Body[] {
  const [body, ...more] = bodies
  const [instead, ...rest] = quoting
  if (body?.kind !== 'text' || instead?.kind !== 'text' || more.length || rest.length) return bodies
  return [{ ...body, unquoted: instead.text }]
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
    ...(sender.type === 'group' &&
      sender.nick &&
      sender.nick !== sender.contact.name && { nick: sender.nick }),
    ...(sender.contact.avatar && { avatar: sender.contact.avatar }),
  }
}

/** The name under which an adapter shows a message that leads with names. Nothing for what nobody said to anyone. */
export function whoOf(message: Message, features: HubFeatures, voice: Voice): string | undefined {
  if (features.speakers !== 'lead' || !isSaid(message, voice)) return undefined
  return oneLine(senderName(message.sender, voice.language), longestLead)
}

/**
 * What every body of a message is fitted to. `lead` is the name in front, where a prefix speaks; `spare` is the room that
 * is left, in UTF-16 units, where the adapter puts it there.
 */
interface Fitting {
  readonly features: HubFeatures
  readonly voice: Voice
  readonly lead: readonly Run[]
  readonly spare: number
  readonly mentions?: readonly Mention[]
}

const longestLead = 64

function leadOf(message: Message, features: HubFeatures, voice: Voice): readonly Run[] {
  if (features.speakers !== 'prefix' || !isSaid(message, voice)) return []
  const name = senderName(message.sender, voice.language)
  return [{ text: `${short(name, longestLead)}: `, bold: true }]
}

/** Someone said it, who is to be named. */
const isSaid = (message: Message, voice: Voice): boolean =>
  !isGrey(message) && speakerOf(message, voice).type !== 'bridge'

/** What nobody said to anyone. */
export const isGrey = ({ content, sender }: Message): boolean =>
  greyKinds.has(content.kind) || (content.kind === 'unsupported' && sender.type === 'system')
const greyKinds: ReadonlySet<Kind> = new Set(['system', 'note', 'pat', 'notice'])

/** The words of a message. What it answers is shown by the hub where that can, else quoted in front. */
function spoken(
  message: Message,
  about: Message | undefined,
  features: HubFeatures,
  voice: Voice,
): Rich {
  const { content, sender } = message
  const { language } = voice
  const isQuote = content.kind === 'quote'
  const said = naming.has(content.kind)
    ? mentioning(ownWords(content, features, language), message.mentions)
    : ownWords(content, features, language)
  if (about && features.reply) return said
  if (about && content.kind !== 'notice') {
    const who = senderName(about.sender, language)
    return [
      ...quoted(short(quotedWords(who, words(openly(about), language), language), 300)),
      ...said,
    ]
  }
  if (!isQuote) return said
  // On our own phone the one quoted may go by our private remark, which is not for others to see.
  const who = sender.type === 'myself' ? '' : (content.target.who ?? '')
  return [...quoted(quotedWords(who, previewWords(content.target, language), language)), ...said]
}

/** Kinds whose words may name somebody. */
const naming: ReadonlySet<Kind> = new Set(['text', 'quote', 'solitaire', 'announcement'])

/** Without what it answers. */
function ownWords(content: Content, features: HubFeatures, language: Language): Rich {
  switch (content.kind) {
    case 'notice':
      return [{ text: noticeWords(content.notice, language, features.commandPrefix) }]
    case 'quote':
      return [{ text: content.text }]
    case 'friendRequest':
      return [{ text: requestWords(content, features, language) }]
    default:
      return richOf(content, language)
  }
}

/** With its command as the hub writes it, which stands behind all that a stranger wrote. */
function requestWords(
  content: Of<'friendRequest'>,
  { commandPrefix = '!wx ' }: HubFeatures,
  language: Language,
): string {
  const said = words(content, language)
  const at = said.lastIndexOf(`!wx accept ${content.request}`)
  return at < 0 ? said : `${said.slice(0, at)}${commandPrefix}${said.slice(at + '!wx '.length)}`
}

const isPlace = ({ latitude, longitude }: Of<'location'>): boolean =>
  Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180

function location(content: Of<'location'>, { features, lead, voice }: Fitting): Body {
  const { latitude, longitude } = toWgs84(content)
  const named = [...lead.map((run) => run.text), words(content, voice.language)].join('')
  const label = short(named.replace(/\s+/g, ' '), Math.min(features.text.limit, 500))
  return { kind: 'location', latitude, longitude, label }
}

function mediaBodies(
  media: MediaRef,
  fitting: Fitting,
  kind: 'text' | 'notice',
  caption?: string,
  poster?: MediaRef,
): readonly Body[] {
  const { features, lead, voice, spare } = fitting
  const { bytes = 0, mime } = media
  const asKind = features.media[media.kind]
  const takes =
    asKind && bytes <= asKind.maxBytes && (!asKind.mimes.length || asKind.mimes.includes(mime))
  const limits = takes ? asKind : features.media.file
  if (!limits || bytes > limits.maxBytes) {
    const line = unshown(media, voice)
    return texts([{ text: caption ? `${line}\n${caption}` : line }], kind, fitting)
  }
  const shown = takes ? media : ({ ...media, kind: 'file' } as const)
  const body = { kind: 'media', media: shown, ...(poster && { poster }) } as const
  const said = caption ? mentioning([{ text: caption }], fitting.mentions) : []
  const under: Rich = [...lead, ...said]
  if (!under.length) return [body]
  if (lengthOf(under) <= limits.caption - spare) return [{ ...body, caption: under }]
  if (!lead.length) return [body, ...texts(under, kind, fitting)]
  // Whose it is has to be known before it is seen.
  const shownAs = [{ text: `[${mediaWord(media.kind, voice.language)}]` }]
  return [...texts(caption === undefined ? shownAs : said, kind, fitting), body]
}

function unshown(media: MediaRef, { language }: Voice): string {
  const word = mediaWord(media.kind, language)
  const name = media.name ? ` ${media.name}` : ''
  const bytes = media.bytes ? size(media.bytes) : ''
  return {
    zh: `[${word}${name}${bytes && `，${bytes}`}：这里无法显示，请在手机上查看]`,
    en: `[${word}${name}${bytes && `, ${bytes}`}: cannot be shown here; see it on the phone]`,
  }[language]
}

/** Runs as one or several bodies, each within the hub's limit. */
function texts(
  rich: Rich,
  kind: 'text' | 'notice',
  { features, lead, spare }: Fitting,
): readonly Body[] {
  const { format } = features.text
  const whole = [...lead, ...rich]
  const parts = splitRuns(
    format === 'html' ? whole : unformatted(whole),
    features.text.limit - spare,
  )
  return parts.length ? parts.map((text) => ({ kind, text })) : [{ kind, text: [{ text: ' ' }] }]
}

const lengthOf = (rich: Rich): number => rich.reduce((sum, run) => sum + run.text.length, 0)

/** At most `limit` UTF-16 units, with an ellipsis where something is left out. */
const short = (text: string, limit: number): string =>
  text.length <= limit ? text : `${split(text, limit - 1)[0] ?? ''}…`
