import { createHash } from 'node:crypto'
import type { Sender } from '../../src/core/chat.ts'
import { type ContactId, weChatMessageId } from '../../src/core/ids.ts'
import type { Content, Message } from '../../src/core/message.ts'
import { isMp, isRoom } from './contact.ts'
import { imageContent } from './content/image.ts'
import { isOwnRecall, readSystemMessage } from './content/recall.ts'
import { isMembership, systemText } from './content/system.ts'
import { mentions, textContent } from './content/text.ts'
import { unsupported } from './content/unsupported.ts'
import type { People } from './people.ts'
import { number, printed, type Raw, text } from './raw.ts'
import { clip } from './text.ts'
import { contentXml } from './xml.ts'

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
  const id = text(raw.MsgId) || text(raw.NewMsgId)
  if (/^\d{1,20}$/.test(id)) return id
  return `x${createHash('sha256').update(printed(raw)).digest('hex').slice(0, 24)}`
}

/** What normalising may ask, beside the people: a message known as one's own, and who changed in a room. */
export interface Hints {
  readonly now: number
  readonly isMine: (msgId: string) => boolean
  readonly changed: readonly ContactId[]
}

/** A raw message as the bridge's own (protocol §0.2). A parser that fails makes it `unsupported`; never throws. */
export function normalise(raw: Raw, parties: Parties, people: People, hints: Hints): Message {
  const chat = people.chat(parties.chat)
  const { content, mine } = readContent(raw, parties, people, hints)
  const sender = senderOf(parties, people, content, mine)
  const seconds = number(raw.CreateTime)
  const speaks = sender.type !== 'myself' && sender.type !== 'system'
  return {
    id: weChatMessageId(people.account, parties.msgId),
    aliases: [parties.msgId],
    account: people.account,
    chat: chat.id,
    sender,
    at: seconds > 0 && seconds < 1e11 ? Math.round(seconds * 1000) : hints.now,
    mentionsMe:
      parties.group &&
      speaks &&
      content.kind === 'text' &&
      mentions(content.text, people.myNames(parties.chat)),
    content,
  }
}

/** The longest text taken over whole; the rest of a longer one is cut with an ellipsis. */
const maxText = 200_000

function readContent(
  raw: Raw,
  parties: Parties,
  people: People,
  hints: Hints,
): { content: Content; mine: boolean } {
  try {
    const content = contentOf(raw, parties, people, hints)
    return { content, mine: content.kind === 'recall' && isOwn(content, parties, hints) }
  } catch {
    const content = {
      kind: 'unsupported',
      type: String(parties.type),
      summary: 'unreadable',
    } as const
    return { content, mine: false }
  }
}

function contentOf(raw: Raw, parties: Parties, people: People, hints: Hints): Content {
  const { type, payload, msgId } = parties
  if (type === 1 && !isLocation(raw) && !isReader(payload))
    return textContent(clip(payload, maxText))
  if (type === 3) return imageContent(people.account, msgId)
  if (type === 10000) {
    const words = systemText(payload)
    if (parties.group && isMembership(words)) {
      return { kind: 'system', text: words, changed: hints.changed }
    }
    return { kind: 'note', text: words }
  }
  if (type === 10002) {
    const read = readSystemMessage(contentXml(payload))
    if (read?.type === 'recall') return read.content
    if (read?.text) return { kind: 'note', text: read.text }
    return { kind: 'unsupported', type: `10002/${read?.name ?? ''}`, summary: 'a system message' }
  }
  return unsupported(type, raw, payload)
}

/** `SubMsgType` 48, else by where it links to or what it carries (protocol §5.5). */
function isLocation(raw: Raw): boolean {
  return (
    number(raw.SubMsgType) === 48 ||
    text(raw.Url).includes('//apis.map.qq.com/') ||
    text(raw.OriContent).includes('<location')
  )
}

function isReader(payload: string): boolean {
  return /^\s*(<|&lt;)mmreader>?/.test(payload)
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
  if (content.kind === 'system' || content.kind === 'note') return { type: 'system' }
  if (mine || parties.mine) return { type: 'myself' }
  if (!parties.group) return privateSender(parties, people)
  return parties.member === undefined
    ? { type: 'system' }
    : people.member(parties.chat, parties.member)
}

function privateSender(parties: Parties, people: People): Sender {
  const contact = people.contact(parties.chat)
  const mp = isMp(people.raw(parties.chat) ?? { UserName: parties.chat })
  return { type: mp ? 'subscription' : 'contact', contact }
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
