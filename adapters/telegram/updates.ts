import { createHash } from 'node:crypto'
import type { Message, User } from '@grammyjs/types'
import { type EventId, eventId } from '../../src/core/ids.ts'
import { oneLine } from '../../src/core/one-line.ts'
import { eventOf } from './address.ts'
import { count, type Json, optional, record, text, whole } from './updates-json.ts'

/** What `places.roomAt` goes by. */
export type Spot = Pick<Message, 'chat' | 'message_thread_id' | 'is_topic_message'>

/** Who said something. `user.id` is a chat's where someone speaks in a chat's name (`hidden`). */
export interface Person {
  readonly user: User
  /** For people: one line, never empty. */
  readonly name: string
  readonly hidden: boolean
}

/** A message as far as each must be well formed; what is in it is not looked at yet. */
export interface Said {
  readonly id: EventId
  readonly chat: number
  readonly message: number
  readonly spot: Spot
  readonly isPrivate: boolean
  readonly by: Person
  /** In milliseconds. */
  readonly at: number
  readonly body: Json
}

/** A message that was changed. `said.id` is that of the change. */
export interface Changed {
  readonly said: Said
  readonly target: EventId
}

/** A button that was pressed. `event` and `spot` are of the message it hangs on, where Telegram still tells. */
export interface Press {
  readonly query: string
  readonly by: Person
  readonly data: string | undefined
  readonly spot: Spot | undefined
  readonly event: EventId | undefined
}

export type Read =
  | { readonly what: 'said'; readonly said: Said }
  | ({ readonly what: 'changed' } & Changed)
  | ({ readonly what: 'pressed' } & Press)

/** What an update tells, if it is something a person did. Never throws, whatever is in it. */
export function readUpdate(update: unknown): Read | undefined {
  const raw = record(update)
  const fresh = record(raw?.message)
  if (fresh) {
    const said = readMessage(fresh)
    return said && { what: 'said', said }
  }
  const edited = record(raw?.edited_message)
  if (edited) {
    const said = readMessage(edited)
    return said && readEdit(said)
  }
  const query = record(raw?.callback_query)
  return query && readPress(query)
}

/** The well-formed message in a record, if it is one and somebody (no bot) said it. */
function readMessage(body: Json): Said | undefined {
  const where = readSpot(body)
  const by = speaker(body)
  const seconds = count(body.date)
  if (!where || !by || seconds === undefined) return undefined
  const { chat, message, spot } = where
  return {
    id: eventOf(chat, message),
    chat,
    message,
    spot,
    isPrivate: spot.chat.type === 'private',
    by,
    at: seconds * 1000,
    body,
  }
}

/** Telegram dates to the second, within which a person may change a message twice. */
function readEdit(said: Said): Read {
  const { body } = said
  const seconds = count(body.edit_date) ?? said.at / 1000
  const words = [body.text, body.entities, body.caption, body.caption_entities]
  const media = Object.values(body).flatMap((each) => {
    const file = Array.isArray(each) ? each.at(-1) : each
    return record(file)?.file_unique_id ?? []
  })
  const content = createHash('sha256')
    .update(JSON.stringify([words, media]))
    .digest('hex')
  const id = eventId(`${said.id}/${seconds}/${content.slice(0, 12)}`)
  return { what: 'changed', said: { ...said, id, at: seconds * 1000 }, target: said.id }
}

function readPress(query: Json): Read | undefined {
  const id = text(query.id)
  const by = person(record(query.from))
  if (!id || id.length > 128 || !by) return undefined
  const where = readSpot(record(query.message) ?? {})
  return {
    what: 'pressed',
    query: id,
    by,
    data: text(query.data),
    spot: where?.spot,
    event: where && eventOf(where.chat, where.message),
  }
}

function readSpot(
  body: Json,
): { readonly chat: number; readonly message: number; readonly spot: Spot } | undefined {
  const inside = record(body.chat)
  const chat = whole(inside?.id)
  const message = count(body.message_id)
  if (chat === undefined || message === undefined) return undefined
  const thread = count(body.message_thread_id)
  const type = text(inside?.type) ?? (chat < 0 ? 'supergroup' : 'private')
  const spot = {
    chat: { ...inside, id: chat, type },
    ...optional('message_thread_id', thread),
    ...(body.is_topic_message === true && { is_topic_message: true }),
  }
  return { chat, message, spot: spot as Spot }
}

/** Nobody where a bot speaks: but who speaks in a chat's name comes as one of Telegram's bots. */
function speaker(body: Json): Person | undefined {
  const chat = record(body.sender_chat)
  const id = whole(chat?.id)
  if (!chat || id === undefined) return person(record(body.from))
  const title = text(body.author_signature) ?? text(chat.title) ?? text(chat.username) ?? ''
  const name = oneLine(title, longestName) || String(id)
  return { user: { id, is_bot: false, first_name: name }, name, hidden: true }
}

function person(from: Json | undefined): Person | undefined {
  const id = whole(from?.id)
  if (!from || id === undefined || from.is_bot === true) return undefined
  const name = nameOf(from) || String(id)
  const user: User = {
    id,
    is_bot: false,
    first_name: text(from.first_name) ?? name,
    ...optional('last_name', text(from.last_name)),
    ...optional('username', text(from.username)),
    ...optional('language_code', text(from.language_code)),
  }
  return { user, name, hidden: false }
}

/** What a user of Telegram's is called, on one line; empty where nothing is told. */
export function nameOf(user: Json): string {
  const full = [user.first_name, user.last_name].flatMap((part) => text(part) ?? []).join(' ')
  return oneLine(full, longestName) || oneLine(text(user.username) ?? '', longestName)
}

const longestName = 80
