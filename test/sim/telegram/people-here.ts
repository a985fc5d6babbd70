import type { Message, User } from '@grammyjs/types'
import { type ChatState, isIn, type Kept, type State } from './model.ts'
import { isClosed, put, topicOf } from './posting.ts'
import type { Saying } from './sim.ts'

/** A chat this person is in. Throws what a test should notice otherwise. */
export function chatHere(state: State, me: User, id: number): ChatState {
  const chat = state.chats.get(id)
  const isMine = chat?.type === 'private' ? id === me.id : isIn(chat?.members.get(me.id))
  if (!chat || !isMine) throw new Error(`${me.first_name} is in no chat ${id}.`)
  return chat
}

export function messageHere(chat: ChatState, id: number): Kept {
  const kept = chat.messages.get(id)
  if (!kept) throw new Error(`There is no message ${id} in chat ${chat.id}.`)
  return kept
}

/** A person writes. */
export function write(
  state: State,
  me: User,
  id: number,
  content: Partial<Message>,
  how: Saying = {},
): Message {
  const chat = chatHere(state, me, id)
  if (chat.migratedTo !== undefined) throw new Error(`Chat ${id} became ${chat.migratedTo}.`)
  if (chat.type === 'private') {
    if (chat.members.get(state.bot.id)?.status === 'kicked')
      throw new Error(`${me.first_name} has blocked the bot.`)
    enter(state, chat)
  }
  const replyTo = how.replyTo === undefined ? undefined : messageHere(chat, how.replyTo)
  const thread =
    how.thread ??
    (replyTo?.message.is_topic_message ? replyTo.message.message_thread_id : undefined)
  if (thread !== undefined && !topicOf(state, chat, thread))
    throw new Error(`There is no topic ${thread} in chat ${id}.`)
  if (isClosed(state, chat, thread) && chat.members.get(me.id)?.status !== 'creator')
    throw new Error(`Topic ${thread} is closed.`)
  return put(state, chat, me, content, { thread, replyTo, album: how.album }).message
}

/** The person has begun the private chat. */
export function enter(state: State, chat: ChatState): void {
  if (!chat.members.has(state.bot.id)) chat.members.set(state.bot.id, { status: 'member' })
}
