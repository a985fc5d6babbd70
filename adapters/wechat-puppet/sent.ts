import { createHash } from 'node:crypto'
import { type AccountId, type ChatId, type Key, key } from '../../src/core/ids.ts'
import type { Vault } from '../../src/ports/vault.ts'
import { unnoted } from './fault.ts'
import { readNote, writeNote } from './note.ts'
import { number, records, text, texts } from './raw.ts'

/** One send of ours. Without `id` nobody has said (yet) what WeChat calls it. */
interface Entry {
  readonly clientId: string
  readonly key: Key
  readonly chat: ChatId
  /** `text` or a kind of media, and of a text its fingerprint. */
  readonly like: string
  readonly at: number
  /** The puppet said that it was sent. */
  isDone?: boolean
  id?: string
  /** Last it was tried, or said to be sent. */
  last: number
}

/** A message of one's own, as it comes from the puppet. */
export interface Own {
  readonly id: string
  readonly chat: ChatId
  readonly like: string
  readonly at: number
}

const most = 1000
const mostRecalls = 200
/** So many sends in a row of which nothing was heard. */
const hopeless = 3
/** So long after a send its echo may come, in milliseconds; what comes later was said on the phone. */
const echoMs = 120_000

/**
 * What this bridge itself sent and took back, so that it is no news when the puppet tells of it, and a lost answer can be
 * found. Durable: written before the call that sends. It keeps no words.
 */
export class Sent {
  readonly #vault: Vault
  readonly #name: string
  #entries: Entry[] = []
  #recalls: string[] = []
  /** What began later and is not here was never begun. */
  #since: number
  readonly #open = new Map<string, Promise<unknown>>()
  readonly #claims = new Map<string, PromiseWithResolvers<string>>()
  #unclaimed = 0
  #writing: Promise<void> = Promise.resolve()

  private constructor(vault: Vault, account: AccountId, now: number) {
    this.#vault = vault
    this.#name = `sent-${account}`
    this.#since = now
  }

