import { type Key, key } from '../../src/core/ids.ts'
import type { Vault } from '../../src/ports/vault.ts'
import { readNote } from './credentials.ts'
import { number, type Raw, records, text } from './json.ts'

/** A send that reached the point of no return. Without `ids` its outcome is not known (yet). */
interface Entry {
  readonly clientId: string
  readonly key: Key
  readonly at: number
  readonly ids?: readonly string[]
  /** Only its echo told that it was delivered. */
  readonly echoed?: true
}

const most = 1000

/**
 * What was sent through this door, so that a lost answer or a crash leaves nobody guessing more than needed. Durable:
 * written before the call. It keeps no words.
 */
export class Sent {
  readonly #vault: Vault
  #entries: readonly Entry[]
  /** Complete from this time on: what began later and is not here was never begun. */
  #since: number
  /** Sends under way, by clientId: their end tells more than an echo. */
  readonly #open = new Map<string, Promise<unknown>>()
  #writing: Promise<void> = Promise.resolve()

  private constructor(vault: Vault, raw: Raw, now: number) {
    this.#vault = vault
    this.#entries = records(raw.entries).map(readEntry)
    this.#since = number(raw.since) || now
  }

  /** `now` in milliseconds: from then on everything is here, if nothing was kept before. */
  static async open(vault: Vault, now: number): Promise<Sent> {
    return new Sent(vault, await readNote(vault, name), now)
  }

  /** Before the call. Rejects, remembering nothing new, when it cannot be kept: then the call must not be made. */
  async begin(clientId: string, job: Key, now: number): Promise<void> {
    if (this.#find(clientId)) return
    const before = this.#entries
    this.#entries = [...before, { clientId, key: job, at: now }]
    const over = this.#entries.length - most
    if (over > 0) {
      this.#since = Math.max(this.#since, (this.#entries[over - 1]?.at ?? 0) + 1)
      this.#entries = this.#entries.slice(over)
    }
    try {
      await this.#save()
    } catch (thrown) {
      this.#entries = this.#entries.filter((each) => each.clientId !== clientId)
      throw thrown
    }
  }

  /** It surely was not sent: neither now nor, as far as this knows, before. */
  async undo(clientId: string): Promise<void> {
    this.#entries = this.#entries.filter((each) => each.clientId !== clientId || each.ids)
    await this.#save()
  }

  /** An earlier try of it was made, and nobody knows what became of it. */
  isUnclear(clientId: string): boolean {
    const entry = this.#find(clientId)
    return entry !== undefined && entry.ids === undefined
  }

  async done(clientId: string, ids: readonly string[]): Promise<void> {
    this.#entries = this.#entries.map((each) =>
      each.clientId === clientId ? { clientId, key: each.key, at: each.at, ids } : each,
    )
    await this.#save()
  }

  /** `absent`: surely never begun. `unknown`: begun, and no answer seen; or so long ago that it is forgotten. */
  outcome(clientId: string, since: number): readonly string[] | 'absent' | 'unknown' {
    const entry = this.#find(clientId)
    if (entry) return entry.ids ?? 'unknown'
    return since >= this.#since ? 'absent' : 'unknown'
  }

  /** A send before it is remembered until its end is known; meanwhile its echo waits. */
  async during<T>(clientId: string, work: () => Promise<T>): Promise<T> {
    const running = work()
    this.#open.set(clientId, running)
    try {
      return await running
    } finally {
      this.#open.delete(clientId)
    }
  }

  async settled(): Promise<void> {
    await Promise.allSettled([...this.#open.values()])
  }

  /** What was seen coming back is ours: the job, and whether only this proves that it was delivered. */
  async claim(
    clientId: string,
    ids: readonly string[],
  ): Promise<{ readonly key: Key; readonly wasUnclear: boolean } | undefined> {
    const entry = this.#entries.find(
      (each) =>
        (clientId !== '' && each.clientId === clientId) || each.ids?.some((id) => ids.includes(id)),
    )
    if (!entry) return undefined
    if (entry.ids) return { key: entry.key, wasUnclear: entry.echoed === true }
    this.#entries = this.#entries.map((each) =>
      each === entry ? { ...each, ids, echoed: true } : each,
    )
    await this.#save()
    return { key: entry.key, wasUnclear: true }
  }

  #find(clientId: string): Entry | undefined {
    return this.#entries.find((each) => each.clientId === clientId)
  }

  /** One write after another; each holds everything done until it begins. */
  #save(): Promise<void> {
    this.#writing = this.#writing
      .catch(() => undefined)
      .then(() => {
        const note = { since: this.#since, entries: this.#entries }
        return this.#vault.set(name, JSON.stringify(note))
      })
    return this.#writing
  }
}

const name = 'sent'

function readEntry(raw: Raw): Entry {
  const ids = Array.isArray(raw.ids) ? raw.ids.map(text).filter((each) => each !== '') : []
  return {
    clientId: text(raw.clientId),
    key: key(text(raw.key)),
    at: number(raw.at),
    ...(ids.length > 0 ? { ids } : {}),
    ...(raw.echoed === true ? { echoed: true } : {}),
  }
}
