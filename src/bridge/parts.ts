import type { AccountId } from '../core/ids.ts'
import type { PaceRules } from '../core/pace.ts'
import type { RecallPolicy } from '../core/recall-policy.ts'
import type { Language } from '../core/words.ts'
import type { Clock, Random } from '../ports/clock.ts'
import type { HubAdapter } from '../ports/hub.ts'
import type { MediaStore } from '../ports/media.ts'
import type { Store } from '../ports/store.ts'
import type { Log, Meter, Trace } from '../ports/telemetry.ts'
import type { Vault } from '../ports/vault.ts'

/** A hub and who may speak through it, by the hub's own names of people. Everyone else is a stranger. */
export interface Seat {
  readonly adapter: HubAdapter
  /** Owners. Whom else there is, the adapter may know (`HubAdapter.roleOf`). */
  readonly users: ReadonlySet<string>
  /** Where the pushes of official accounts go on this hub; a room for each where nothing is said. */
  readonly mps?: MpPolicy
}

/**
 * `each`: every official account has its room. `shared`: one room for all. `digest`: as `shared`, and their articles come
 * once a day, together.
 */
export type MpPolicy = 'each' | 'shared' | 'digest'

/** What the moving parts share. */
export interface Parts {
  readonly store: Store
  readonly mediaStore: MediaStore
  /** The bridge's own notebook. */
  readonly vault: Vault
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly trace: Trace
  /** Nothing is counted where it is left out. */
  readonly meter?: Meter
  readonly seats: readonly Seat[]
  /** The language may change while it runs: it is read each time something is said. */
  readonly voice: { language: Language; readonly timezone: string }
  /** Larger media is not kept, and so not relayed. */
  readonly maxMediaBytes: number
  /** How fast WeChat is sent to. */
  readonly pace: PaceRules
  /** The same text to more than `chats` chats within `perMs` is held until the person says so. */
  readonly repeats: { readonly chats: number; readonly perMs: number }
  /** What a recall does in rooms where nobody chose otherwise. */
  readonly recall: RecallPolicy
  readonly retention: Retention
  /** What changing a message does in WeChat, which cannot change one; `resend` where nothing is said. */
  readonly edits?: EditPolicy
  /** What a reaction does in WeChat, which has none: `line` says it as a line there; `off` (the default) tells the person. */
  readonly reactions?: 'line' | 'off'
  /** Is what the person has read on a hub marked as read on the phone? It is where nothing is said. */
  readonly marksRead?: boolean
  /** When the day's articles are posted, as `HH:MM` where the person lives; 20:00 where nothing is said. */
  readonly digestAt?: string
  /**
   * How long after a lost answer WeChat is given to show a send of ours (its echo) before the person is asked, in
   * milliseconds. 30 s where nothing is said.
   */
  readonly echoMs?: number
  /** When (milliseconds) the storage was restored from a backup: what is older may have been delivered since. */
  readonly restoredAt?: number
  /** Where there are several doors: the name of the one that an account is of. */
  readonly doorOf?: (account: AccountId) => string
  /** Who has an account on this bridge, for those who may know; nobody may where it is left out. */
  readonly residents?: () => readonly Resident[]
}

/** Someone with a bridge of their own in this process, by the hub's name of them. */
export interface Resident {
  readonly user: string
  readonly online: boolean
}

/**
 * `resend`: as long as WeChat takes it back, it is taken back and sent anew; later a line says what it was changed to.
 * `follow`: always that line. `off`: nothing is sent, and the person is told.
 */
export type EditPolicy = 'resend' | 'follow' | 'off'

/** What is kept for how long, in milliseconds; what is left out, for good. */
export interface Retention {
  /** Messages: what recalls, quotations and the page look at. */
  readonly messagesMs?: number
  /** Bytes of messages. */
  readonly mediaMs?: number
  /** All bytes together; beyond that the oldest go, and new media above `keepUnder` is relayed but not kept. */
  readonly mediaBytes: number
  readonly keepUnder: number
}
