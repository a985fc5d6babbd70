import type { Update } from '@grammyjs/types'
import type { HubId } from '../../src/core/ids.ts'
import type { MediaRef } from '../../src/core/message.ts'
import type { Voice } from '../../src/core/words.ts'
import type { Clock, Random } from '../../src/ports/clock.ts'
import type { ShownLogin } from '../../src/ports/doors.ts'
import type { HubEvent, RoomPost } from '../../src/ports/hub.ts'
import type { Open, Opened, Receipt } from '../../src/ports/outlet.ts'
import type { Log, Trace } from '../../src/ports/telemetry.ts'
import type { Vault } from '../../src/ports/vault.ts'
import type { TelegramApi } from './api.ts'
import type { TelegramOptions } from './options.ts'
import type { People } from './people.ts'
import type { Places } from './places.ts'

/** What Telegram says about our bot. */
export interface BotInfo {
  readonly id: string
  /** Without the `@`. */
  readonly username: string
  /** Can there be topics in private chats with it? Its owner may change that at any time. */
  readonly topics: boolean
  /** False: in groups it sees only commands and answers to itself, unless it is an administrator. */
  readonly readsGroups: boolean
}

export interface Bot {
  /** What was last heard. Undefined: nothing yet. */
  known(): BotInfo | undefined
  /** What was last heard, asking if nothing was. Throws a TelegramError. */
  info(signal: AbortSignal): Promise<BotInfo>
  /** Asks anew: something Telegram said does not fit what is known. Throws a TelegramError. */
  refresh(signal: AbortSignal): Promise<BotInfo>
}

/** What all parts of the adapter are made with; people and places too (`createPeople`, `createPlaces`). */
export interface Base {
  readonly hub: HubId
  readonly options: TelegramOptions
  /** How the adapter speaks; the language may change: read it each time. */
  readonly voice: Voice
  /** As Telegram answers: for what the pump paces. 429 is thrown. */
  readonly api: TelegramApi
  /** The same, waiting out a 429 by itself: for calls beside the pump. */
  readonly patient: TelegramApi
  readonly bot: Bot
  readonly vault: Vault
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly trace: Trace
  /**
   * Who owns the bridge here, or which rooms are shut, may be different now: to be called after each such change (it may be
   * called too often). The hub looks at `people.owner()` and `places.shut()` and tells the bridge.
   */
  changed(): void
}

/** What places are made with: people are there before them. */
export interface PlacesBase extends Base {
  readonly people: People
}

/** What everything after people and places is made with (`createSending`, `createLoginCode`, `createIngress`, …). */
export interface Parts extends PlacesBase {
  readonly places: Places
}

/** `createSending(parts)` in send.ts: posts, and redactions. */
export interface Sending {
  send(post: RoomPost, open: Open, signal: AbortSignal): Promise<Receipt>
  find(post: RoomPost, since: number, signal: AbortSignal): Promise<Receipt | 'absent' | 'unknown'>
}

/** `createLoginCode(parts)` in login-code.ts: resolves without doing anything while nobody owns the bridge. */
export type ShowLogin = (login: ShownLogin, signal: AbortSignal) => Promise<void>

/** One event for the bridge, with what it was made of (JSON) for the inbox. */
export interface Told {
  readonly event: HubEvent
  readonly raw: string
}

/** `createIngress(parts)` in ingress.ts. */
export interface Ingress {
  /**
   * What an update means: in order, mostly one or none. Does itself what is not the bridge's matter: owning, strangers,
   * places, dismissing button presses. May be asked again for the same update. Throws only what is worth asking again
   * for (a TelegramError, a vault that cannot write): an update that cannot be read means nothing, and is logged.
   */
  translate(update: Update, signal: AbortSignal): Promise<readonly Told[]>
  /** The bytes of media that `translate` named, converted to what WeChat takes where they must be. */
  download(media: MediaRef, signal: AbortSignal): Promise<Opened>
}

/** `createCommandsMenu(parts)` in commands-menu.ts: the bot's commands in both languages; safe to call often. */
export type ShowCommands = (signal: AbortSignal) => Promise<void>
