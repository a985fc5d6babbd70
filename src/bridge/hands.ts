import type { Role } from '../core/hub.ts'
import type { HubId, RoomId } from '../core/ids.ts'
import type { Message } from '../core/message.ts'
import type { Seat } from './parts.ts'

/** Who does something on a hub: their role, and the hub's own name for them. */
export interface Hand {
  readonly hub: HubId
  readonly from: string
  readonly role: Role
}

/** Undefined: a stranger. */
export function handOf(seat: Seat, from: string, room: RoomId): Hand | undefined {
  const { adapter, users } = seat
  const role = users.has(from) ? 'owner' : adapter.roleOf?.(from, room)
  return role && { hub: adapter.id, from, role }
}

/** May they take it back, or change it? The owner what is the account's own, others what they wrote themselves. */
export function isTheirs({ hub, from, role }: Hand, { sender, by }: Message): boolean {
  if (sender.type !== 'myself') return false
  return role === 'owner' || (by?.hub === hub && by.from === from)
}
