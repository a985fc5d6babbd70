import type { Chat } from '../core/chat.ts'
import type { HubId } from '../core/ids.ts'
import { noticeId } from '../core/ids.ts'
import type { Message } from '../core/message.ts'
import type { Notice } from '../core/notice.ts'
import type { Unit } from '../ports/store.ts'
import type { Showing } from './mirror.ts'
import { mirror } from './mirror.ts'
import type { Parts } from './parts.ts'

/**
 * Say something in a chat's rooms. A notice is a message like any other: saved, mirrored, delivered through the
 * outbox. `id` makes it one of a kind: saying it twice is saying it once. `except`: not on that hub.
 */
export async function say(
  parts: Parts,
  unit: Unit,
  chat: Chat,
  notice: Notice,
  id: string,
  about?: Message,
  { except, ...showing }: Showing & { readonly except?: HubId } = {},
): Promise<void> {
  const known = await unit.chat((await unit.mergedInto(chat.id)) ?? chat.id)
  if (!known) await unit.saveChats([chat])
  const { id: place, account } = known ?? chat
  const message: Message = {
    id: noticeId(id, notice.type),
    aliases: [],
    account,
    chat: place,
    sender: { type: 'bridge' },
    at: parts.clock.now(),
    mentionsMe: false,
    content: { kind: 'notice', notice },
  }
  await unit.saveMessage(message, about?.id)
  await mirror(parts, unit, message, about, except, showing)
}
