import type { ContactId } from '../../src/core/ids.ts'
import type { Content, HistoryLine, MediaKind, MediaRef } from '../../src/core/message.ts'
import { kinds, readSomeone, type Said } from './payloads.ts'
import { cleanName, clip, number, type Raw, record, records, text, urlOf } from './raw.ts'
import { attribute, field, isXml } from './xml.ts'

/** What the rest of a message is asked for by; undefined: its payload says all. */
export function detailOf(type: number): string | undefined {
  return details[type]
}

const details: Readonly<Record<number, string | undefined>> = {
  [kinds.contact]: 'messageContact',
  [kinds.location]: 'location',
  [kinds.miniProgram]: 'messageMiniProgram',
  [kinds.url]: 'messageUrl',
  [kinds.post]: 'postPayload',
}

const mediaKinds: Readonly<Record<number, MediaKind | undefined>> = {
  [kinds.attachment]: 'file',
  [kinds.audio]: 'voice',
  [kinds.emoticon]: 'sticker',
  [kinds.image]: 'image',
  [kinds.video]: 'video',
}

/** The kind of media a message is, if it is one. */
export const mediaKindOf = (type: number): MediaKind | undefined => mediaKinds[type]

export interface ContentParts {
  /** What {@link detailOf} was answered with; undefined where it failed. */
  readonly detail?: unknown
  readonly media: (kind: MediaKind) => MediaRef
  readonly contact: (id: string) => ContactId
  readonly isMine: boolean
}

/** What is said in a message of any type, none of which is to be trusted. */
export function contentOf(said: Said, parts: ContentParts): Content {
  const kind = mediaKinds[said.type]
  if (kind) return { kind, media: parts.media(kind) }
  const read = readers[said.type]
  return read?.(said, parts) ?? unsupported(said)
}

type Reader = (said: Said, parts: ContentParts) => Content | undefined

const readers: Readonly<Record<number, Reader | undefined>> = {
  [kinds.text]: ({ text: words }) => ({ kind: 'text', text: words }),
  [kinds.contact]: card,
  [kinds.history]: history,
  [kinds.location]: location,
  [kinds.miniProgram]: miniProgram,
  [kinds.groupNote]: solitaire,
  [kinds.transfer]: transfer,
  [kinds.redEnvelope]: redPacket,
  [kinds.recalled]: recall,
  [kinds.url]: link,
  [kinds.post]: post,
}

/** What a line calls a kind of message by that cannot be shown (`kindWord`). */
const called: Readonly<Record<number, string | undefined>> = {
  [kinds.contact]: '42',
  [kinds.history]: '49/19',
  [kinds.location]: '48',
  [kinds.miniProgram]: '49/33',
  [kinds.groupNote]: '49/53',
  [kinds.url]: '49/5',
}

function unsupported(said: Said): Content {
  const words = isXml(said.text) ? field(said.text, 'title') || field(said.text, 'des') : said.text
  const type = called[said.type] ?? 'message'
  return { kind: 'unsupported', type, summary: clip(words.trim(), 500) }
}

function card({ text: words }: Said, { detail, contact }: ContentParts): Content | undefined {
  const { id, ...rest } = record(detail)
  const who = readSomeone(text(id), rest)
  const name = cleanName(who.name || attribute(words, 'nickname'))
  if (name === '') return undefined
  const alias = cleanName(who.handle || attribute(words, 'alias'))
  const region = cleanName(who.region)
  return {
    kind: 'card',
    name,
    mp: who.isMp,
    ...(alias && { alias }),
    ...(region && { region }),
    ...(who.id && { contact: contact(who.id) }),
  }
}

/** Only its title and the first lines are told, as the phone shows them. */
function history({ text: words }: Said): Content | undefined {
  const title = isXml(words) ? field(words, 'title') : words
  if (title.trim() === '') return undefined
  const lines = field(words, 'des').split('\n').filter(Boolean).slice(0, 100).map(lineOf)
  return { kind: 'history', title: clip(title.trim(), 500), lines }
}

function lineOf(line: string): HistoryLine {
  const at = line.search(/[:：]/)
  const who = at < 0 ? '' : cleanName(line.slice(0, at))
  return { who, at: '', text: clip(line.slice(at + 1).trim(), 1000) }
}

function location({ text: words }: Said, { detail }: ContentParts): Content | undefined {
  const raw = record(detail)
  const latitude = coordinate(raw.latitude, 90) ?? coordinate(attribute(words, 'x'), 90)
  const longitude = coordinate(raw.longitude, 180) ?? coordinate(attribute(words, 'y'), 180)
  if (latitude === undefined || longitude === undefined) return undefined
  if (latitude === 0 && longitude === 0) return undefined
  const label = text(raw.address) || attribute(words, 'label')
  const poi = text(raw.name) || attribute(words, 'poiname')
  return { kind: 'location', latitude, longitude, label: clip(label, 500), poi: clip(poi, 200) }
}

