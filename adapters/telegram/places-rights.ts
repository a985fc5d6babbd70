import { BridgeError } from '../../src/core/errors.ts'
import type { TelegramApi } from './api.ts'
import type { Bot } from './parts.ts'
import type { ShutBy } from './places-groups.ts'
import { troubleOf } from './places-trouble.ts'

/** What the bot may do in a chat. `by`: why it can do nothing there; `notGroup` is no place for a chat at all. */
export interface Look {
  readonly title: string
  readonly by?: ShutBy | 'notGroup'
  readonly to?: string
}

/** Is somebody in a group? Not sure to be known where the bot is no administrator: then it is as if not. */
export async function isIn(
  { patient }: { readonly patient: TelegramApi },
  chat: string,
  person: string,
  signal: AbortSignal,
): Promise<boolean> {
  const asking = { chat_id: chat, user_id: Number(person) }
  const member = await patient.call('getChatMember', asking, signal).catch((error: unknown) => {
    if (error instanceof BridgeError && error.failure.heal === 'never') return undefined
    throw error
  })
  if (!member || member.status === 'left' || member.status === 'kicked') return false
  return member.status !== 'restricted' || member.is_member
}

/** Asks Telegram whether the bot can write in a group and, if it `makes` them, have topics there. */
export async function look(
  { patient, bot }: { readonly patient: TelegramApi; readonly bot: Bot },
  chat: string,
  makes: boolean,
  signal: AbortSignal,
): Promise<Look> {
  try {
    const found = await patient.call('getChat', { chat_id: chat }, signal)
    const title = found.title ?? ''
    if (found.type !== 'group' && found.type !== 'supergroup') return { title, by: 'notGroup' }
    const { id } = await bot.info(signal)
    const asking = { chat_id: chat, user_id: Number(id) }
    const member = await patient.call('getChatMember', asking, signal)
    if (member.status === 'left' || member.status === 'kicked') return { title, by: 'out' }
    const writes =
      member.status === 'restricted'
        ? member.is_member && member.can_send_messages
        : member.status !== 'member' || found.permissions?.can_send_messages !== false
    if (!writes) return { title, by: 'mute' }
    if (!makes) return { title }
    if (!found.is_forum) return { title, by: 'noForum' }
    const may = member.status === 'administrator' && member.can_manage_topics
    return may ? { title } : { title, by: 'topics' }
  } catch (error) {
    const trouble = troubleOf(error)
    if (trouble?.type === 'out') return { title: '', by: 'out' }
    if (trouble?.type === 'migrated') return { title: '', to: trouble.to }
    throw error
  }
}
