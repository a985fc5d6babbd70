import type { Chat } from '../core/chat.ts'
import { isGrey } from '../core/fit.ts'
import type { Message } from '../core/message.ts'
import type { Unit } from '../ports/store.ts'
import { isMuted } from './muting.ts'

/**
 * Does it ring no bell? What was said on the phone needs none, nor what nobody said to anyone; a muted chat rings only
 * where oneself is mentioned. What the bridge itself says does: somebody has to do something about it.
 */
export async function isSilent(unit: Unit, message: Message, chat: Chat): Promise<boolean> {
  const { content, sender, mentionsMe, by } = message
  if (content.kind === 'notice' || sender.type === 'bridge') return false
  if (content.kind === 'recall' || isGrey(message)) return true
  if (sender.type === 'myself' && !by) return true
  return !mentionsMe && isMuted(unit, chat)
}
