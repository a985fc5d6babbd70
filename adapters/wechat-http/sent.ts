import { type AccountId, type ChatId, chatId, type Key, key } from '../../src/core/ids.ts'
import type { Vault } from '../../src/ports/vault.ts'
import { readNote, writeNote } from './note.ts'
import { tree } from './reading.ts'

/** One send of ours. Without `ids` its outcome is not known (yet). It keeps no words. */
interface Entry {
  readonly clientId: string
  readonly key: Key
  readonly chat: ChatId
  /** When it was first begun, in milliseconds. */
  readonly at: number
  ids?: readonly string[]
  recalled?: true
}

const most = 2000

/**
 * What this bridge sent and took back, so that its echo is no news and a lost answer is found again. Durable: written
 * before the gateway is asked to send.
 */
export class Sent {
  readonly #vault: Vault
  readonly #entries = new Map<string, Entry>()
  readonly #open = new Map<string, { readonly chat: ChatId; readonly done: Promise<unknown> }>()
  /** Complete from this time on: what began later and is not here was never begun. */
  #since: number
  #writing: Promise<void> = Promise.resolve()

  private constructor(vault: Vault, since: number) {
    this.#vault = vault
    this.#since = since
  }

  static async open(vault: Vault, now: number): Promise<Sent> {
    const note = await readNote(vault, 'sent')
    const sent = new Sent(vault, typeof note.since === 'number' ? note.since : now)
    for (const each of Array.isArray(note.entries) ? note.entries : []) {
      const { clientId, key: name, chat, at, ids, recalled } = tree(each)
      if (typeof clientId !== 'string' || typeof name !== 'string') continue
      if (typeof chat !== 'string' || typeof at !== 'number') continue
      sent.#entries.set(clientId, {
        clientId,
        key: key(name),
        chat: chatId(chat),
        at,
        ...(Array.isArray(ids) && { ids: ids.filter((id) => typeof id === 'string') }),
        ...(recalled === true && { recalled: true }),
      })
    }
    if (note.since === undefined) await sent.#save()
    return sent
  }

  /**
   * Remembers a send, then makes it. Rejects, having made nothing, when that cannot be written. A first try that surely
   * was not made is forgotten; a later one says nothing of those before it.
   */
  async make(
    { clientId, key: name, chat }: Pick<Entry, 'clientId' | 'key' | 'chat'>,
    now: number,
    send: () => Promise<readonly string[]>,
    surelyNot: (thrown: unknown) => boolean,
  ): Promise<readonly string[]> {
    const isFirst = !this.#entries.has(clientId)
    if (isFirst) {
      this.#entries.set(clientId, { clientId, key: name, chat, at: now })
      this.#prune()
      await this.#save().catch((thrown: unknown) => {
        this.#entries.delete(clientId)
        throw thrown
      })
    }
    const done = send()
    this.#open.set(clientId, { chat, done })
    try {
      const ids = await done
      await this.learn(clientId, ids).catch(() => undefined)
      return ids
    } catch (thrown) {
      if (isFirst && surelyNot(thrown) && !this.#entries.get(clientId)?.ids) {
        this.#entries.delete(clientId)
        await this.#save().catch(() => undefined)
      }
      throw thrown
    } finally {
      this.#open.delete(clientId)
    }
  }

  async learn(clientId: string, ids: readonly string[]): Promise<void> {
    const entry = this.#entries.get(clientId)
    const all = [...new Set([...(entry?.ids ?? []), ...ids])]
    if (!entry || entry.ids?.length === all.length) return
    entry.ids = all
    await this.#save()
  }

  async recalled(ids: readonly string[], account: AccountId): Promise<void> {
    const entry = this.by(ids, account)
    if (!entry || entry.recalled) return
    entry.recalled = true
    await this.#save()
  }

  /** What came of a send that began at `since`. `unclear`: only the gateway may know. */
  outcome(clientId: string, since: number): readonly string[] | 'absent' | 'unclear' {
    const entry = this.#entries.get(clientId)
    if (entry) return entry.ids ?? 'unclear'
    return since >= this.#since ? 'absent' : 'unclear'
  }

  isOpen(clientId: string): boolean {
    return this.#open.has(clientId)
  }

  get(clientId: string | undefined): Entry | undefined {
    return clientId === undefined ? undefined : this.#entries.get(clientId)
  }

  /** The send of this account that WeChat called one of these. */
  by(ids: readonly string[], account: AccountId): Entry | undefined {
    for (const entry of this.#entries.values()) {
      if (!entry.chat.startsWith(`${account}/`)) continue
      if (entry.ids?.some((each) => ids.includes(each))) return entry
    }
    return undefined
  }

  /** Resolves when the sends on their way to a chat have their answers. */
  async settled(chat?: ChatId): Promise<void> {
    const open = [...this.#open.values()].filter((each) => chat === undefined || each.chat === chat)
    await Promise.allSettled(open.map(({ done }) => done))
  }

  hasOpen(chat: ChatId): boolean {
    return [...this.#open.values()].some((each) => each.chat === chat)
  }

  #prune(): void {
    for (const [clientId, { at }] of this.#entries) {
      if (this.#entries.size <= most) return
      this.#entries.delete(clientId)
      this.#since = Math.max(this.#since, at + 1)
    }
  }

  #save(): Promise<void> {
    const write = () =>
      writeNote(this.#vault, 'sent', { since: this.#since, entries: [...this.#entries.values()] })
    const written = this.#writing.then(write)
    this.#writing = written.catch(() => undefined)
    return written
  }
}
