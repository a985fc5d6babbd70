import type { Chat } from '../../src/core/chat.ts'
import type { ChatId } from '../../src/core/ids.ts'
import { type MessageId, weChatMessageId } from '../../src/core/ids.ts'
import type { Content, Message } from '../../src/core/message.ts'
import type { Book } from './book.ts'
import { detailOf } from './content.ts'
import { isUntold, Trouble } from './fault.ts'
import type { Host } from './host.ts'
import { conversationOf, isNoise, messageOf } from './normalise.ts'
import { kinds, readBefriended, readSaid, type Said, timeOf } from './payloads.ts'
import { cleanName, clip, printed, type Raw, record, text, texts } from './raw.ts'
import type { Requests } from './requests.ts'

/** What an event of the puppet comes to: chats and groups to tell of, and what is said in them. */
export interface Ready {
  readonly chats: readonly Chat[]
  readonly rosters: readonly ChatId[]
  readonly message?: Message
  /** What was said, as the puppet told it, where it may be the echo of a send. */
  readonly said?: Said
  readonly raw: string
}

export interface IncomingParts {
  readonly host: Host
  readonly book: Book
  readonly requests: Requests
  readonly now: () => number
  /** The puppet leaves texts as WeChat's web has them: `&`, quotes and blanks as entities. */
  readonly entities: boolean
}

/** The kind of dirt in a cache that is a room's, and that of its members (DirtyType). */
const dirty = { contact: 2, room: 3, members: 4 } as const

/** Reads one event. Undefined: there is nothing to tell. Throws a {@link Trouble} where the puppet does not answer. */
export async function readEvent(
  name: string,
  payload: unknown,
  parts: IncomingParts,
): Promise<Ready | undefined> {
  const raw = record(payload)
  if (name === 'message') return saidIn(text(raw.messageId), raw.said, parts)
  if (name === 'friendship') return friendship(text(raw.friendshipId), parts)
  if (name === 'room-invite') return invitation(text(raw.roomInvitationId), parts)
  const room = text(raw.roomId)
  if (room === '') return undefined
  if (name === 'room-join') {
    const by = text(raw.inviterId)
    const come = texts(raw.inviteeIdList)
    if (come.includes(parts.book.self)) parts.book.markLeft(room, false)
    return roomNews(room, raw, come, parts, (names, who) =>
      by === '' || who === '' ? `${names} joined the group` : `${who} invited ${names}`,
    )
  }
  if (name === 'room-leave') {
    const gone = texts(raw.removeeIdList)
    const itself = gone.length === 1 && gone[0] === text(raw.removerId)
    parts.book.markLeft(room, gone.includes(parts.book.self))
    return roomNews(room, raw, gone, parts, (names, who) =>
      itself || who === '' ? `${names} left the group` : `${who} removed ${names}`,
    )
  }
  if (name !== 'room-topic') return undefined
  const topic = cleanName(text(raw.newTopic))
  return roomNews(
    room,
    raw,
    [],
    parts,
    (_, who) => `${who || 'Somebody'} named the group “${topic}”`,
  )
}

/** `told` is its payload, where that came with the event. */
async function saidIn(id: string, told: unknown, parts: IncomingParts): Promise<Ready | undefined> {
  if (id === '') return undefined
  const { host, book } = parts
  const payload = told ?? (await host.call('messagePayload', [id]))
  const found = readSaid(payload)
  const said = found && parts.entities ? { ...found, text: withoutEntities(found) } : found
  if (!said) throw new Trouble({ kind: 'puppet', message: 'a message without an id', sent: 'no' })
  const conversation = conversationOf(said, book.self)
  if (isNoise(said)) return undefined
  if (conversation === '') {
    throw new Trouble({ kind: 'puppet', message: 'a message that is in no chat', sent: 'no' })
  }
  await (said.room === '' ? book.someone(conversation) : book.room(said.room))
  const participants = new Map()
  const named = said.room === '' ? [] : [said.from, ...said.mentions.slice(0, 50)]
  for (const each of new Set(named.filter((one) => one !== '' && one !== said.room))) {
    participants.set(each, await book.participant(said.room, each))
    if (each !== book.self) await book.someone(each)
  }
  const message = messageOf(said, {
    naming: book.naming,
    self: book.self,
    now: parts.now(),
    detail: await detail(said, parts),
    contact: (each) => named_(book.contact(each), participants.get(each)?.name),
    participants,
  })
  const raw = printed(payload)
  return { chats: [book.chat(conversation, said.room !== '')], rosters: [], message, said, raw }
}

/** A text of the web is escaped once (protocol §5.4); `<` and `>` are themselves by now. */
function withoutEntities({ type, text: words }: Said): string {
  if (type !== kinds.text) return words
  return words
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&nbsp;/g, ' ')
    .replace(/&amp;/g, '&')
}

