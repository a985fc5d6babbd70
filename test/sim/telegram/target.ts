import type { Message } from '@grammyjs/types'
import { chatOfCall, checkAccess, findChat, threadOfCall } from './access.ts'
import { inlineKeyboard } from './keyboard.ts'
import { markedOf } from './markup.ts'
import { bad, type Call } from './method.ts'
import type { ChatState, Kept, State } from './model.ts'
import { bool, int, object, text } from './params.ts'
import { type Beside, external, isClosed, put } from './posting.ts'

/** Where a call's message goes, and what stands beside it. */
export interface Target {
  readonly chat: ChatState
  readonly beside: Beside
  /** What of the message is known by now: the answered message of another chat. */
  readonly content: Partial<Message>
}

/** Checks everything about a sending call but what it sends. */
export function targetOf(state: State, call: Call): Target {
  const chat = chatOfCall(state, call)
  const markup = inlineKeyboard(call)
  const asked = threadOfCall(state, chat, call)
  const reply = replyOfCall(state, chat, call)
  // A reply goes where the message is that it answers, unless told otherwise.
  const { message } = reply.kept ?? {}
  const thread = asked ?? (message?.is_topic_message ? message.message_thread_id : undefined)
  if (isClosed(state, chat, thread)) throw bad('TOPIC_CLOSED')
  return {
    chat,
    beside: { thread, replyTo: reply.kept, quote: reply.quote, markup },
    content: reply.content ?? {},
  }
}

/** Sends as the bot. Returns the message. */
export function post(state: State, target: Target, content: Partial<Message>): Message {
  return put(state, target.chat, state.bot, { ...content, ...target.content }, target.beside)
    .message
}

interface Answered {
  readonly kept?: Kept
  readonly quote?: Message['quote']
  readonly content?: Partial<Message>
}

function replyOfCall(state: State, chat: ChatState, call: Call): Answered {
  const given = object(call, 'reply_parameters', 'reply parameters')
  const inner = given ? { ...call, params: given } : call
  const id = int(
    inner,
    given ? 'message_id' : 'reply_to_message_id',
    'invalid message identifier specified',
  )
  if (id === undefined) {
    if (given) throw bad("can't parse reply parameters JSON object")
    return {}
  }
  const other = given && text(inner, 'chat_id')
  const where = other ? findChat(state, other) : chat
  if (!where) throw bad('chat not found')
  checkAccess(state, where)
  const kept = where.messages.get(id)
  if (!kept) {
    if (bool(inner, 'allow_sending_without_reply')) return {}
    throw bad('message to be replied not found')
  }
  const quote = quoteOf(inner, kept)
  if (where !== chat)
    return { content: { external_reply: external(kept.message), ...(quote && { quote }) } }
  return { kept, ...(quote && { quote }) }
}

function quoteOf(inner: Call, { message }: Kept): Message['quote'] {
  const { text: quoted, entities } = markedOf(inner, 'quote')
  if (quoted === '') return undefined
  const source = message.text ?? message.caption ?? ''
  const position = source.indexOf(quoted, int(inner, 'quote_position') ?? 0)
  const at = position < 0 ? source.indexOf(quoted) : position
  if (at < 0) throw bad('QUOTE_TEXT_INVALID')
  return {
    text: quoted,
    position: at,
    is_manual: true,
    ...(entities.length > 0 && { entities: [...entities] }),
  }
}
