import type { Message, MessageId, MessageOrigin } from '@grammyjs/types'
import { chatOfCall } from '../access.ts'
import { bad, type Call } from '../method.ts'
import type { ChatState, Kept, State } from '../model.ts'
import { list } from '../params.ts'
import { isService } from '../posting.ts'
import type { Methods } from '../seam.ts'
import { post, targetOf } from '../target.ts'
import { captionOf } from '../words.ts'

/** The same message once more, with or without its sender. */
export const copyMethods = (state: State): Methods => ({
  forwardMessage(call): Message {
    const kept = source(state, call, 'forward')
    return post(state, targetOf(state, call), forwarded(kept.message))
  },
  copyMessage(call): MessageId {
    const kept = source(state, call, 'copy')
    const target = targetOf(state, call)
    const caption = call.params.caption === undefined ? {} : newCaption(call)
    const { message_id } = post(state, target, { ...contentOf(kept.message), ...caption })
    return { message_id }
  },
  forwardMessages: (call) => many(state, call, forwarded),
  copyMessages: (call) => many(state, call, contentOf),
})

function newCaption(call: Call): Partial<Message> {
  return { caption: undefined, caption_entities: undefined, ...captionOf(call) } as Partial<Message>
}

function source(state: State, call: Call, what: string): Kept {
  const from = chatOfCall(state, call, 'from_chat_id')
  const kept = from.messages.get(Number(call.params.message_id))
  if (!kept) throw bad(`message to ${what} not found`)
  if (isService(kept.message))
    throw bad(`message can't be ${what === 'copy' ? 'copied' : 'forwarded'}`)
  return kept
}

/** What is not there is passed over; albums stay together. */
function many(state: State, call: Call, made: (message: Message) => Partial<Message>): MessageId[] {
  const from = chatOfCall(state, call, 'from_chat_id')
  const ids = (list(call, 'message_ids', 'message identifiers') ?? []).map(Number)
  if (ids.length === 0) throw bad('message identifiers are not specified')
  if (ids.length > 100) throw bad('too many message identifiers specified')
  if (ids.some((id, i) => i > 0 && id <= (ids[i - 1] ?? 0)))
    throw bad('message identifiers must be in a strictly increasing order')
  const found = ids.flatMap((id) => present(from, id))
  if (found.length === 0) throw bad('there are no messages to forward')
  const target = targetOf(state, call)
  const albums = new Map<string, string>()
  return found.map((message) => {
    const { message_id } = post(state, target, {
      ...made(message),
      ...album(state, albums, message),
    })
    return { message_id }
  })
}

function present(chat: ChatState, id: number): Message[] {
  const message = chat.messages.get(id)?.message
  return message && !isService(message) ? [message] : []
}

function album(
  state: State,
  albums: Map<string, string>,
  { media_group_id: old }: Message,
): Partial<Message> {
  if (old === undefined) return {}
  const media_group_id = albums.get(old) ?? String(13_700_000_000_000_000n + BigInt(state.next()))
  albums.set(old, media_group_id)
  return { media_group_id }
}

function forwarded(message: Message): Partial<Message> {
  const { date, from, forward_origin } = message
  const origin = forward_origin ?? ({ type: 'user', date, sender_user: from } as MessageOrigin)
  // The fields of before Bot API 7.0 are still sent beside it.
  const old = origin.type === 'user' && { forward_from: origin.sender_user }
  return {
    ...contentOf(message),
    forward_origin: origin,
    ...({ ...old, forward_date: origin.date } as object),
  }
}

/** What a message says, without where and when. */
function contentOf(message: Message): Partial<Message> {
  const gone = new Set([
    'message_id',
    'from',
    'chat',
    'date',
    'edit_date',
    'message_thread_id',
    'is_topic_message',
    'reply_to_message',
    'external_reply',
    'quote',
    'reply_markup',
    'media_group_id',
    'forward_origin',
    'forward_from',
    'forward_date',
  ])
  return Object.fromEntries(Object.entries(message).filter(([key]) => !gone.has(key)))
}
