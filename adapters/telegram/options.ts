import type { HubId } from '../../src/core/ids.ts'
import type { Voice } from '../../src/core/words.ts'
import type { Clock, Random } from '../../src/ports/clock.ts'
import type { HubAdapter } from '../../src/ports/hub.ts'
import type { Log, Trace } from '../../src/ports/telemetry.ts'
import type { Vault } from '../../src/ports/vault.ts'

export interface TelegramOptions {
  readonly id: HubId
  readonly token: string
  /** The origin of the Bot API. */
  readonly apiRoot: string
  /** The folder where a local Bot API server keeps its files, if one is used: files may then be large. */
  readonly filesDir?: string
  /** `http:`, `https:` or `socks5:`. */
  readonly proxy?: string
  /** Where chats go that are linked nowhere. */
  readonly place: 'auto' | 'private' | 'forum' | 'flat'
  readonly rate: {
    readonly perChatSecond: number
    readonly perGroupMinute: number
    readonly perSecond: number
  }
  /** `url` is what Telegram calls; absent: updates are asked for. Port 0: any free one, see `address`. */
  readonly webhook?: { readonly url: string; readonly host: string; readonly port: number }
  /** How the adapter speaks itself. The language may change while it runs: read it each time. */
  readonly voice: Voice
  /** How long a question for updates is held open by Telegram, in seconds. Default 50. */
  readonly pollSeconds?: number
}

export interface TelegramPorts {
  readonly vault: Vault
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly trace?: Trace
}

/** How to become the owner, while there is none. */
export interface Claim {
  /** The bot's name, without the `@`. */
  readonly bot: string
  /** What to send to the bot, once. */
  readonly code: string
  /** Opens the bot with the code, where Telegram is installed. */
  readonly url: string
}

export interface TelegramHub extends HubAdapter {
  /** Resolves once it is known whether somebody owns the bridge here: with how to become the owner, if nobody does. */
  readonly claim: Promise<Claim | undefined>
  /** The origin it listens on for webhooks, once it first does. */
  readonly address: Promise<string>
}
