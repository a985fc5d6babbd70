import type { Role } from '../../core/hub.ts'
import type { EventId, RoomId } from '../../core/ids.ts'
import type { Seat } from '../parts.ts'

/** Who said a command, and where. Relays say none. */
export interface Asked {
  readonly role: Exclude<Role, 'relay'>
  /** The hub's own name for the person. */
  readonly from: string
  /** The hub it was said on. */
  readonly seat: Seat
  /** The event it was said as an answer to. */
  readonly replyTo?: EventId
  /** The event whose button it was: the answer may take its place (`Post.replaces`). */
  readonly button?: EventId
  /**
   * The room it was said in, where that shows no chat: the answer goes there, and the command's portal is the management
   * portal of that hub.
   */
  readonly there?: RoomId
}
