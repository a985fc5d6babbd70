import type { Call } from './homeserver.ts'
import type { Json } from './json.ts'

/** The owner's own Matrix user, as far as the bridge may act as it (a double puppet). */
export interface Puppet {
  readonly user: string
  /** Can it say when something was said (`ts`)? Only what an application service acts as can. */
  readonly isDated: boolean
  /** A call of the client-server API as the owner. Throws BridgeErrors. */
  call(call: Omit<Call, 'as'>, signal: AbortSignal): Promise<Json>
}

/** Whether there is a puppet, and how one comes to be. */
export interface Puppeting {
  /** Undefined: there is none (any more), and a user of the bridge stands for the owner. */
  now(): Puppet | undefined
  /** Finds out at the start, from what is configured and what was given before. Never throws. */
  begin(signal: AbortSignal): Promise<void>
  /** A token as given in the management room; undefined: no more. Throws a BridgeError (`refused`) that says why not. */
  give(token: string | undefined, signal: AbortSignal): Promise<void>
}
