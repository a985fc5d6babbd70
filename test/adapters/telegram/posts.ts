import type { Chat, ChatKind } from '../../../src/core/chat.ts'
import {
  accountId,
  chatId,
  contactId,
  key,
  messageId,
  portalId,
  roomId,
} from '../../../src/core/ids.ts'
import type { Body, Speaker } from '../../../src/core/post.ts'
import type { Rich } from '../../../src/core/runs.ts'
import type { RoomPost } from '../../../src/ports/hub.ts'

let count = 0

export const wang: Speaker = { type: 'contact', contact: contactId('wang'), name: '王五' }
export const me: Speaker = { type: 'me' }
export const bridge: Speaker = { type: 'bridge' }

/** A post to a room; each has a key of its own. */
export function roomPost(body: Body | string | Rich, more: Partial<RoomPost> = {}): RoomPost {
  count++
  const said = typeof body === 'string' ? [{ text: body }] : body
  return {
    type: 'post',
    key: key(`post/${count}`),
    portal: portalId('abcdefghijkm'),
    message: messageId(`m${count}`),
    part: 0,
    at: 1_790_000_000_000,
    speaker: wang,
    room: roomId('abcdefghijkm'),
    body: Array.isArray(said) ? { kind: 'text', text: said as Rich } : (said as Body),
    ...more,
  }
}

export const chatOf = (kind: ChatKind, name: string, more: Partial<Chat> = {}): Chat => ({
  id: chatId(`chat/${kind}`),
  account: accountId('me'),
  kind,
  name,
  ...more,
})
