import type { ClientMessage, Kind, MessageOf } from './message.ts'
import type { Result } from './result.ts'
import type { ChatType } from './roster.ts'

/** In which chats a handler is wanted; none said is friends only, as in itchat (protocol §8.1). */
export type Where = { readonly [type in ChatType]?: boolean }

/**
 * Does something with a message. A string it gives back is sent into the chat as it is: files are only sent by
 * asking for it (trap 85).
 */
export type Handler<K extends Kind = Kind> = (message: MessageOf<K>) => unknown

/** One handler of a table: it is only ever given the kinds it was registered for. */
type AnyHandler = (message: ClientMessage) => ReturnType<Handler>

/** Three tables of handlers by kind. One registered later takes the place of an earlier one. */
export class Handlers {
  readonly #tables: Readonly<Record<ChatType, Map<Kind, AnyHandler>>> = {
    friend: new Map(),
    group: new Map(),
    mp: new Map(),
  }

  on<K extends Kind>(kinds: K | readonly K[], where: Where, handler: Handler<K>): void {
    const { friend, group, mp } = where
    const wanted: Where = friend || group || mp ? where : { friend: true }
    const list: readonly K[] = Array.isArray(kinds) ? kinds : [kinds as K]
    for (const type of ['friend', 'group', 'mp'] as const) {
      if (!wanted[type]) continue
      for (const kind of list) this.#tables[type].set(kind, handler as unknown as AnyHandler)
    }
  }

  off<K extends Kind>(kinds: K | readonly K[], where: Where): void {
    const list: readonly K[] = Array.isArray(kinds) ? kinds : [kinds as K]
    for (const type of ['friend', 'group', 'mp'] as const) {
      if (where[type]) for (const kind of list) this.#tables[type].delete(kind)
    }
  }

  has(message: ClientMessage): boolean {
    return this.#tables[message.chat.type].has(message.kind)
  }

  /** Runs the handler for a message, if there is one, and sends what it answers. */
  async dispatch(message: ClientMessage): Promise<Result | undefined> {
    const handler = this.#tables[message.chat.type].get(message.kind)
    if (!handler) return undefined
    const answer = await handler(message)
    return typeof answer === 'string' && answer !== '' ? message.reply(answer) : undefined
  }
}

/** What went wrong in a handler; the next message is handled all the same. */
export type HandlerFailed = (error: unknown, message: ClientMessage) => void
