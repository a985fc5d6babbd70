import { ApiError, bad, type Call } from './method.ts'
import { type ChatState, type Kept, may, type State } from './model.ts'
import { int, needText } from './params.ts'
import { topicOf } from './posting.ts'
import type { SimRight } from './sim.ts'

/** The chat of a call. Throws Telegram's 400s and 403s where the bot cannot reach it. */
export function chatOfCall(state: State, call: Call, name = 'chat_id'): ChatState {
  const chat = findChat(state, needText(call, name))
  if (!chat) throw bad('chat not found')
  checkAccess(state, chat)
  return chat
}

/** A chat by its number, as text. A person whom the bot has met has one, although nobody may have begun it. */
export function findChat(state: State, id: string): ChatState | undefined {
  return /^[+-]?\d+$/.test(id.trim()) ? state.chats.get(Number(id)) : undefined
}

/** Throws where the bot is not, or no longer, in a chat. */
export function checkAccess(state: State, chat: ChatState): void {
  const status = chat.members.get(state.bot.id)?.status
  if (chat.type === 'private') {
    if (status === 'kicked') throw forbidden('bot was blocked by the user')
    if (!status)
      throw knows(state, chat)
        ? forbidden("bot can't initiate conversation with a user")
        : bad('chat not found')
    return
  }
  if (chat.migratedTo !== undefined)
    throw new ApiError(400, 'Bad Request: group chat was upgraded to a supergroup chat', {
      migrate_to_chat_id: chat.migratedTo,
    })
  const kind = chat.type === 'group' ? 'group chat' : 'supergroup chat'
  if (!status) throw bad('chat not found')
  if (status === 'kicked') throw forbidden(`bot was kicked from the ${kind}`)
  if (status === 'left') throw forbidden(`bot is not a member of the ${kind}`)
}

/** Has the bot met this person, in any group? */
const knows = (state: State, { id }: ChatState): boolean =>
  [...state.chats.values()].some((chat) => chat.members.has(state.bot.id) && chat.members.has(id))

const forbidden = (description: string): ApiError => new ApiError(403, `Forbidden: ${description}`)

/** Throws unless the bot may do that. `what` ends `not enough rights to …`. */
export function checkRight(state: State, chat: ChatState, right: SimRight, what: string): void {
  if (!may(chat, state.bot.id, right)) throw bad(`not enough rights to ${what}`)
}

/** A message of a call that is still there. */
export function messageOfCall(
  chat: ChatState,
  call: Call,
  missing: string,
  name = 'message_id',
): Kept {
  const id = int(call, name, 'invalid message identifier specified')
  const kept = id === undefined ? undefined : chat.messages.get(id)
  if (!kept) throw bad(missing)
  return kept
}

/**
 * The thread a call names, checked. `message_thread_id` of General is none at all, and is refused as Telegram does; a
 * thread without topics is the number of a message in a supergroup that is no forum.
 */
export function threadOfCall(state: State, chat: ChatState, call: Call): number | undefined {
  const thread = int(call, 'message_thread_id')
  if (thread === undefined || thread === 0) return undefined
  if (topicOf(state, chat, thread)) return thread
  if (state.ports.options.straysFromTopics && chat.type === 'private' && state.privateTopics)
    return undefined
  const isReplyThread = chat.type === 'supergroup' && !chat.forum && chat.messages.has(thread)
  if (!isReplyThread) throw bad('message thread not found')
  return undefined
}