  static async open(vault: Vault, account: AccountId, now: number): Promise<Sent> {
    const sent = new Sent(vault, account, now)
    const raw = await readNote(vault, sent.#name)
    sent.#since = number(raw.since) || now
    sent.#recalls = [...texts(raw.recalls)]
    sent.#entries = records(raw.entries).map((each) => ({
      clientId: text(each.clientId),
      key: key(text(each.key)),
      chat: text(each.chat) as ChatId,
      like: text(each.like),
      at: number(each.at),
      last: number(each.last),
      ...(each.isDone === true && { isDone: true }),
      ...(text(each.id) && { id: text(each.id) }),
    }))
    return sent
  }

  /** From now on what is not here was surely never begun. */
  keep(): Promise<void> {
    return this.#save()
  }

  /**
   * Makes a send, remembered before it is made; rejects, making nothing, when that cannot be written. `work` gives the id,
   * or undefined where the puppet does not say.
   */
  async make(
    job: { readonly clientId: string; readonly key: Key; readonly chat: ChatId },
    like: string,
    now: () => number,
    work: () => Promise<string | undefined>,
  ): Promise<string | undefined> {
    const { clientId, key: name, chat } = job
    const before = this.#find(clientId)
    const entry = before ?? {
      clientId,
      key: name,
      chat,
      like,
      at: now(),
      last: now(),
    }
    entry.last = now()
    if (!this.#entries.includes(entry)) this.#entries.push(entry)
    this.#trim()
    try {
      await this.#save()
    } catch (thrown) {
      if (before) throw thrown
      this.#entries = this.#entries.filter((each) => each !== entry)
      throw unnoted(thrown)
    }
    const running = work()
    this.#open.set(clientId, running)
    try {
      const id = await running
      entry.isDone = true
      entry.last = now()
      if (id !== undefined) entry.id = id
      await this.#save()
      return id ?? entry.id
    } finally {
      this.#open.delete(clientId)
    }
  }

  /** It surely was not sent. */
  async undo(clientId: string): Promise<void> {
    this.#entries = this.#entries.filter((each) => each.clientId !== clientId)
    await this.#save()
  }

  /**
   * The id by which the puppet tells of it, if that comes in time. A puppet that never did after some sends is not waited
   * for any more.
   */
  async claimed(clientId: string, wait: () => Promise<unknown>): Promise<string | undefined> {
    const known = this.#find(clientId)?.id
    if (known !== undefined || this.#unclaimed >= hopeless) return known
    this.#unclaimed += 1
    const claim = Promise.withResolvers<string>()
    this.#claims.set(clientId, claim)
    const id = await Promise.race([claim.promise, wait().then(() => undefined)])
    this.#claims.delete(clientId)
    if (id !== undefined) this.#unclaimed = 0
    return id
  }

  /**
   * Is it the echo of a send of ours? By its id, else by the same words (or kind of media) in the same chat in time; each
   * send is found once, and one under way is waited for. `unclear`: only this shows that it was sent.
   */
  async claim(own: Own): Promise<{ readonly key: Key; readonly unclear: boolean } | undefined> {
    const named = this.#entries.find((each) => each.id === own.id)
    if (named) return { key: named.key, unclear: false }
    const isLike = (each: Entry) =>
      each.id === undefined &&
      each.chat === own.chat &&
      each.like === own.like &&
      own.at > each.at - echoMs &&
      own.at < each.last + echoMs
    for (const each of this.#entries.filter(isLike)) {
      await this.#open.get(each.clientId)?.catch(() => undefined)
    }
    const byNow = this.#entries.find((each) => each.id === own.id)
    if (byNow) return { key: byNow.key, unclear: false }
    const entry = this.#entries.find(isLike)
    if (!entry) return undefined
    const unclear = entry.isDone !== true
    entry.id = own.id
    entry.isDone = true
    this.#unclaimed = 0
    await this.#save()
    this.#claims.get(entry.clientId)?.resolve(own.id)
    return { key: entry.key, unclear }
  }

  async recalling(id: string): Promise<void> {
    this.#recalls = [...this.#recalls.filter((each) => each !== id), id].slice(-mostRecalls)
    await this.#save()
  }

  async notRecalled(id: string): Promise<void> {
    this.#recalls = this.#recalls.filter((each) => each !== id)
    await this.#save()
  }

  isRecalled(ids: readonly string[]): boolean {
    return ids.some((id) => this.#recalls.includes(id))
  }

  /** `absent`: surely never begun. `unknown`: begun, and no answer seen. */
  outcome(clientId: string, since: number): { readonly id: string } | 'absent' | 'unknown' {
    const entry = this.#find(clientId)
    if (entry) return entry.isDone ? { id: entry.id ?? ownId(clientId) } : 'unknown'
    return since >= this.#since ? 'absent' : 'unknown'
  }

  #find(clientId: string): Entry | undefined {
    return this.#entries.find((each) => each.clientId === clientId)
  }

  #trim(): void {
    const over = this.#entries.length - most
    if (over <= 0) return
    this.#since = Math.max(this.#since, (this.#entries[over - 1]?.at ?? 0) + 1)
    this.#entries.splice(0, over)
  }

  #save(): Promise<void> {
    const write = () =>
      writeNote(this.#vault, this.#name, {
        since: this.#since,
        entries: this.#entries,
        recalls: this.#recalls,
      })
    this.#writing = this.#writing.then(write, write)
    return this.#writing
  }
}

/** What a send is called that no puppet has a name for. Nothing can be taken back by it. */
export const ownId = (clientId: string): string => `own~${clientId}`

/** What a text is known by. */
export const likeText = (words: string): string =>
  `text ${createHash('sha256').update(words.trim()).digest('base64url').slice(0, 22)}`
