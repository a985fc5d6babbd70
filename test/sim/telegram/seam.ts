import type { Update } from '@grammyjs/types'
import type { Call } from './method.ts'
import type { SimClock, SimOptions, SimUser } from './sim.ts'

/** An update before it has its number. */
export type NewUpdate = Omit<Update, 'update_id'>

/**
 * One method of the Bot API. What it returns (or resolves with) is the `result`; what it throws should be an `ApiError`
 * (`bad`), anything else is answered with 500 and is a defect of the simulator. Its effect on the world should happen in
 * one go, with nothing awaited in the middle: calls run beside each other.
 */
export type Method = (call: Call) => unknown

/** By their names in the spelling of the documentation. */
export type Methods = Readonly<Record<string, Method>>

/** The bot, as its clients are told of it. */
export interface SimBot {
  readonly id: number
  readonly username: string
  readonly name: string
}

/** What the world is given by the transport. */
export interface WorldPorts {
  readonly clock: SimClock
  readonly options: SimOptions
  readonly token: string
  readonly bot: SimBot
  /** Tells the bot. Undefined: it is an update of a kind the bot has not asked for, and is never sent. */
  push(update: NewUpdate): Update | undefined
}

/** A file that `getFile` has handed out a path for. */
export interface SimStored {
  readonly bytes: Uint8Array
  readonly mime?: string
}

/**
 * Chats, people, messages, files and every method that is about them; `getMe` too. The transport has `getUpdates`,
 * `setWebhook`, `deleteWebhook`, `getWebhookInfo`, `logOut` and `close`, the limits of sending and the faults: a method
 * here is only called when those let it pass. `createWorld(ports: WorldPorts): World` is in `state.ts`.
 */
export interface World {
  readonly methods: Methods
  /** What `/file/bot<token>/<path>` shows, `path` being `file_path` of `getFile`. Undefined: never there, or expired. */
  file(path: string): SimStored | undefined
  /** The chat a `chat_id` names (`@username` of a group or its number as text), for counting. Undefined: itself. */
  chat?(id: string): { readonly id: string; readonly group: boolean } | undefined
  user(name: string, how?: { readonly username?: string; readonly language?: string }): SimUser
  setPrivateTopics(on: boolean): void
}