function coordinate(value: unknown, most: number): number | undefined {
  if (value === undefined || value === null || value === '') return undefined
  const read = Number(typeof value === 'string' || typeof value === 'number' ? value : Number.NaN)
  return Math.abs(read) <= most ? read : undefined
}

function miniProgram(said: Said, { detail }: ContentParts): Content | undefined {
  const raw = record(detail)
  const title = text(raw.title) || text(raw.description) || titleIn(said)
  const app = text(raw.description) || field(said.text, 'sourcedisplayname')
  if (title === '' && app === '') return undefined
  return { kind: 'miniProgram', title: clip(title || app, 500), app: clip(app, 200), url: '' }
}

function solitaire({ text: words }: Said): Content | undefined {
  const note = isXml(words) ? field(words, 'title') : words
  return note.trim() === '' ? undefined : { kind: 'solitaire', text: clip(note.trim(), 10_000) }
}

/** `paysubtype`: 1 offered, 3 taken, 4 returned (protocol §5.6). */
const phases = new Map([
  ['1', 'offered'],
  ['3', 'taken'],
  ['4', 'returned'],
] as const)

function transfer({ text: words }: Said): Content {
  const phase = phases.get(field(words, 'paysubtype') as '1') ?? 'unknown'
  const amount = clip(field(words, 'feedesc'), 50)
  const told = isXml(words) ? field(words, 'pay_memo') : words
  return { kind: 'transfer', amount, memo: clip(told.trim(), 500), phase }
}

function redPacket({ text: words }: Said, { isMine }: ContentParts): Content {
  const greeting = isXml(words) ? field(words, 'sendertitle') || field(words, 'title') : words
  return { kind: 'redPacket', greeting: clip(greeting.trim(), 500), mine: isMine }
}

/**
 * The text of a recall is the id of the recalled message, WeChat's XML with it inside (`newmsgid`, also `msgid`), or words
 * for people, which name nothing. The web's ids are those of XML (protocol §5.7).
 */
function recall({ text: words }: Said, { isMine }: ContentParts): Content {
  const wrote = field(words, 'replacemsg')
  const plainId = /^[\w@.:=-]{1,128}$/.test(words.trim()) ? words.trim() : ''
  const inside = ['newmsgid', 'oldmsgid', 'msgid'].map((name) => field(words, name))
  const aliases = [...new Set([plainId, ...inside])].filter(Boolean)
  const shown = wrote || (plainId || isXml(words) ? '' : words)
  return {
    kind: 'recall',
    target: { aliases, preview: '' },
    text: clip(shown, 500),
    ...(aliases.length === 0 && { guess: isMine ? ('mine' as const) : ('sender' as const) }),
  }
}

function link(said: Said, { detail }: ContentParts): Content | undefined {
  const raw = record(detail)
  const url = urlOf(raw.url) || urlOf(field(said.text, 'url'))
  const told = text(raw.title)
  const title = (told === 'NOTITLE' ? '' : told) || titleIn(said)
  if (url === '' && title === '') return undefined
  const description = clip((text(raw.description) || field(said.text, 'des')).trim(), 2000)
  const source = cleanName(field(said.text, 'appname') || field(said.text, 'sourcedisplayname'))
  return {
    kind: 'link',
    title: clip(title || url, 500),
    url,
    ...(description && { description }),
    ...(source && { source }),
  }
}

function titleIn({ text: words }: Said): string {
  return isXml(words) ? field(words, 'title') : ''
}

/** A post is a list of things to say; its texts are shown, the rest is counted. */
function post(said: Said, { detail }: ContentParts): Content | undefined {
  const parts = records(record(detail).sayableList)
  const lines = parts.map(sayable).filter(Boolean)
  if (lines.length === 0 && said.text.trim() === '') return undefined
  return { kind: 'text', text: clip(lines.join('\n') || said.text, 20_000) }
}

function sayable(part: Raw): string {
  const payload = record(part.payload)
  const type = text(part.type)
  if (type === 'Text') return text(payload.text)
  if (type === 'Url') return [text(payload.title), urlOf(payload.url)].filter(Boolean).join(' ')
  const name = cleanName(text(payload.name) || text(payload.title) || type)
  return name === '' || number(name) !== 0 ? '' : `[${name}]`
}
