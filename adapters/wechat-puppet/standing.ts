import type { OfflineReason } from '../../src/core/notice.ts'
import type { Vault } from '../../src/ports/vault.ts'
import type { Login } from '../../src/ports/wechat.ts'
import { readNote, writeNote } from './note.ts'
import { number, record, text } from './raw.ts'

export type Offline = Extract<Login, { readonly state: 'offline' }>

/** How a login stood when it was last told: a restart must neither log in by itself nor take an end for a beginning. */
export type Standing =
  | { readonly state: 'none' }
  | { readonly state: 'online'; readonly self: string }
  | { readonly state: 'ended'; readonly reason: OfflineReason; readonly detail?: string }

export async function loadStanding(vault: Vault): Promise<Standing> {
  const raw = await readNote(vault, 'login')
  if (raw.state === 'online') return { state: 'online', self: text(raw.self) }
  if (raw.state !== 'ended') return { state: 'none' }
  const detail = text(raw.detail)
  return { state: 'ended', reason: reasonOf(raw.reason), ...(detail && { detail }) }
}

export async function saveStanding(vault: Vault, standing: Standing): Promise<void> {
  await writeNote(vault, 'login', standing)
}

export function offlineOf(standing: Standing & { readonly state: 'ended' }): Offline {
  const { reason, detail } = standing
  return { state: 'offline', reason, relogin: true, ...(detail !== undefined && { detail }) }
}

function reasonOf(value: unknown): OfflineReason {
  return value === 'expired' ? 'expired' : 'kicked'
}

/** What a puppet says of a code (ScanStatus). */
export type Scan =
  | { readonly state: 'code'; readonly qr: string }
  | { readonly state: 'scanned'; readonly avatar?: string }
  | { readonly state: 'cancelled' }

const cancel = 1
const scanned = 3
const confirmed = 4

/** Undefined: it says nothing. */
export function readScan(payload: unknown): Scan | undefined {
  const raw = record(payload)
  const status = number(raw.status)
  const qr = text(raw.qrcode)
  if (status === cancel) return { state: 'cancelled' }
  if (status === scanned || status === confirmed) {
    const avatar = text(raw.data)
    const isPicture = avatar.length < 500_000 && /^data:image\/[\w+.-]+;base64,/.test(avatar)
    return { state: 'scanned', ...(isPicture && { avatar }) }
  }
  return qr === '' || qr.length > 3000 ? undefined : { state: 'code', qr }
}
