import type { ChatFullInfo, ChatMember } from '@grammyjs/types'
import { chatOfCall, checkRight, messageOfCall } from '../access.ts'
import { hasLeft, memberOf, pushMember } from '../members.ts'
import { bad, type Call } from '../method.ts'
import { type ChatState, chatOf, isIn, type State } from '../model.ts'
import { int, needInt } from '../params.ts'
import { put } from '../posting.ts'
import type { Methods } from '../seam.ts'

/** Chats: what they are, who is in them, what is pinned there. */
export const chatMethods = (state: State): Methods => ({
  getChat(call): ChatFullInfo {
    const chat = chatOfCall(state, call)
    const pinned = chat.messages.get(chat.pinned.at(-1) ?? -1)?.message
    return {
      ...chatOf(chat),
      accent_color_id: 0,
      max_reaction_count: 11,
      accepted_gift_types: {
        unlimited_gifts: false,
        limited_gifts: false,
        unique_gifts: false,
        premium_subscription: false,
        gifts_from_channels: false,
      },
      ...(pinned && { pinned_message: pinned }),
      ...(chat.type !== 'private' && { permissions: permissions(chat) }),
    } as ChatFullInfo
  },
  getChatMember(call): ChatMember {
    const chat = chatOfCall(state, call)
    const id = needInt(call, 'user_id', 'invalid user_id specified')
    const user = id === state.bot.id ? state.bot : state.people.get(id)
    if (!user) throw bad('invalid user_id specified')
    const own =
      chat.type === 'private' && id === chat.id ? { status: 'member' as const } : undefined
    return memberOf(user, own ?? chat.members.get(id) ?? { status: 'left' })
  },
  getChatMemberCount: (call) =>
    present(chatOfCall(state, call)).length + (isPrivate(state, call) ? 1 : 0),
  getChatAdministrators(call): ChatMember[] {
    const chat = chatOfCall(state, call)
    if (chat.type === 'private') throw bad('there are no administrators in the private chat')
    return present(chat).flatMap(([id, standing]) => {
      const user = state.people.get(id) ?? (id === state.bot.id ? state.bot : undefined)
      const isAdmin = standing.status === 'creator' || standing.status === 'administrator'
      return user && isAdmin ? [memberOf(user, standing)] : []
    })
  },
  leaveChat(call) {
    const chat = chatOfCall(state, call)
    if (chat.type === 'private') throw bad("private chat can't be left")
    put(state, chat, state.bot, hasLeft(state.bot))
    pushMember(state, chat, state.bot, { status: 'left' }, state.bot)
    return true
  },
  ...pinMethods(state),
})

const pinning = 'manage pinned messages in the chat'

function pinMethods(state: State): Methods {
  const pinned = (call: Call, missing: string) => {
    const chat = chatOfCall(state, call)
    checkRight(state, chat, 'can_pin_messages', pinning)
    return { chat, message: () => messageOfCall(chat, call, missing).message }
  }
  return {
    pinChatMessage(call) {
      const { chat, message } = pinned(call, 'message to pin not found')
      const { reply_to_message: _, ...shown } = message()
      const id = shown.message_id
      chat.pinned = [...chat.pinned.filter((one) => one !== id), id]
      const thread = shown.is_topic_message ? shown.message_thread_id : undefined
      put(state, chat, state.bot, { pinned_message: shown as never }, { thread })
      return true
    },
    unpinChatMessage(call) {
      const { chat } = pinned(call, '')
      const id = int(call, 'message_id') ?? chat.pinned.at(-1)
      if (id === undefined || !chat.pinned.includes(id)) throw bad('message to unpin not found')
      chat.pinned = chat.pinned.filter((one) => one !== id)
      return true
    },
    unpinAllChatMessages(call) {
      const { chat } = pinned(call, '')
      chat.pinned = []
      return true
    },
  }
}

const present = (chat: ChatState) => [...chat.members].filter(([, standing]) => isIn(standing))

const isPrivate = (state: State, call: Call): boolean => chatOfCall(state, call).type === 'private'

const permissions = (chat: ChatState) => ({
  can_send_messages: true,
  can_send_audios: true,
  can_send_documents: true,
  can_send_photos: true,
  can_send_videos: true,
  can_send_video_notes: true,
  can_send_voice_notes: true,
  can_send_polls: true,
  can_send_other_messages: true,
  can_add_web_page_previews: true,
  can_change_info: false,
  can_invite_users: true,
  can_pin_messages: false,
  can_manage_topics: chat.forum,
})
