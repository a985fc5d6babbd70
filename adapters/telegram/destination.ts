import type { InlineKeyboardMarkup, ReplyParameters } from '@grammyjs/types'
import type { RoomPost } from '../../src/ports/hub.ts'
import { type Address, messageOf } from './address.ts'
import { withoutAddresses } from './keyboard.ts'
import { badAddress, badLink, nothingToAnswer, says } from './receipt.ts'

/** What all methods that post have in common. */
export interface Common {
  readonly chat_id: number
  readonly message_thread_id?: number
  readonly disable_notification?: true
  readonly reply_parameters?: ReplyParameters
  readonly reply_markup?: InlineKeyboardMarkup
}

/** The message a post answers, where that is in the chat it goes to. */
export function answered(post: RoomPost, { chat }: Address): number | undefined {
  const about = post.replyToEvent && messageOf(post.replyToEvent)
  return about?.chat === chat ? about.message : undefined
}

/**
 * Posts, leaving out what Telegram refuses and the message can do without: what it answers, where that is not there any
 * more, and buttons and links with addresses that Telegram does not take (`bare`: they are to be shown in words).
 */
export async function leavingOut<T>(
  post: RoomPost,
  place: Address,
  markup: InlineKeyboardMarkup | undefined,
  attempt: (common: Common, bare: boolean) => Promise<T>,
): Promise<T> {
  let reply = answered(post, place)
  let buttons = markup
  let addresses = true
  let bare = false
  for (;;) {
    try {
      const common: Common = {
        chat_id: Number(place.chat),
        ...(place.thread !== undefined && { message_thread_id: Number(place.thread) }),
        ...(post.silent && { disable_notification: true }),
        ...(reply !== undefined && { reply_parameters: { message_id: reply } }),
        ...(buttons && { reply_markup: buttons }),
      }
      return await attempt(common, bare)
    } catch (error) {
      if (reply !== undefined && says(error, nothingToAnswer)) reply = undefined
      else if (buttons && addresses && says(error, badAddress)) {
        addresses = false
        buttons = withoutAddresses(buttons)
      } else if (!bare && says(error, badLink)) bare = true
      else throw error
    }
  }
}
