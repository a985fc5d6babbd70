import { createHash } from 'node:crypto'
import type { Message } from '@grammyjs/types'
import type { SimMediaKind, SimUser } from '../sim/telegram/sim.ts'

/** A place in Telegram. Without a thread: the chat itself, outside topics. */
export interface Spot {
  readonly chat: number
  readonly thread?: number
}

/** What a message is, for tables. */
export interface Sight {
  readonly as: SimMediaKind | 'text' | 'venue'
  readonly words: string
  /** What stands in bold in front of it. */
  readonly lead: string
  /** Of its bytes. */
  readonly sha?: string
  /** The name of a file. */
  readonly name?: string
}

/** What people and the bot have said there, oldest first: Telegram's own lines left out. */
export const saidAt = (user: SimUser, { chat, thread }: Spot): readonly Message[] =>
  user
    .sees(chat, thread)
    .filter(
      (message) =>
        (thread !== undefined || !message.is_topic_message) && asOf(message) !== undefined,
    )

export const sha = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** As its reader sees it. */
export function sightOf(user: SimUser, message: Message): Sight {
  const as = asOf(message) ?? 'text'
  const { venue } = message
  const words = venue
    ? [venue.title, venue.address].join('\n')
    : (message.text ?? message.caption ?? '')
  const entities = message.entities ?? message.caption_entities ?? []
  const bold = entities.find(({ type, offset }) => type === 'bold' && offset === 0)
  const name = message.document?.file_name
  return {
    as,
    words,
    lead: bold ? words.slice(0, bold.length) : '',
    ...(as !== 'text' && !venue && { sha: sha(user.bytesOf(message)) }),
    ...(as === 'document' && name && { name }),
  }
}

/** What a message of the bot's in a topic answers: its beginning does not count. */
export function answered({ reply_to_message: to }: Message): number | undefined {
  return to && !to.forum_topic_created ? to.message_id : undefined
}

const kinds = ['animation', 'photo', 'video', 'voice', 'audio', 'document', 'sticker'] as const

function asOf(message: Message): Sight['as'] | undefined {
  if (message.venue) return 'venue'
  return (
    kinds.find((kind) => message[kind] !== undefined) ??
    (message.text !== undefined ? 'text' : undefined)
  )
}
