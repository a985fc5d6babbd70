import { chatOfCall, messageOfCall } from '../access.ts'
import { bad } from '../method.ts'
import { type ChatState, type Kept, may, type State, seconds } from '../model.ts'
import { list } from '../params.ts'
import type { Methods } from '../seam.ts'

const twoDays = 48 * 3600

/** Taking messages away. */
export const removeMethods = (state: State): Methods => ({
  deleteMessage(call) {
    const chat = chatOfCall(state, call)
    const kept = messageOfCall(chat, call, 'message to delete not found')
    check(state, chat, kept)
    remove(chat, kept)
    return true
  },
  // What is not there is passed over.
  deleteMessages(call) {
    const chat = chatOfCall(state, call)
    const ids = list(call, 'message_ids', 'message identifiers')
    if (!ids || ids.length === 0) throw bad('message identifiers are not specified')
    if (ids.length > 100) throw bad('too many message identifiers specified')
    const found = ids.flatMap((id) => chat.messages.get(Number(id)) ?? [])
    for (const kept of found) check(state, chat, kept)
    for (const kept of found) remove(chat, kept)
    return true
  },
})

function check(state: State, chat: ChatState, { message, by }: Kept): void {
  const { bot } = state
  if (message.forum_topic_created || message.supergroup_chat_created)
    throw bad("message can't be deleted")
  if (chat.type !== 'private' && may(chat, bot.id, 'can_delete_messages')) return
  if (by !== bot.id && chat.type !== 'private') throw bad("message can't be deleted")
  if (seconds(state) - message.date > twoDays) throw bad("message can't be deleted for everyone")
}

function remove(chat: ChatState, { message }: Kept): void {
  chat.messages.delete(message.message_id)
  chat.pinned = chat.pinned.filter((id) => id !== message.message_id)
}
