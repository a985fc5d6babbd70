import { createHash } from 'node:crypto'
import type { Sender } from '../../src/core/chat.ts'
import { type ContactId, weChatMessageId } from '../../src/core/ids.ts'
import type { Content, Message } from '../../src/core/message.ts'
import { isMp, isRoom } from './contact.ts'
import type { Incoming } from './content/incoming.ts'
import { isOwnRecall } from './content/recall.ts'
import { parsers } from './content/table.ts'
import { mentions } from './content/text.ts'
import { unsupported } from './content/unsupported.ts'
import { mentioned } from './mentioned.ts'
import { lastingOf, type People } from './people.ts'
import { number, printed, type Raw, record, text } from './raw.ts'

/** Whose message, in which chat, and what is left of `Content` without the group prefix (protocol §5.2, §5.3). */
export interface Parties {
  readonly msgId: string
  readonly type: number
  /** UserName of the other side. */
  readonly chat: string
  readonly mine: boolean
  readonly group: boolean
  /** UserName of the member who speaks in a group; undefined: WeChat itself. */
  readonly member: string | undefined
  readonly payload: string
}

/** Nothing for people: status notices and the server's own (protocol §5.5, §5.8). */
const hidden = new Set([51, 9999])
const requests = new Set([37, 40, 65])

/** Reads who speaks where. Undefined: nothing to show. */
export function partiesOf(raw: Raw, self: string): Parties | undefined {
  const type = number(raw.MsgType)
  if (hidden.has(type)) return undefined
  const from = text(raw.FromUserName)
  const to = text(raw.ToUserName)
  if (from === '' && to === '') return undefined
  const mine = from === self || from === ''
  const chat = mine ? to || self : from
  if (chat === '' || /@(lbsroom|talkroom)$/.test(chat)) return undefined
  // A request of one's own comes back as if from another (protocol §5.5).
  if (requests.has(type) && text(record(raw.RecommendInfo).UserName) === self) return undefined
  const group = isRoom(chat)
  const whole = text(raw.Content)
  const prefix = group && !mine ? splitPrefix(whole, type) : { payload: whole }
  return {
    msgId: msgIdOf(raw),
    type,
    chat,
    mine,
    group,
    member: prefix.member,
    payload: prefix.payload,
  }
}

/** The id of a raw message; one without any is named by what it says, so that it is neither lost nor doubled. */
export function msgIdOf(raw: Raw): string {
  const id = [raw.MsgId, raw.NewMsgId].map(idText).find((each) => each !== '')
  return id ?? `x${createHash('sha256').update(printed(raw)).digest('hex').slice(0, 24)}`
}

/** An id as text. A number that a double cannot hold may stand for several messages: it is none, nor is nought. */
function idText(value: unknown): string {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return ''
  const id = text(value)
  return /^\d{1,20}$/.test(id) && !/^0+$/.test(id) ? id : ''
}

/** What normalising may ask, beside the people: a message known as one's own, and who changed in a room. */
export interface Hints {
  readonly now: number
  readonly isMine: (msgId: string) => boolean
  readonly changed: readonly ContactId[]
  /** The id a friend request is to be accepted by; without it, its MsgId. */
  readonly request?: (raw: Raw) => string
  /** The name of a real id (`wxid_…`), never a private remark. */
  readonly nameOf?: (realId: string) => string | undefined
}

/** A raw message as the bridge's own (protocol §0.2). A parser that fails makes it `unsupported`; never throws. */
export function normalise(raw: Raw, parties: Parties, people: People, hints: Hints): Message {
  const chat = people.chat(parties.chat)
  const { content, mine } = readContent(raw, parties, people, hints)
  const sender = senderOf(parties, people, content, mine)
  const seconds = number(raw.CreateTime)
  const words =
    parties.group && addressing.has(content.kind) && 'text' in content ? content.text : ''
  const { member } = parties
  // An announcement is made by those who may call everybody.
  const isOwner = member !== undefined && people.raw(parties.chat)?.ChatRoomOwner === member
  const rules = isOwner || content.kind === 'announcement'
  const found = mentioned(words, () => people.nameable(parties.chat), rules)
  const callsAll = found.some(({ who }) => who.type === 'all')
  const speaks = sender.type !== 'myself' && sender.type !== 'system'
  return {
    id: weChatMessageId(people.account, parties.msgId),
    aliases: [parties.msgId],
    account: people.account,
    chat: chat.id,
    sender,
    at: seconds > 0 && seconds < 1e11 ? Math.round(seconds * 1000) : hints.now,
    mentionsMe: speaks && (callsAll || mentions(words, people.myNames(parties.chat))),
    ...(found.length > 0 && { mentions: found }),
    content,
  }
}

