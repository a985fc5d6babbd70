import { commandWords } from '../../src/core/command.ts'
import { type EventId, eventId, type HubId, key, mediaId, roomId } from '../../src/core/ids.ts'
import type { MediaKind, MediaRef } from '../../src/core/message.ts'
import type { HubEvent } from '../../src/ports/hub.ts'
import { count, type Json, record, text } from './json.ts'
import { mxcParts } from './media.ts'
import { placeText } from './place.ts'
import { nameText } from './text.ts'

/** Where our own events carry the key of the post they are. */
export const keyField = 'net.wechat-bridge.key'

/** What reading events needs to know. */
export interface Reading {
  readonly hub: HubId
  /** One of the bridge's own users? */
  owns(user: string): boolean
  /** Is this the management room, where every word is meant for the bridge? */
  isManagement(room: string): boolean
  now(): number
}

/** An event of a transaction, checked as far as every event must be well formed. */
export interface RoomEvent {
  readonly id: string
  readonly room: string
  readonly sender: string
  readonly type: string
  readonly at: number
  readonly stateKey: string | undefined
  readonly content: Json
  readonly raw: Json
}

/** The well-formed room event in what the homeserver sent, if it is one. */
export function roomEvent(raw: unknown, now: number): RoomEvent | undefined {
  const event = record(raw)
  const id = text(event?.event_id)
  const room = text(event?.room_id)
  const sender = text(event?.sender)
  const type = text(event?.type)
  if (!event || !id || !room || !sender || !type) return undefined
  const state = event.state_key
  return {
    id,
    room,
    sender,
    type,
    at: count(event.origin_server_ts) ?? now,
    stateKey: typeof state === 'string' ? state : undefined,
    content: record(event.content) ?? {},
    raw: event,
  }
}

/** What an event means to the bridge; undefined when it means nothing. Never throws, whatever is in it. */
export function hubEvent(event: RoomEvent, reading: Reading): HubEvent | undefined {
  const base = { id: eventId(event.id), room: roomId(event.room), at: event.at }
  if (reading.owns(event.sender)) {
    const ours = text(event.content[keyField])
    return ours === undefined ? undefined : { ...base, type: 'echo', key: key(ours) }
  }
  const from = event.sender
  const unsupported = (kind: string): HubEvent => ({ ...base, type: 'unsupported', from, kind })
  if (event.stateKey !== undefined) {
    return event.type === 'm.room.encryption' ? unsupported('encryption') : undefined
  }
  if (event.type === 'm.room.redaction') {
    const target = text(event.raw.redacts) ?? text(event.content.redacts)
    return target === undefined
      ? undefined
      : { ...base, type: 'redaction', from, target: eventId(target) }
  }
  // Redacted before it reached us: there is nothing left to tell.
  if (record(event.raw.unsigned)?.redacted_because !== undefined) return undefined
  const named = otherKinds[event.type]
  if (named !== undefined) return unsupported(named)
  if (event.type !== 'm.room.message' && event.type !== 'm.sticker') return undefined

  const relation = record(event.content['m.relates_to'])
  if (relation?.rel_type === 'm.replace') return unsupported('edit')
  const replyTo = text(record(relation?.['m.in_reply_to'])?.event_id)
  const answers: { replyTo?: EventId } = replyTo ? { replyTo: eventId(replyTo) } : {}
  const msgtype = event.type === 'm.sticker' ? 'm.sticker' : (text(event.content.msgtype) ?? '')

  const kind = mediaKindOf(msgtype, event.content)
  if (kind) {
    if (event.content.file !== undefined) return unsupported('encrypted attachment')
    const media = mediaRef(kind, event.content, reading.hub)
    if (!media) return unsupported('broken attachment')
    const caption = captionOf(event.content)
    return { ...base, type: 'message', from, ...answers, media, ...(caption && { text: caption }) }
  }
  if (msgtype === 'm.location') {
    const place = placeText(event.content)
    if (!place) return unsupported('location')
    return { ...base, type: 'message', from, ...answers, text: place }
  }
  const body = event.content.body
  if (!textTypes.has(msgtype)) return unsupported(kindWord(msgtype))
  if (typeof body !== 'string') return unsupported('malformed message')
  const said = replyTo ? withoutFallback(body) : body
  const words =
    commandWords(said) ?? (reading.isManagement(event.room) ? allWords(said) : undefined)
  if (words) return { ...base, type: 'command', from, words }
  return {
    ...base,
    type: 'message',
    from,
    ...answers,
    text: msgtype === 'm.emote' ? `* ${said}` : said,
  }
}

