import { createHash } from 'node:crypto'
import type { Chat, Sender } from '../../src/core/chat.ts'
import { type AccountId, weChatMessageId } from '../../src/core/ids.ts'
import type { Mention, Message } from '../../src/core/message.ts'
import type { Book } from './book.ts'
import { contentOf, unread } from './content.ts'
import { accountOfWire, contactOfWire, escaped } from './ids.ts'
import { tree } from './reading.ts'
import { cleanName } from './text.ts'
import { chat, from, time, type WireChat, type WireMessage } from './wire.ts'

/** Clocks may be apart; what comes from farther in the future than this was not said then. */
const aheadMs = 86_400_000

/** A message of the gateway's as one of the bridge's. Its chat is in the book. */
export function normalise(wire: WireMessage, book: Book, now: number): Message {
  const { account } = book
  const mine = wire.from === 'me'
  const mentions = mentionsOf(account, wire)
  const place = book.learn(wire.chat)
  // Some gateways tell of a recall under the id of what was taken back: it is another message than that.
  const { content } = wire
  const isSame = content.kind === 'recall' && content.target.id === wire.id
  const name = isSame ? `${escaped(wire.id)}!recall` : escaped(wire.id)
  const aliases = [wire.id, ...(wire.client_id === undefined ? [] : [wire.client_id])]
  return {
    id: weChatMessageId(account, name),
    aliases: isSame ? [] : aliases,
    account,
    chat: place.id,
    sender: senderOf(wire.from, place, book),
    at: momentOf(wire.at, now),
    mentionsMe: wire.mentions_me === true,
    ...(mentions.length > 0 && { mentions }),
    content: contentOf({ account, message: wire.id, mine }, wire.content),
  }
}

/** Where what cannot be placed is shown: nothing is dropped without a word. */
const nowhere: WireChat = { id: 'gateway!unreadable', kind: 'mp', name: 'Gateway' }

/** A message that is not as the protocol says: as much of it as can be read, and that there was more. */
export function salvaged(event: unknown, book: Book, now: number): Message {
  const whole = tree(event)
  const wire = tree(whole.message)
  const content = tree(wire.content)
  const place = chat.safeParse(wire.chat).data ?? nowhere
  const print = createHash('sha256').update(JSON.stringify(event)).digest('hex').slice(0, 24)
  const { account } = book
  const speaker = speakerOf(from.safeParse(wire.from).data ?? 'system', account)
  return {
    // Not the id it would have: told again as it should be, it is another message.
    id: weChatMessageId(account, `unreadable!${print}`),
    aliases: [],
    account,
    chat: book.learn(place).id,
    sender: place === nowhere ? { type: 'system' } : senderOf(speaker, place, book),
    at: momentOf(time.safeParse(wire.at).data ?? now, now),
    mentionsMe: false,
    content: unread(words(content.kind), words(content.text) ?? words(content.summary)),
  }
}

/** The owner is the owner also where they are named by their id. */
export function speakerOf(who: WireMessage['from'], account: AccountId): WireMessage['from'] {
  return typeof who === 'object' && accountOfWire(who.id) === account ? 'me' : who
}

/** Is this a message, or meant to be one? */
export function isMessageLike(event: unknown): boolean {
  const { type, message } = tree(event)
  return type === 'message' || (message !== null && typeof message === 'object')
}

function senderOf(who: WireMessage['from'], place: Pick<Chat, 'kind'>, book: Book): Sender {
  if (who === 'me') return { type: 'myself' }
  if (who === 'system') return { type: 'system' }
  const contact = book.contact(who)
  if (place.kind === 'group') return { type: 'group', contact, nick: cleanName(who.nick) }
  return { type: place.kind === 'mp' ? 'subscription' : 'contact', contact }
}

/** Names that stand in the text. */
function mentionsOf(account: AccountId, { content }: WireMessage): Mention[] {
  if (content.kind !== 'text') return []
  return (content.mentions ?? []).flatMap(({ name, id: who }): Mention[] => {
    const words = cleanName(name)
    const contact = contactOfWire(account, who)
    return words === '' ? [] : [{ name: words, who: { type: 'contact', contact } }]
  })
}

const momentOf = (at: number, now: number): number => (at > now + aheadMs ? now : at)

const words = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined
