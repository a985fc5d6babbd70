import { type Key, key } from '../../src/core/ids.ts'
import type { Vault } from '../../src/ports/vault.ts'
import { readNote, strings, writeNote } from './note.ts'
import { number, type Raw, records, text } from './raw.ts'
import { foldName } from './text.ts'

/** One send of ours that reached the point of no return. Without `msgId` its outcome is not known (yet). */
interface Entry {
  readonly clientId: string
  /** The job's key. */
  readonly key: Key
  /** Lasting chat id. */
  readonly chat: string
  /** The text, or undefined for a picture. */
  readonly text?: string
  readonly at: number
  msgId?: string
}

/** A message of one's own as sync brought it. */
export interface Echo {
  readonly msgId: string
  readonly clientId: string
  /** Lasting chat id. */
  readonly chat: string
  readonly kind: string
  readonly text: string
  readonly at: number
}

/** A send of ours that came back. `wasUnclear`: only this proves that it was delivered. */
export interface Claimed {
  readonly key: Key
  readonly wasUnclear: boolean
}

const maxEntries = 1000
/** An unclear send is looked for in what sync brings back for this long (milliseconds). */
const echoMs = 600_000

/**
 * What this bridge itself sent and recalled, so that its echo is no news, a lost answer can be found again, and a
 * recall knows its `ClientMsgId`. Durable: written before the call that sends.
 */
export class Sent {
  readonly #vault: Vault
  readonly #name: string
  #entries: Entry[] = []
  #recalls: string[] = []
  /** Complete from this time on: what began later and is not here was never begun. */
  #since: number
  #open = new Set<Promise<unknown>>()
  #writing: Promise<void> = Promise.resolve()

  private constructor(vault: Vault, uin: string, now: number) {
    this.#vault = vault
    this.#name = `sent-${uin}`
    this.#since = now
  }

  static async open(vault: Vault, uin: string, now: number): Promise<Sent> {
    const sent = new Sent(vault, uin, now)
    sent.#read(await readNote(vault, sent.#name))
    return sent
  }

  /** From now on what is not here was surely never begun. */
  async keep(): Promise<void> {
    await this.#save()
  }

  /** Remembers a send before it is made. False: an earlier try is remembered, whose end may be unknown. */
  async begin(
    { clientId, key }: { readonly clientId: string; readonly key: Key },
    chat: string,
    body: string | undefined,
    now: number,
  ): Promise<boolean> {
    if (this.#find(clientId)) return false
    this.#entries.push({
      clientId,
      key,
      chat,
      at: now,
      ...(body === undefined ? {} : { text: body }),
    })
    const over = this.#entries.length - maxEntries
    if (over > 0) {
      this.#since = Math.max(this.#since, (this.#entries[over - 1]?.at ?? 0) + 1)
      this.#entries.splice(0, over)
    }
    await this.#save()
    return true
  }

  /** It surely was not sent, and never tried before. */
  async undo(clientId: string): Promise<void> {
    this.#entries = this.#entries.filter((each) => each.clientId !== clientId || each.msgId)
    await this.#save()
  }

  async done(clientId: string, msgId: string): Promise<void> {
    const entry = this.#find(clientId)
    if (!entry || entry.msgId === msgId) return
    entry.msgId = msgId
    await this.#save()
  }

  /** Before the call: the echo can be faster than the answer (protocol §7.7). */
  async recalling(msgId: string): Promise<void> {
    if (this.#recalls.includes(msgId)) return
    this.#recalls = [...this.#recalls, msgId].slice(-maxEntries)
    await this.#save()
  }

  async notRecalled(msgId: string): Promise<void> {
    this.#recalls = this.#recalls.filter((each) => each !== msgId)
    await this.#save()
  }

  isRecalled(msgId: string): boolean {
    return this.#recalls.includes(msgId)
  }

  isOurs(msgId: string): boolean {
    return this.#entries.some((each) => each.msgId === msgId)
  }

  clientIdOf(msgId: string): string | undefined {
    return this.#entries.find((each) => each.msgId === msgId)?.clientId
  }

  /** `absent`: surely never begun. `unknown`: begun, and no answer seen. */
  outcome(clientId: string, since: number): { msgId: string } | 'absent' | 'unknown' {
    const entry = this.#find(clientId)
    if (entry) return entry.msgId ? { msgId: entry.msgId } : 'unknown'
    return since >= this.#since ? 'absent' : 'unknown'
  }

  /** While this runs, {@link settled} waits: an echo may come before the answer that names it. */
  async during<T>(work: Promise<T>): Promise<T> {
    this.#open.add(work)
    try {
      return await work
    } finally {
      this.#open.delete(work)
    }
  }

  async settled(): Promise<void> {
    await Promise.allSettled([...this.#open])
  }

  /**
   * A message of one's own came from sync: is it the echo of a send of ours? By its id; or, for a send whose
   * answer was lost, by being the same words in the same chat at about that time: then it was delivered.
   */
  async claim(echo: Echo): Promise<Claimed | undefined> {
    const named = this.#entries.find(
      (each) => each.msgId === echo.msgId || (echo.clientId && each.clientId === echo.clientId),
    )
    const entry =
      named ??
      this.#entries.find(
        (each) =>
          each.msgId === undefined &&
          each.chat === echo.chat &&
          (each.text === undefined ? echo.kind === 'image' : sameText(each.text, echo)) &&
          echo.at > each.at - 60_000 &&
          echo.at < each.at + echoMs,
      )
    if (!entry) return undefined
    const wasUnclear = entry.msgId === undefined
    await this.done(entry.clientId, echo.msgId)
    return { key: entry.key, wasUnclear }
  }

  #find(clientId: string): Entry | undefined {
    return this.#entries.find((each) => each.clientId === clientId)
  }

  /** One write after another; a later one holds everything the earlier one did. */
  #save(): Promise<void> {
    this.#writing = this.#writing
      .catch(() => undefined)
      .then(() =>
        writeNote(this.#vault, this.#name, {
          since: this.#since,
          entries: this.#entries,
          recalls: this.#recalls,
        }),
      )
    return this.#writing
  }

  #read(raw: Raw): void {
    this.#since = number(raw.since) || this.#since
    this.#recalls = strings(raw.recalls)
    this.#entries = records(raw.entries).map((each) => ({
      clientId: text(each.clientId),
      key: key(text(each.key)),
      chat: text(each.chat),
      at: number(each.at),
      ...(typeof each.text === 'string' ? { text: each.text } : {}),
      ...(text(each.msgId) ? { msgId: text(each.msgId) } : {}),
    }))
  }
}

function sameText(text: string, echo: Echo): boolean {
  return echo.kind === 'text' && foldName(text).trim() === foldName(echo.text).trim()
}
