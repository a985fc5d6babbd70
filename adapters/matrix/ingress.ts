import { type EventId, eventId, type HubId, key, roomId } from '../../src/core/ids.ts'
import type { HubEvent } from '../../src/ports/hub.ts'
import { attachment, hasCaption, mediaKindOf } from './attachment.ts'
import { count, type Json, record, text } from './json.ts'
import { placeText } from './place.ts'
import { nameText } from './text.ts'
import { commandIn, type WordsReading, wordsIn } from './words-in.ts'

/** Where our own events carry the key of the post they are. */
export const keyField = 'net.wechat-bridge.key'
/** In what the bridge says as the owner: the room it was said in. Clients that forward a message copy all that is in it. */
export const roomField = 'net.wechat-bridge.room'

/** What reading events needs to know. */
export interface Reading extends WordsReading {
  readonly hub: HubId
  /** Whose account it is: posts of ours can be theirs, too (a double puppet). */
  readonly owner: string
  /** One of the bridge's own users? */
  owns(user: string): boolean
  /** Is this the management room, where every word is meant for the bridge? */
  isManagement(room: string): boolean
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

/** Before Matrix there was none. A server's clock may be a little ahead of ours. */
const earliestAt = Date.UTC(2014, 0)
const aheadMs = 60_000

/** The well-formed room event in what the homeserver sent, if it is one. `at` is what its server says, if that can be. */
export function roomEvent(raw: unknown, now: number): RoomEvent | undefined {
  const event = record(raw)
  const id = text(event?.event_id)
  const room = text(event?.room_id)
  const sender = text(event?.sender)
  const type = text(event?.type)
  if (!event || !id || !room || !sender || !type) return undefined
  const state = event.state_key
  const claimed = count(event.origin_server_ts) ?? now
  return {
    id,
    room,
    sender,
    type,
    at: claimed < earliestAt || claimed > now + aheadMs ? now : claimed,
    stateKey: typeof state === 'string' ? state : undefined,
    content: record(event.content) ?? {},
    raw: event,
  }
}

/** What an event means to the bridge; undefined when it means nothing. Never throws, whatever is in it. */
export function hubEvent(event: RoomEvent, reading: Reading): HubEvent | undefined {
  const ours = text(event.content[keyField])
  const isOurs = reading.owns(event.sender)
  // What was forwarded is what it would be without a key, as long as nobody could take it for the post itself.
  const isPuppets = event.sender === reading.owner && event.content[roomField] === event.room
  if (ours === undefined || !(isOurs || isPuppets)) {
    return isOurs ? undefined : meaning(event, reading)
  }
  // Taken back as the owner: it is what core wanted, not what they want.
  if (event.type === 'm.room.redaction') return undefined
  const meant = isOurs ? undefined : meaning(event, reading)
  return { ...baseOf(event), type: 'echo', key: key(ours), ...(meant && { otherwise: meant }) }
}

const baseOf = (event: RoomEvent) => ({
  id: eventId(event.id),
  room: roomId(event.room),
  at: event.at,
})

/** What an event of a person means. */
function meaning(event: RoomEvent, reading: Reading): HubEvent | undefined {
  const base = baseOf(event)
  const { sender: from, content } = event
  const unsupported = (kind: string): HubEvent => ({ ...base, type: 'unsupported', from, kind })
  if (event.stateKey !== undefined) {
    const named = stateKinds[event.type]?.(content)
    return named === undefined ? undefined : unsupported(named)
  }
  if (event.type === 'm.room.redaction') {
    const target = text(event.raw.redacts) ?? text(content.redacts)
    return target === undefined
      ? undefined
      : { ...base, type: 'redaction', from, target: eventId(target) }
  }
  // Redacted before it reached us: there is nothing left to tell.
  if (record(event.raw.unsigned)?.redacted_because !== undefined) return undefined
  const relation = record(content['m.relates_to']) ?? {}
  const target = text(relation.event_id)
  if (event.type === 'm.reaction') {
    const sign = relation.rel_type === 'm.annotation' ? signOf(relation, content) : undefined
    return sign && target
      ? { ...base, type: 'reaction', from, target: eventId(target), sign }
      : undefined
  }
  const named = otherKinds[event.type]
  if (named !== undefined) return unsupported(named)
  if (event.type !== 'm.room.message' && event.type !== 'm.sticker') return undefined

  if (relation.rel_type === 'm.replace') {
    // As everywhere on Matrix, a command is not changed by changing its words.
    if (reading.isManagement(event.room)) return undefined
    const changed = record(content['m.new_content'])
    const read = target && changed ? contentOf('m.room.message', changed, true, reading) : undefined
    if (!target || !read || 'unsupported' in read) return unsupported('edit')
    return { ...base, type: 'edit', from, target: eventId(target), ...read }
  }
  const answers = answered(relation)
  const isAnswer = answers.replyTo !== undefined
  if (isSpoken(event)) {
    const words = commandIn(content, isAnswer, reading.isManagement(event.room))
    if (words) return { ...base, type: 'command', from, words, ...answers }
  }
  const read = contentOf(event.type, content, isAnswer, reading)
  if ('unsupported' in read) return unsupported(read.unsupported)
  return { ...base, type: 'message', from, ...answers, ...read }
}

type Content = Pick<Extract<HubEvent, { type: 'edit' }>, 'text' | 'rich' | 'points' | 'media'>

/** What a message says and shows; or a word for what cannot be translated. */
function contentOf(
  type: string,
  content: Json,
  isAnswer: boolean,
  reading: Reading,
): Content | { readonly unsupported: string } {
  const msgtype = type === 'm.sticker' ? type : (text(content.msgtype) ?? '')
  const kind = mediaKindOf(msgtype, content)
  if (kind) {
    if (content.file !== undefined) return { unsupported: 'encrypted attachment' }
    const media = attachment(kind, content, reading.hub)
    if (!media) return { unsupported: 'broken attachment' }
    return { media, ...(hasCaption(content) && wordsIn(content, isAnswer, reading)) }
  }
  if (msgtype === 'm.location') {
    const place = placeText(content)
    return place ? { text: place } : { unsupported: 'location' }
  }
  if (!textTypes.has(msgtype)) return { unsupported: kindWord(msgtype) }
  if (typeof content.body !== 'string') return { unsupported: 'malformed message' }
  const words = wordsIn(content, isAnswer, reading)
  return msgtype === 'm.emote' ? led(words, '* ') : words
}

/** The same behind some other words. */
function led({ text: said = '', rich, points }: Content, lead: string): Content {
  const further = points?.map(({ start, end, who }) => ({
    start: start + lead.length,
    end: end + lead.length,
    who,
  }))
  return {
    text: lead + said,
    ...(rich && { rich: [{ text: lead }, ...rich] }),
    ...(further && { points: further }),
  }
}

/** In a thread, clients that know none are told to show the latest message as answered, which nobody meant. */
function answered(relation: Json): { replyTo?: EventId } {
  if (relation.rel_type === 'm.thread' && relation.is_falling_back === true) return {}
  const replyTo = text(record(relation['m.in_reply_to'])?.event_id)
  return replyTo ? { replyTo: eventId(replyTo) } : {}
}

const longestSign = 40

/** The sign of a reaction; pictures have a name at best. */
function signOf(relation: Json, content: Json): string | undefined {
  const sign = text(relation.key)
  if (!sign?.startsWith('mxc:')) return sign && nameText(sign, '', longestSign)
  const shortcode = text(content.shortcode) ?? text(content['com.beeper.reaction.shortcode'])
  const name = nameText(shortcode ?? '', '', longestSign - 2).replace(/^:|:$/g, '')
  return name ? `:${name}:` : 'emoji'
}

const isSpoken = ({ type, content }: RoomEvent): boolean =>
  type === 'm.room.message' &&
  textTypes.has(text(content.msgtype) ?? '') &&
  typeof content.body === 'string'

const kindWord = (msgtype: string) => nameText(msgtype.replace(/^m\./, ''), 'message', 60)

const textTypes = new Set(['m.text', 'm.notice', 'm.emote'])

const without = <T>(
  entries: Readonly<Record<string, T>>,
): Readonly<Record<string, T | undefined>> => Object.assign(Object.create(null), entries)

/** A live location is a state of the room; what follows it would be an answer every few seconds. */
const live = (content: Json) => (content.live === true ? 'live location' : undefined)
const stateKinds = without<(content: Json) => string | undefined>({
  'm.room.encryption': () => 'encryption',
  'm.beacon_info': live,
  'org.matrix.msc3672.beacon_info': live,
})

/** Kinds a person made and expects to arrive; the words are shown to them. */
const otherKinds = without({
  'm.room.encrypted': 'encrypted message',
  'm.poll.start': 'poll',
  'org.matrix.msc3381.poll.start': 'poll',
  'm.poll.response': 'vote',
  'org.matrix.msc3381.poll.response': 'vote',
  'm.call.invite': 'call',
})
