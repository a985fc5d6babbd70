import type { Voice } from '../core/words.ts'
import type { Clock, Random } from '../ports/clock.ts'
import type { HubAdapter } from '../ports/hub.ts'
import type { MediaStore } from '../ports/media.ts'
import type { Store } from '../ports/store.ts'
import type { Log, Trace } from '../ports/telemetry.ts'
import type { Vault } from '../ports/vault.ts'

/** A hub and who may speak through it, by the hub's own names of people. Everyone else is a stranger. */
export interface Seat {
  readonly adapter: HubAdapter
  readonly users: ReadonlySet<string>
}

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
  readonly seats: readonly Seat[]
  readonly voice: Voice
  /** Larger media is not kept, and so not relayed. */
  readonly maxMediaBytes: number
}
