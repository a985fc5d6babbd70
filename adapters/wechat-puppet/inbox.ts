import type { Vault } from '../../src/ports/vault.ts'
import type { Ready } from './incoming.ts'
import { readNote, writeNote } from './note.ts'
import { record, records, text } from './raw.ts'

/** One event on its way. Once it is read (`ready`) it can be kept without the puppet, in whatever login. */
export interface Entry {
  /** The puppet's id of whoever was logged in; undefined: nobody knew yet. */
  readonly self: string | undefined
  readonly name: string
  readonly payload: unknown
  ready?: Ready
}

/**
 * What the puppet told and the bridge has not kept yet, in order. A puppet tells everything once: what is refused is written
 * down, so that a restart does not lose it.
 */
export class Inbox {
  readonly #vault: Vault
  #entries: Entry[] = []
  #more = Promise.withResolvers<void>()
  #stuck = false
  #written = false
  #writing: Promise<void> = Promise.resolve()
  /** The write that has not begun: it will have everything. */
  #next: Promise<void> | undefined

  private constructor(vault: Vault) {
    this.#vault = vault
  }

  static async open(vault: Vault): Promise<Inbox> {
    const inbox = new Inbox(vault)
    const kept = records((await readNote(vault, 'inbox')).entries)
    inbox.#written = kept.length > 0
    inbox.#entries = kept.map((each) => ({
      self: text(each.self) || undefined,
      name: text(each.name),
      payload: each.payload,
      ...(Object.keys(record(each.ready)).length > 0 && { ready: each.ready as unknown as Ready }),
    }))
    return inbox
  }

  add(entry: Entry): void {
    this.#entries.push(entry)
    this.#more.resolve()
    if (this.#stuck) void this.save().catch(() => undefined)
  }

  /** The first one, as soon as there is one. */
  async first(signal: AbortSignal): Promise<Entry> {
    for (;;) {
      signal.throwIfAborted()
      const [entry] = this.#entries
      if (entry) return entry
      this.#more = Promise.withResolvers()
      const stop = () => this.#more.resolve()
      signal.addEventListener('abort', stop, { once: true })
      await this.#more.promise
      signal.removeEventListener('abort', stop)
    }
  }

  /** The first one is kept, or cannot be. */
  async done(): Promise<void> {
    this.#entries.shift()
    this.#stuck = false
    if (this.#written) await this.save()
  }

  /** The first one was refused: it and what follows is written down. */
  async stuck(): Promise<void> {
    this.#stuck = true
    await this.save()
  }

  save(): Promise<void> {
    if (this.#next !== undefined) return this.#next
    const write = async () => {
      this.#next = undefined
      if (this.#entries.length === 0 && !this.#written) return
      await writeNote(this.#vault, 'inbox', { entries: this.#entries })
      this.#written = this.#entries.length > 0
    }
    this.#next = this.#writing.then(write, write)
    this.#writing = this.#next
    return this.#next
  }
}
