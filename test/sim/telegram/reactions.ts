import type { ReactionType, User } from '@grammyjs/types'
import { type ChatState, chatOf, type Kept, may, type State, seconds } from './model.ts'
import type { NewUpdate } from './seam.ts'

/** Somebody reacts, or (with nothing) no longer. The bot hears of it in private, and where it is an administrator. */
export function react(state: State, chat: ChatState, kept: Kept, by: User, emoji: string): void {
  const before = kept.reactions.get(by.id) ?? []
  const after: readonly ReactionType[] = emoji
    ? [{ type: 'emoji', emoji: emoji as Extract<ReactionType, { type: 'emoji' }>['emoji'] }]
    : []
  kept.reactions.set(by.id, after)
  // Bots never hear of what bots do.
  if (by.id === state.bot.id || !may(chat, state.bot.id, 'can_invite_users')) return
  state.ports.push({
    message_reaction: {
      chat: chatOf(chat),
      message_id: kept.message.message_id,
      user: by,
      date: seconds(state),
      old_reaction: [...before],
      new_reaction: [...after],
    },
  } as NewUpdate)
}
