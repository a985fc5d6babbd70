import { TelegramError } from './api.ts'

/** What Telegram's refusal to post tells about the place. */
export type Trouble =
  | { readonly type: 'migrated'; readonly to: string }
  /** The topic is not there. */
  | { readonly type: 'topicGone' }
  | { readonly type: 'topicClosed' }
  /** Topics are switched off in the group. */
  | { readonly type: 'noForum' }
  /** The bot may not make, open or close topics. */
  | { readonly type: 'noRight' }
  /** The bot is not in the group, or the group is no more. */
  | { readonly type: 'out' }
  /** The bot may not write there. */
  | { readonly type: 'mute' }
  /** The bot may not send something of this kind there. */
  | { readonly type: 'media' }
  /** The person has shut the bot out. */
  | { readonly type: 'blocked' }

const signs: readonly (readonly [RegExp, Trouble['type']])[] = [
  [
    /message thread not found|TOPIC_(?:DELETED|ID_INVALID)|topic not found|thread_id_invalid/i,
    'topicGone',
  ],
  [/TOPIC_CLOSED|topic (?:is )?closed/i, 'topicClosed'],
  [/not a forum|CHANNEL_FORUM_MISSING|FORUM_(?:DISABLED|MISSING)/i, 'noForum'],
  [/blocked by the user|user is deactivated|can't initiate conversation/i, 'blocked'],
  [
    /bot was kicked|bot is not a member|group chat was d(?:eleted|eactivated)|group is deactivated|CHANNEL_PRIVATE|chat not found|PEER_ID_INVALID/i,
    'out',
  ],
  // What may not be sent is one kind of media otherwise: no reason to stop everything.
  [
    /rights to send (?:text messages|a message|messages)|CHAT_WRITE_FORBIDDEN|CHAT_SEND_PLAIN_FORBIDDEN|CHAT_RESTRICTED/i,
    'mute',
  ],
  [/rights to send/i, 'media'],
  [/not enough rights|CHAT_ADMIN_REQUIRED|need administrator|RIGHT_FORBIDDEN/i, 'noRight'],
]

/** Undefined: it is not about the place. Descriptions are the Bot API's, which has no codes for them. */
export function troubleOf(error: unknown): Trouble | undefined {
  if (!(error instanceof TelegramError)) return undefined
  const { status, description = '', migratedTo } = error.said
  if (migratedTo !== undefined) return { type: 'migrated', to: migratedTo }
  if (status !== 400 && status !== 403) return undefined
  const found = signs.find(([sign]) => sign.test(description))?.[1]
  return found && found !== 'migrated' ? { type: found } : undefined
}

/** Telegram's own words, as far as it had any: for a sentence to a person. */
export const saidBy = (error: unknown): string =>
  error instanceof TelegramError ? (error.said.description ?? '').slice(0, 120) : ''
