import type { ChatId, Lane, MediaId, MessageId } from '../../src/core/ids.ts'
import type { Change } from '../../src/ports/archive.ts'
import type { ChatRow } from './chat-rows.ts'
import { misuse } from './errors.ts'
import type { Tx } from './tables.ts'

/** What the verbs of one unit share: its transaction, the time, and what to tell once it has committed. */
export class Scope {
  readonly now: () => number
  readonly woken = new Set<Lane>()
  /** Is there something about chats or portals that was read before and is not true any more? */
  portalsChanged = false
  /** What has been read of chats, until one of them changes. */
  readonly chatRows = new Map<string, ChatRow | undefined>()
  readonly #changes = new Map<string, Change>()
  #tx: Tx | undefined

  constructor(tx: Tx, now: () => number) {
    this.#tx = tx
    this.now = now
  }

  /** Throws once the unit has ended: a forgotten `await` must not write into someone else's transaction. */
  get db(): Tx {
    if (!this.#tx) throw misuse('A unit was used after it had ended. Nothing was changed.')
    return this.#tx
  }

  get changes(): readonly Change[] {
    return [...this.#changes.values()]
  }

  end(): void {
    this.#tx = undefined
  }

  wake(lane: Lane): void {
    this.woken.add(lane)
  }

  chatsChanged(): void {
    this.chatRows.clear()
    this.portalsChanged = true
    this.#changes.set('chats', { type: 'chats' })
  }

  mediaChanged(media: MediaId): void {
    this.#changes.set(`media/${media}`, { type: 'media', media })
  }

  messageChanged(chat: ChatId, message: MessageId): void {
    this.#changes.set(`message/${message}`, { type: 'message', chat, message })
  }
}
