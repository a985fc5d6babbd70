import type { Code } from './errors.ts'
import type { PortalId } from './ids.ts'

/**
 * What someone may do on a hub. `owner`: everything. `user`: write, and the commands of the rooms they are in. `relay`:
 * write, with their name in front.
 */
export type Role = 'owner' | 'user' | 'relay'

/**
 * Why a hub takes nothing. `unclaimed`: nobody has shown yet that it is theirs. `blocked`: its owner has shut it out.
 * `refused`: it does not accept the bridge's credential.
 */
export type ShutWhy = 'unclaimed' | 'blocked' | 'refused'

/** A room that takes nothing although its hub does. `detail` is an adapter's English sentence. */
export interface ShutRoom {
  readonly portal: PortalId
  readonly detail: string
}

/** Whether a hub can take anything. What it cannot take waits in the store. */
export type HubStanding = { readonly rooms: readonly ShutRoom[] } & (
  | { readonly open: true }
  | { readonly open: false; readonly why: ShutWhy; readonly detail: string }
)

/**
 * What became of something a person wrote on a hub. `waiting`: it is in line. `sent`: WeChat has taken all of it.
 * `failed`: it surely did not arrive, or not all of it. `unsure`: nobody can tell.
 */
export type Outcome =
  | { readonly state: 'waiting' | 'sent' | 'unsure' }
  | { readonly state: 'failed'; readonly code: Code; readonly detail: string }
