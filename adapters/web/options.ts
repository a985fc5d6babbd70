import type { ShutWhy } from '../../src/core/hub.ts'
import type { HubId } from '../../src/core/ids.ts'
import type { Language } from '../../src/core/words.ts'
import type { Archive } from '../../src/ports/archive.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Vault } from '../../src/ports/vault.ts'
import type { Way } from './ways.ts'

export interface WebOptions {
  readonly id: HubId
  /** The address to listen on. Anything but a loopback address lets other machines knock at the door. */
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  /** More host names the page is reached under (behind a proxy, in a home network). */
  readonly names?: readonly string[]
  /**
   * The origin people open, where a proxy stands in front (for TLS). Its host and origin are trusted, the printed
   * address begins with it, and with https the cookie goes over TLS only.
   */
  readonly publicUrl?: string
  /** `auto`: by what the browser asks for. A person can change it on the page; it is read each time. */
  readonly language: Language | 'auto'
  /** The page says plainly that this is a sandbox, and names the next step. */
  readonly sandbox: boolean
  /** The largest picture or file a person may send from the page. */
  readonly maxUploadBytes: number
  /** The folder where pictures sent from the page are kept. */
  readonly uploads: string
}

export interface Health {
  /** The loop turns and the store answers. */
  readonly ok: boolean
  /** All parts are up. */
  readonly ready: boolean
  /** Per part, a word or a sentence. Shown to the logged-in owner only. */
  readonly detail: Readonly<Record<string, string>>
}

/** How the line towards WeChat goes on, in milliseconds since 1970. */
export interface Flow {
  /** WeChat said that it is too often: nothing goes out before then. */
  readonly pausedUntil?: number
  /** About when all that waits will have gone out. */
  readonly emptyAt?: number
}

/** A hub that takes nothing (`why`), or not in all rooms. `detail` is an English sentence of its adapter. */
export interface ShutHub {
  readonly hub: HubId
  readonly why?: ShutWhy
  readonly detail?: string
  readonly rooms: readonly { readonly name: string; readonly detail: string }[]
}

/** One of several ways in use: the name it is configured under, and how its login stands. */
export interface DoorView {
  readonly id: string
  readonly connector: string
  readonly state: 'scan' | 'scanned' | 'online' | 'offline'
  /** Who is logged in: hostile text. */
  readonly name?: string
}

export interface WebPorts {
  readonly archive: Archive
  readonly vault: Vault
  readonly clock: Clock
  readonly log: Log
  health(): Promise<Health>
  /** Absent: nobody knows. */
  flow?(): Promise<Flow>
  /** Absent: all are open. */
  hubs?(): Promise<readonly ShutHub[]>
  /** Absent: there is one. */
  doors?(): readonly DoorView[]
  /** All ways into WeChat there are, for the table of them. */
  readonly ways?: readonly Way[]
}
