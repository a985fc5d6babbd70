import type { Vault } from '../../src/ports/vault.ts'
import type { Login } from '../../src/ports/wechat.ts'
import { readNote, writeNote } from './note.ts'
import { tree } from './reading.ts'
import { type Capabilities, capabilities, login as loginSchema, type WireLogin } from './wire.ts'

export type Online = Extract<WireLogin, { readonly state: 'online' }>
export type Offline = Extract<WireLogin, { readonly state: 'offline' }>

/** What is kept of the gateway and its login over restarts. */
export interface Kept {
  /** Who was logged in last. */
  readonly account?: Online['account']
  /** Nobody but a person begins a login. */
  readonly ended?: Offline
  readonly declared?: Capabilities
  /** Where somebody who is asked for events goes on. */
  readonly cursor?: string
}

/** What cannot be read is as if it had not been. */
export async function readKept(vault: Vault): Promise<Kept> {
  const note = await readNote(vault, 'gateway')
  const online = loginSchema.safeParse({ state: 'online', account: note.account }).data
  const ended = loginSchema.safeParse(note.ended).data
  const declared = capabilities.safeParse(note.declared).data
  return {
    ...(online?.state === 'online' && { account: online.account }),
    ...(ended?.state === 'offline' && { ended }),
    ...(declared && { declared }),
    ...(typeof note.cursor === 'string' && { cursor: note.cursor }),
  }
}

export async function writeKept(vault: Vault, kept: Kept): Promise<void> {
  await writeNote(vault, 'gateway', tree(kept))
}

type Told = Extract<Login, { readonly state: 'offline' }>

/** What the gateway calls the end of a session, in the bridge's words. */
export function offlineOf({ reason, detail }: Offline, canLogin: boolean): Told {
  const more = detail ? { detail } : {}
  switch (reason) {
    case 'unreachable':
    case 'starting':
      return { state: 'offline', reason, ...more, relogin: false }
    case 'logged_out':
      return { state: 'offline', reason: 'loggedOut', ...more, relogin: canLogin }
    default:
      return { state: 'offline', reason, ...more, relogin: canLogin }
  }
}

/** Does it take a person to go on from here? Of a session that was logged out, nothing is left to be careful with. */
export const needsPerson = ({ reason }: Offline): boolean =>
  reason === 'kicked' || reason === 'refused' || reason === 'expired'
