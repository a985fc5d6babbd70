import type { Chat } from '../core/chat.ts'
import type { Unit } from '../ports/store.ts'

/**
 * Saves chats as a connector tells them. A group's topic is not the connector's to tell ({@link Chat.topic}): it stays what
 * was announced there last.
 */
export async function saveTold(unit: Unit, chats: readonly Chat[]): Promise<void> {
  for (const { topic: _, ...chat } of chats) {
    const topic = chat.kind === 'group' ? (await unit.chat(chat.id))?.topic : undefined
    await unit.saveChats([topic ? { ...chat, topic } : chat])
  }
}

/** What is announced in a group is its topic from now on; nothing at all takes it away. */
export async function saveTopic(unit: Unit, id: Chat['id'], announced: string): Promise<void> {
  const known = await unit.chat(id)
  if (known?.kind !== 'group') return
  const { topic: _, ...chat } = known
  await unit.saveChats([announced ? { ...chat, topic: announced } : chat])
}