/** Somebody in a group whom only the group knows. */
function named_<T extends { readonly name: string }>(contact: T, name: string | undefined): T {
  const known = cleanName(name ?? '')
  return contact.name === 'WeChat user' && known !== '' ? { ...contact, name: known } : contact
}

/** What a message of this kind carries beside its payload. Undefined: the puppet does not say. */
async function detail(said: Said, { host, book }: IncomingParts): Promise<unknown> {
  const op = detailOf(said.type)
  if (op === undefined) return undefined
  try {
    const told = await host.call(op, [said.id])
    return op === 'messageContact' ? await book.someone(text(told)) : told
  } catch (thrown) {
    if (isUntold(thrown)) return undefined
    throw thrown
  }
}

/** Who came, went or changed its name: the group is looked at anew before it is told. */
async function roomNews(
  room: string,
  raw: Raw,
  who: readonly string[],
  parts: IncomingParts,
  sentence: (names: string, by: string) => string,
): Promise<Ready> {
  const { host, book } = parts
  const by = text(raw.inviterId) || text(raw.removerId) || text(raw.changerId)
  const before = new Map<string, string>()
  for (const each of new Set([by, ...who])) {
    if (each !== '') before.set(each, (await book.participant(room, each))?.name ?? '')
  }
  for (const type of [dirty.room, dirty.members]) await host.call('forget', [type, room])
  book.drop(room)
  await book.room(room)
  await book.loadRoster(room)
  const nameOf = (id: string) =>
    id === book.self ? 'You' : named_(book.contact(id), before.get(id)).name
  for (const each of before.keys()) await book.someone(each)
  const names = who.map(nameOf).join(', ')
  const content: Content = {
    kind: 'system',
    text: clip(sentence(names || 'Somebody', by === '' ? '' : nameOf(by)), 1000),
    changed: who.filter((each) => each !== book.self).map(book.naming.contact),
  }
  const chat = book.chat(room, true)
  const at = timeOf(raw.timestamp) || parts.now()
  const mark = printed([room, at, [...who].sort(), by, raw.newTopic])
  const message = line(chat, content, eventId(book, mark), at)
  return { chats: [chat], rosters: [chat.id], message, raw: printed(raw) }
}

async function friendship(id: string, parts: IncomingParts): Promise<Ready | undefined> {
  if (id === '') return undefined
  const { host, book, requests } = parts
  const payload = await host.call('friendshipPayload', [id])
  const news = readBefriended(id, payload)
  if (news.contact === '') return undefined
  book.drop(news.contact)
  await host.call('forget', [dirty.contact, news.contact])
  await book.someone(news.contact)
  const { name } = book.contact(news.contact)
  const raw = printed(payload)
  if (!news.isRequest) {
    await requests.done(news.contact)
    return { chats: [book.chat(news.contact)], rosters: [], raw }
  }
  const at = news.at || parts.now()
  const greeting = clip(news.hello.trim(), 500)
  const request = await requests.add({ id, contact: news.contact, name, greeting, at })
  const content: Content = { kind: 'friendRequest', name, greeting, request }
  await book.someone(book.self)
  const chat = book.chat(book.self)
  return {
    chats: [chat],
    rosters: [],
    message: line(chat, content, eventId(book, `friend~${id}`), at),
    raw,
  }
}

async function invitation(id: string, parts: IncomingParts): Promise<Ready | undefined> {
  if (id === '') return undefined
  const { host, book } = parts
  const payload = await host.call('roomInvitationPayload', [id]).catch((thrown: unknown) => {
    if (isUntold(thrown)) return {}
    throw thrown
  })
  const raw = record(payload)
  const from = text(raw.inviterId)
  if (from !== '') await book.someone(from)
  const topic = cleanName(text(raw.topic))
  const name = topic === '' ? 'a group' : `the group “${topic}”`
  const content: Content = {
    kind: 'groupInvite',
    text: `An invitation to ${name}. It can be accepted on the phone.`,
    url: '',
  }
  const chat = book.chat(from || book.self)
  const at = timeOf(raw.timestamp) || parts.now()
  const told = line(chat, content, eventId(book, `invite~${id}`), at)
  const sender =
    from === '' ? told.sender : ({ type: 'contact', contact: book.contact(from) } as const)
  return { chats: [chat], rosters: [], message: { ...told, sender }, raw: printed(payload) }
}

function line(chat: Chat, content: Content, id: MessageId, at: number): Message {
  return {
    id,
    aliases: [],
    account: chat.account,
    chat: chat.id,
    sender: { type: 'system' },
    at,
    mentionsMe: false,
    content,
  }
}

/** An event has no id; what it says and when is what makes it itself. */
function eventId(book: Book, mark: string): MessageId {
  return weChatMessageId(book.naming.account, `event~${Buffer.from(mark).toString('base64url')}`)
}