/** The reference for an attachment of an event; undefined if it names no content on a homeserver. */
function mediaRef(kind: MediaKind, content: Json, hub: HubId): MediaRef | undefined {
  const mxc = text(content.url)
  if (!mxc || !mxcParts(mxc)) return undefined
  const info = record(content.info) ?? {}
  const claimed = text(info.mimetype)
  const name = text(content.filename) ?? text(content.body)
  const sound = record(content['org.matrix.msc1767.audio'])
  const optional = (field: string, value: number | undefined) =>
    value === undefined ? {} : { [field]: value }
  return {
    id: mediaId(`${hub}/${mxc}`),
    source: hub,
    kind,
    mime: claimed && /^[\w.+-]+\/[\w.+-]+$/.test(claimed) ? claimed : 'application/octet-stream',
    ...(name && { name: nameText(name, kind) }),
    ...optional('bytes', count(info.size)),
    ...optional('width', count(info.w)),
    ...optional('height', count(info.h)),
    ...optional('ms', count(info.duration) ?? count(sound?.duration)),
    token: JSON.stringify({ mxc }),
  }
}

/** Since Matrix 1.10 the body is a caption when a different `filename` stands beside it. */
function captionOf(content: Json): string | undefined {
  const body = text(content.body)
  const name = text(content.filename)
  return name !== undefined && body !== name ? body : undefined
}

/** Clients before Matrix 1.13 repeat the message they answer, as quoted lines that begin with who said it. */
function withoutFallback(body: string): string {
  if (!/^> (?:\* )?<@[^>\n]*>/.test(body)) return body
  const lines = body.split('\n')
  let at = 0
  while (lines[at]?.startsWith('>')) at++
  if (lines[at] === '') at++
  return lines.slice(at).join('\n')
}

const allWords = (said: string): readonly string[] =>
  said.split(/\s+/u).filter((word) => word !== '')

const kindWord = (msgtype: string) => nameText(msgtype.replace(/^m\./, ''), 'message', 60)

const textTypes = new Set(['m.text', 'm.notice', 'm.emote'])

/** What was recorded to be listened to says so; any other sound is a file. */
function mediaKindOf(msgtype: string, content: Json): MediaKind | undefined {
  const spoken = voiceFlags.some((flag) => record(content[flag]) !== undefined)
  return msgtype === 'm.audio' && spoken ? 'voice' : mediaKinds[msgtype]
}

const voiceFlags = ['org.matrix.msc3245.voice', 'org.matrix.msc3245.voice.v2', 'm.voice']

const mediaKinds: Readonly<Record<string, MediaKind | undefined>> = Object.assign(
  Object.create(null),
  {
    'm.image': 'image',
    'm.video': 'video',
    'm.audio': 'file',
    'm.file': 'file',
    'm.sticker': 'sticker',
  },
)

/** Kinds a person made and expects to arrive; the words are shown to them. */
const otherKinds: Readonly<Record<string, string | undefined>> = Object.assign(
  Object.create(null),
  {
    'm.reaction': 'reaction',
    'm.room.encrypted': 'encrypted message',
    'm.poll.start': 'poll',
    'org.matrix.msc3381.poll.start': 'poll',
    'm.poll.response': 'vote',
    'org.matrix.msc3381.poll.response': 'vote',
    'm.call.invite': 'call',
    'm.beacon': 'live location',
  },
)
