import { createHash } from 'node:crypto'
import type { Chat, Contact, Sender } from '../../src/core/chat.ts'
import { type AccountId, weChatMessageId } from '../../src/core/ids.ts'
import type { Content, Message } from '../../src/core/message.ts'
import { contentOf, itemId } from './content.ts'
import { chatFor, contactFor, groupFor } from './ids.ts'
import { number, printed, type Raw, records, text } from './json.ts'

/** Who is who in this login. */
export interface Who {
  readonly account: AccountId
  readonly bot: string
  /** The person who scanned, and what they are called: WeChat tells no names. */
  readonly owner: string
  readonly ownerName: string
}

/** A message as WeChat tells it, and what becomes of it. */
export interface Told {
  readonly chat: Chat
  /** The one who wrote, if that is not the bot itself. */
  readonly from: string | undefined
  readonly clientId: string
  readonly ids: readonly string[]
  readonly at: number
  /** With what it may be answered; '' where there is nothing. */
  readonly context: string
  readonly messages: readonly Message[]
}

/**
 * One event as messages: usually one, more where it has several items, and one that says so where nothing can be read.
 * `now` in milliseconds.
 */
export function normalise(raw: Raw, who: Who, now: number): Told {
  const sender = text(raw.from_user_id)
  const isOurs = number(raw.message_type) === 2 || sender === who.bot
  const other = isOurs ? text(raw.to_user_id) : sender
  const items = records(raw.item_list)
  const ids = idsOf(raw, items)
  const at = timeOf(raw.create_time_ms, now)
  const chat = chatOf(text(raw.group_id), other || who.owner, who)
  const base = {
    account: who.account,
    chat: chat.id,
    sender: isOurs ? ({ type: 'myself' } as const) : senderOf(chat, other, who),
    at,
    mentionsMe: false,
  }
  const [first = ''] = ids
  const messages = contentsOf(raw, items, ids, now, who).map((content, index): Message => {
    const own = nthOf(first, index)
    const item = items[index]
    const aliases = index === 0 ? ids : [own, ...(item && itemId(item) ? [itemId(item)] : [])]
    if (content.kind !== 'recall') {
      return { ...base, id: weChatMessageId(who.account, own), aliases, content }
    }
    const taken = `${first}#taken`
    return { ...base, id: weChatMessageId(who.account, taken), aliases: [taken], content }
  })
  return {
    chat,
    from: isOurs ? undefined : other || undefined,
    clientId: text(raw.client_id),
    ids,
    at,
    context: text(raw.context_token),
    messages,
  }
}

/** The private chat with somebody; of the person themselves, under the name they are given here. */
export function friendChat(user: string, who: Who): Chat {
  const { account } = who
  return { id: chatFor(account, user), account, kind: 'friend', name: nameOf(user, who) }
}

function chatOf(group: string, other: string, who: Who): Chat {
  if (!group) return friendChat(other, who)
  const { account } = who
  // Groups cannot be joined (`ecosystem §1.2`). If one comes all the same, it is not shown among private words.
  return { id: groupFor(account, group), account, kind: 'group', name: `WeChat ${mark(group)}` }
}

function senderOf(chat: Chat, user: string, who: Who): Sender {
  const id = contactFor(who.account, user || who.owner)
  const contact: Contact = { id, name: nameOf(user || who.owner, who) }
  return chat.kind === 'group' ? { type: 'group', contact, nick: '' } : { type: 'contact', contact }
}

const nameOf = (user: string, { owner, ownerName }: Who): string =>
  user === owner ? ownerName : `WeChat ${mark(user)}`

/** Something short that tells nameless people apart, and shows nobody's id. */
const mark = (id: string): string => createHash('sha256').update(id).digest('hex').slice(0, 6)

/** The message's own id, and those of its first item. Made of the whole where WeChat gives none. */
function idsOf(raw: Raw, items: readonly Raw[]): readonly string[] {
  const [item] = items
  const given = [text(raw.message_id), item ? itemId(item) : ''].filter(
    (each) => each !== '' && each !== '0',
  )
  if (given.length > 0) return [...new Set(given)]
  return [`~${createHash('sha256').update(printed(raw)).digest('hex').slice(0, 32)}`]
}

function contentsOf(
  raw: Raw,
  items: readonly Raw[],
  ids: readonly string[],
  now: number,
  { account }: Who,
): readonly Content[] {
  const [first = ''] = ids
  const said = items
    .slice(0, mostItems)
    .map((item, index) => contentOf(item, { account, name: nthOf(first, index) }))
  const taken = number(raw.delete_time_ms)
  if (taken > 0 && taken < now + 60_000) {
    // Never seen in the field (`ecosystem §1.2`). What it said comes first: told before, it is not told again.
    return [...said, { kind: 'recall', target: { aliases: ids, preview: '' }, text: '' }]
  }
  return said.length > 0 ? said : [{ kind: 'unsupported', type: 'message', summary: '' }]
}

/** What the part of a message is called by; the first by the message's own id. */
const nthOf = (id: string, index: number): string => (index === 0 ? id : `${id}#${index + 1}`)

/** No message of WeChat's has as many parts. */
const mostItems = 100

/** When it was written; now, where that is not told or cannot be. */
function timeOf(told: unknown, now: number): number {
  const at = Math.round(number(told))
  return at > earliest && at < now + aDay ? at : now
}

const aDay = 86_400_000
/** In 2011 there was no WeChat. */
const earliest = 1_290_000_000_000
