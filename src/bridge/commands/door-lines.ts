import type { DoorLine } from '../../core/door-notice.ts'
import type { AccountId } from '../../core/ids.ts'
import { weChatLane } from '../../core/ids.ts'
import { oneLine } from '../../core/one-line.ts'
import type { Unit } from '../../ports/store.ts'
import type { Doors } from '../doors.ts'

/** More chats are not gone through to count them by their accounts. */
const chatsAtMost = 10_000

/** How each door stands, the first one first. */
export async function doorLines(
  unit: Unit,
  { all }: Pick<Doors, 'all'>,
): Promise<readonly DoorLine[]> {
  const chats = new Map<AccountId, number>()
  if (all.length === 1) {
    const login = all[0]?.login()
    if (login?.state === 'online') chats.set(login.account, await unit.countChats())
  } else {
    for (const { account } of await unit.knownChats(chatsAtMost, 0)) {
      chats.set(account, (chats.get(account) ?? 0) + 1)
    }
  }
  const waiting = new Map((await unit.lanes()).map(({ lane, queued }) => [lane, queued]))
  return all.map(({ id, login, taken, alerts }): DoorLine => {
    const now = login()
    const by = taken()
    const clash = by?.isOnline ? { state: 'taken', by: by.by } : { state: now.state }
    const of = {
      ...(alerts && { alerts: true as const }),
    }
    if (now.state !== 'online') return { door: id, ...clash, ...of }
    const { account, me } = now
    return {
      door: id,
      ...clash,
      name: oneLine(me.name, 40),
      chats: chats.get(account) ?? 0,
      waiting: waiting.get(weChatLane(account)) ?? 0,
      ...of,
    }
  })
}
