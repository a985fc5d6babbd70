import type { ChatMember, Message, User } from '@grammyjs/types'
import {
  allRights,
  type ChatState,
  chatOf,
  isIn,
  may,
  type Standing,
  type State,
  seconds,
} from './model.ts'
import type { NewUpdate } from './seam.ts'

/** Changes what somebody is in a chat, and tells the bot: of itself always, of others where it manages the chat. */
export function pushMember(state: State, chat: ChatState, who: User, to: Standing, by: User): void {
  const from = chat.members.get(who.id) ?? { status: 'left' }
  chat.members.set(who.id, to)
  if (from.status === to.status) return
  const change = {
    chat: chatOf(chat),
    from: by,
    date: seconds(state),
    old_chat_member: memberOf(who, from),
    new_chat_member: memberOf(who, to),
  }
  if (who.id === state.bot.id) state.ports.push({ my_chat_member: change } as NewUpdate)
  else if (isIn(chat.members.get(state.bot.id)) && may(chat, state.bot.id, 'can_invite_users'))
    state.ports.push({ chat_member: change } as NewUpdate)
}

/** What a message says of somebody who left; the second field is for clients of long ago. */
export const hasLeft = (user: User): Partial<Message> => ({
  left_chat_member: user,
  ...({ left_chat_participant: user } as object),
})

/** Somebody in a chat, as the Bot API has it. */
export function memberOf(user: User, { status, rights }: Standing): ChatMember {
  switch (status) {
    case 'creator':
      return { status, user, is_anonymous: false }
    case 'administrator':
      return {
        status,
        user,
        can_be_edited: false,
        is_anonymous: false,
        can_manage_chat: true,
        can_manage_video_chats: false,
        can_promote_members: false,
        can_post_stories: false,
        can_edit_stories: false,
        can_delete_stories: false,
        ...Object.fromEntries(
          allRights.map((right) => [right, (rights ?? allRights).includes(right)]),
        ),
      } as ChatMember
    case 'kicked':
      return { status, user, until_date: 0 }
    default:
      return { status, user } as ChatMember
  }
}
