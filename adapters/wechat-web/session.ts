import type { Vault } from '../../src/ports/vault.ts'
import { type Contact, readContact } from './contact.ts'
import type { Cookies } from './cookies.ts'
import { type Hosts, originOf } from './hosts.ts'
import { readNote, writeNote } from './note.ts'
import { number, type Raw, record, records, text } from './raw.ts'

/** A cursor of the server's, opaque (protocol §4.1). */
export interface SyncKey {
  readonly Count: number
  readonly List: readonly { readonly Key: number; readonly Val: number }[]
}

/** What a login gave us (protocol §1.4, §2.7). Mutable: the server renews keys and cookies all the time. */
export interface Session {
  /** Decimal, unsigned 32 bit. */
  readonly uin: string
  readonly sid: string
  skey: string
  /** Decoded once; encoded once more in queries, as it is in multipart fields. */
  readonly passTicket: string
  readonly hosts: Hosts
  readonly cookies: Cookies
  /** For webwxsync. */
  syncKey: SyncKey
  /** For synccheck. */
  checkKey: SyncKey
  self: Contact
  /** Set when WeChat ended it: a restart must not log in by itself. */
  ended?: {
    readonly reason: 'kicked' | 'refused'
    readonly detail?: string
    readonly relogin?: boolean
  }
}

const name = 'session'

/** The stored session, if there is one that can be read. */
export async function loadSession(vault: Vault): Promise<Session | undefined> {
  return readSession(await readNote(vault, name))
}

/** Stores it whole: a crash leaves the old one or the new one. */
export async function saveSession(vault: Vault, session: Session): Promise<void> {
  await writeNote(vault, name, session)
}

export async function dropSession(vault: Vault): Promise<void> {
  await vault.drop(name)
}

/** A key of an answer. Undefined where it must not replace the old one: absent, or of `Count` 0 (protocol §4.1). */
export function readKey(value: unknown): SyncKey | undefined {
  const list = records(record(value).List).map((each) => ({
    Key: number(each.Key),
    Val: number(each.Val),
  }))
  return number(record(value).Count) > 0 && list.length > 0
    ? { Count: list.length, List: list }
    : undefined
}

/** The form synccheck wants: `1_645610540|2_645610562`. */
export function formatKey(key: SyncKey): string {
  return key.List.map((each) => `${each.Key}_${each.Val}`).join('|')
}

function readSession(raw: Raw): Session | undefined {
  const hosts = record(raw.hosts)
  const [entry, file, push] = [hosts.entry, hosts.file, hosts.push].map((each) =>
    originOf(text(each)),
  )
  const syncKey = readKey(raw.syncKey)
  const self = readContact(record(raw.self))
  const uin = text(raw.uin)
  if (!entry || !file || !push || !syncKey || !self || !uin || !text(raw.sid)) return undefined
  const cookies: Cookies = {}
  for (const [key, each] of Object.entries(record(raw.cookies))) cookies[key] = text(each)
  const ended = record(raw.ended)
  const detail = text(ended.detail)
  return {
    uin,
    sid: text(raw.sid),
    skey: text(raw.skey),
    passTicket: text(raw.passTicket),
    hosts: { entry, file, push },
    cookies,
    syncKey,
    checkKey: readKey(raw.checkKey) ?? syncKey,
    self,
    ...(ended.reason === 'kicked' || ended.reason === 'refused'
      ? {
          ended: {
            reason: ended.reason,
            ...(detail ? { detail } : {}),
            ...(ended.relogin === false ? { relogin: false } : {}),
          },
        }
      : {}),
  }
}
