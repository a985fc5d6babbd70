import type { Chat } from '../core/chat.ts'
import { accountsRoom, isOurs } from '../core/chat.ts'
import { mintPortalId } from '../core/ids.ts'
import type { Portal, Unit } from '../ports/store.ts'
import type { Parts, Seat } from './parts.ts'

/** The portal whose room shows a chat on a hub: its own, or that of all official accounts where they share one. */
export async function portalFor(
  { random }: Pick<Parts, 'random'>,
  unit: Unit,
  { adapter, mps = 'each' }: Seat,
  chat: Pick<Chat, 'id' | 'kind'>,
): Promise<Portal> {
  const fresh = () => mintPortalId(random)
  if (mps === 'each' || chat.kind !== 'mp' || isOurs(chat)) {
    return unit.portalOf(chat.id, adapter.id, fresh)
  }
  if (!(await unit.chat(accountsRoom.id))) await unit.saveChats([accountsRoom])
  return unit.portalOf(accountsRoom.id, adapter.id, fresh)
}
