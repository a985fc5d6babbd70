import type { BridgeError } from '../core/errors.ts'
import type { Job } from '../core/post.ts'
import type { Open, Outlet } from '../ports/outlet.ts'
import type { Item, Unit } from '../ports/store.ts'

/** What one lane needs to be pumped. `Addressed` is the job as the outlet takes it. */
export interface Route<Addressed> {
  readonly outlet: Outlet<Addressed>
  readonly open: Open
  /** Completes the job just before it goes: the room, the event it answers. What it throws was surely not sent. */
  address(job: Job, signal: AbortSignal): Promise<Addressed>
  /** Throws where it is known beforehand that the job cannot go out now: then it waits for no allowance, and uses none. */
  check?(job: Addressed): void
  /** What to do with an item that may have gone out when nobody can tell: again, or ask the person. */
  readonly onUncertain: 'resend' | 'ask'
  /** The same job, known to be one that may be there already. */
  repeated?(job: Addressed): Addressed
  /** An item is given up when it has failed for so long, in milliseconds. */
  readonly giveUpMs: number
  /** What makes no progress for so long is given up, in milliseconds; two minutes where nothing is said. */
  readonly stuckMs?: number
  /** How long proof of a delivery may still come when `find` cannot tell, in milliseconds. */
  readonly echoMs?: number
  /** Announces an item that is given up, in the transaction that buries it. */
  bury(unit: Unit, item: Item, error: BridgeError): Promise<void>
  /** An item has come to an end, good or bad; after the commit. */
  settled?(item: Item): void
}
