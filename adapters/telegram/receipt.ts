import type { Message } from '@grammyjs/types'
import type { Receipt } from '../../src/ports/outlet.ts'
import { type Address, eventOf } from './address.ts'
import { TelegramError } from './api.ts'

/** A receipt with where Telegram put the message (null: into no topic or thread), where it was posted just now. */
export interface Landed extends Receipt {
  readonly thread?: string | null
  /** Groups without topics have threads too: of what is answered. */
  readonly isTopic?: boolean
}

/** That a message is there: under this name, since Telegram's date. */
export const receiptOf = (message: Message): Landed => ({
  ids: [eventOf(message.chat.id, message.message_id)],
  at: message.date * 1000,
  thread: message.message_thread_id === undefined ? null : String(message.message_thread_id),
  isTopic: message.is_topic_message === true,
})

/** Is it where it was posted to? */
export const isThere = ({ thread, isTopic }: Landed, to: Address): boolean =>
  thread === undefined || (to.thread === undefined ? !isTopic : thread === to.thread)

/** Did Telegram refuse with words like these? */
export const says = (error: unknown, pattern: RegExp): boolean =>
  error instanceof TelegramError && pattern.test(error.said.description ?? '')

// What Telegram says, by itself and through the Bot API server: the words differ between methods and versions.
export const unchanged = /message is not modified|MESSAGE_NOT_MODIFIED/i
/** Not to be changed any more: deleted, too old, of another kind, or not ours. */
export const uneditable =
  /message to edit not found|message can't be edited|message identifier is not specified|there is no (?:text|caption|media) in the message|MESSAGE_ID_INVALID|MESSAGE_EDIT_TIME_EXPIRED|MESSAGE_AUTHOR_REQUIRED/i
export const deletedBefore = /message to delete not found|MESSAGE_ID_INVALID/i
export const undeletable = /message can't be deleted|MESSAGE_DELETE_FORBIDDEN/i
export const nothingToAnswer =
  /(?:replied message|message to (?:be replied|reply)) (?:is )?not (?:found|in the specified message thread)|REPLY_MESSAGE_ID_INVALID/i
export const badAddress = /inline keyboard button URL|BUTTON_URL_INVALID/i
export const badLink = /entity URL|WEBPAGE_[A-Z_]+/i
/** Of the medium, and not of the place it goes to. */
export const badMedium =
  /\b(?:PHOTO|IMAGE|VIDEO|VOICE|AUDIO|MEDIA|GIF|FILE|ANIMATION)_[A-Z_]+|file is too big|too big for a photo|user restricted receiving of (?:voice|video)|wrong type of the (?:web page content|file)|wrong file type|can't use file of type/
