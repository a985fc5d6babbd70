// Ids are opaque strings. Each kind has its own brand, so that one cannot be passed for another, and its own
// rule of uniqueness. WeChat's ids exceed 2^53: nothing here is ever a number.

declare const brand: unique symbol
type Id<Name extends string> = string & { readonly [brand]: Name }

/** One WeChat login identity. Lasting: the same person logging in again has the same id. */
export type AccountId = Id<'account'>
/** A conversation of one account, unique over all accounts. Lasting: minted by the connector, kept across logins. */
export type ChatId = Id<'chat'>
/** A person or MP as one account knows them, unique over all accounts. Lasting like {@link ChatId}. */
export type ContactId = Id<'contact'>
/** One message. The same message always gets the same id, whichever way and however often it arrives. */
export type MessageId = Id<'message'>
/** The bytes of one picture, voice, file… Unique over all sources. */
export type MediaId = Id<'media'>
/** One hub adapter as configured (`matrix`, `web`). Also the name of its lane. */
export type HubId = Id<'hub'>
/** The lasting pair of one chat and one room. Random, so that a lost store can never adopt a stranger's room. */
export type PortalId = Id<'portal'>
/** A room in the hub's own naming. Unique within its hub. */
export type RoomId = Id<'room'>
/** An event in the hub's own naming. Unique within its hub. */
export type EventId = Id<'event'>
/** Names one delivery: a message, the portal it goes to, the part. Unique in the outbox, so nothing is enqueued twice. */
export type Key = Id<'key'>
/** One stream of deliveries with one owner and one pace: `wechat/<account>` or a hub's id. */
export type Lane = Id<'lane'>

const as = <T extends string>(text: string): T => text as T

export const accountId = (text: string): AccountId => as(text)
export const chatId = (text: string): ChatId => as(text)
export const contactId = (text: string): ContactId => as(text)
export const messageId = (text: string): MessageId => as(text)
export const mediaId = (text: string): MediaId => as(text)
export const hubId = (text: string): HubId => as(text)
export const portalId = (text: string): PortalId => as(text)
export const roomId = (text: string): RoomId => as(text)
export const eventId = (text: string): EventId => as(text)
export const key = (text: string): Key => as(text)
export const lane = (text: string): Lane => as(text)

/** The id of a message that came from WeChat: its account and the id WeChat gave it. */
export const weChatMessageId = (account: AccountId, alias: string): MessageId =>
  messageId(`${account}/${alias}`)

/** The id of a message that a person wrote in a room: the hub and the event. */
export const hubMessageId = (hub: HubId, event: EventId): MessageId => messageId(`${hub}/${event}`)

/** The id of what a message was changed to, the `count`th time (from 1). */
export const versionId = (message: MessageId, count: number): MessageId =>
  messageId(`edit/${count}/${message}`)

/** The id that the taking-back of a message goes by: taking it back twice is doing it once. */
export const takingId = (message: MessageId): MessageId => messageId(`recall/${message}`)

/** The id of a notice: what it is about and what it says. Saying the same thing twice is one notice. */
export const noticeId = (about: string, type: string): MessageId =>
  messageId(`notice/${type}/${about}`)

/** The outbox key of one part of a message on its way to one portal. */
export const postKey = (message: MessageId, portal: PortalId, part: number): Key =>
  key(`post/${portal}/${message}/${part}`)

/** The outbox key of taking back, in one portal, what a recall is about. */
export const redactionKey = (recall: MessageId, portal: PortalId): Key =>
  key(`redaction/${portal}/${recall}`)

/** The outbox key of one part of a message on its way to WeChat. */
export const sendKey = (message: MessageId, part: number): Key => key(`send/${message}/${part}`)

/** The line that all sends to one chat wait in, one behind the other. */
export const sendLine = (chat: ChatId): PortalId => portalId(`line/${chat}`)

/** The chat whose sends wait in a line ({@link sendLine}). Undefined: it is no such line. */
export const chatOfLine = (line: PortalId): ChatId | undefined =>
  line.startsWith('line/') ? chatId(line.slice('line/'.length)) : undefined

/** The account a chat or contact is of: their ids begin with its id and a slash (a rule for all connectors). */
export const accountOf = (id: ChatId | ContactId): AccountId => {
  const end = id.indexOf('/')
  return accountId(end < 0 ? id : id.slice(0, end))
}

export const weChatLane = (account: AccountId): Lane => lane(`wechat/${account}`)
export const hubLane = (hub: HubId): Lane => lane(hub)

const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789'

/** A new portal id: 12 characters of a 32-letter alphabet (60 bits). `random` gives numbers in [0, 1). */
export function mintPortalId(random: () => number): PortalId {
  let text = ''
  for (let i = 0; i < 12; i++) text += alphabet[Math.floor(random() * alphabet.length)]
  return portalId(text)
}