/** Kinds whose text may call somebody. */
const addressing = new Set<Content['kind']>(['text', 'quote', 'solitaire', 'announcement'])

function readContent(
  raw: Raw,
  parties: Parties,
  people: People,
  hints: Hints,
): { content: Content; mine: boolean } {
  const message = incoming(raw, parties, people, hints)
  try {
    const content = parsers[parties.type]?.(message) ?? unsupported(message)
    return { content, mine: content.kind === 'recall' && isOwn(content, parties, hints) }
  } catch {
    const type = String(parties.type)
    return { content: { kind: 'unsupported', type, summary: '' }, mine: false }
  }
}

function incoming(raw: Raw, parties: Parties, people: People, hints: Hints): Incoming {
  const { chat, mine, group } = parties
  return {
    raw,
    msgId: parties.msgId,
    type: parties.type,
    payload: parties.payload,
    account: people.account,
    mine,
    group,
    mp: isOfficial(chat, people),
    from: mine ? 'self' : (lastingOf(people.chat(chat).id, people.account) ?? ''),
    peer: group ? '' : people.contact(chat).name,
    changed: hints.changed,
    request: () => hints.request?.(raw) ?? parties.msgId,
    contact: (userName) =>
      /^@[\w-]{1,128}$/.test(userName) && userName !== people.self.UserName
        ? people.contact(userName).id
        : undefined,
    nameOf: (realId) => hints.nameOf?.(realId),
  }
}

/**
 * Recalls of one's own may come with the sides swapped: then the words decide, or the recalled message, for only
 * oneself can recall what one said in a private chat (protocol §5.7).
 */
function isOwn(
  recall: Extract<Content, { kind: 'recall' }>,
  parties: Parties,
  hints: Hints,
): boolean {
  if (parties.mine) return true
  if (parties.member !== undefined) return false
  return isOwnRecall(recall.text) || recall.target.aliases.some((each) => hints.isMine(each))
}

function senderOf(parties: Parties, people: People, content: Content, mine: boolean): Sender {
  if (parties.type === 10002 && content.kind !== 'recall') return { type: 'system' }
  if (parties.type === 10000) return greySender(parties, people, content)
  if (mine || parties.mine) return { type: 'myself' }
  if (!parties.group) return privateSender(parties, people)
  return parties.member === undefined
    ? { type: 'system' }
    : people.member(parties.chat, parties.member)
}

/** Grey lines are WeChat's own. A red packet between two people says which of them it is from. */
function greySender(parties: Parties, people: People, content: Content): Sender {
  if (content.kind !== 'redPacket') return { type: 'system' }
  if (content.mine) return { type: 'myself' }
  return parties.group ? { type: 'system' } : privateSender(parties, people)
}

function privateSender({ chat }: Parties, people: People): Sender {
  const contact = people.contact(chat)
  return { type: isOfficial(chat, people) ? 'subscription' : 'contact', contact }
}

function isOfficial(chat: string, people: People): boolean {
  return !isRoom(chat) && isMp(people.raw(chat) ?? { UserName: chat })
}

/** `<member>:<br/>` at the very start, once; the rest may hold anything, line feeds too (protocol §5.3). */
function splitPrefix(content: string, type: number): { member?: string; payload: string } {
  const found = /^(@{0,2}[A-Za-z0-9_-]{1,128}(?:@[a-z]{1,20})?):<br ?\/?>/.exec(content)
  const name = found?.[1]
  if (!found || name === undefined) return { payload: content }
  const payload = content.slice(found[0].length)
  if (isRoom(name)) return { payload }
  if (name.startsWith('@')) return { member: name, payload }
  // A notice may simply begin with `word:`.
  return type === 10000 ? { payload: content } : { member: name, payload }
}
