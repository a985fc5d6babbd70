import { type Key, key } from '../../src/core/ids.ts'
import type { Vault } from '../../src/ports/vault.ts'
import { type Echo, fingerprint, type Said } from './echo.ts'
import { readNote, strings, writeNote } from './note.ts'
import { number, type Raw, records, text } from './raw.ts'

/** One send of ours that reached the point of no return. Without `msgId` its outcome is not known (yet). */
interface Entry {
  readonly clientId: string
  /** The job's key. */
  readonly key: Key
  /** When it was first, and last, begun. */
  readonly at: number
  tried: number
  msgId?: string
  /** Only its echo told that it was delivered. */
  echoed?: true
  /** What its echo would be known by; dropped with the answer, which knows better. */
  trace?: Trace
}

interface Trace {
  /** Lasting chat id. */
  readonly chat: string
  readonly kind: string
  readonly print: string
  readonly md5?: string
  readonly bytes?: number
}

/** A send of ours that came back. `wasUnclear`: only this proves that it was delivered. */
export interface Claimed {
  readonly key: Key
  readonly wasUnclear: boolean
}

const maxEntries = 1000
const maxRecalls = 200
/** How far the clocks of the server and of this machine may be apart, in milliseconds. */
const skewMs = 60_000
/** The server says when it took a message: an unclear one not later than this after it was last tried. */
const takenMs = 180_000

/**
 * What this bridge itself sent and recalled, so that its echo is no news, a lost answer can be found again, and a
 * recall knows its `ClientMsgId`. Durable: written before the call that sends. It keeps no words.
 */
export class Sent {
  readonly #vault: Vault
  readonly #name: string
  #entries: Entry[] = []
  #recalls: string[] = []
  /** Complete from this time on: what began later and is not here was never begun. */
  #since: number
  /** Sends under way, by clientId: their end tells more than any likeness. */
  readonly #open = new Map<string, Promise<unknown>>()
  #writing: Promise<void> = Promise.resolve()
  #next: Promise<void> | undefined

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

  /**
   * Remembers a send before it is made. False: an earlier try is remembered, whose end may be unknown. Rejects,
   * remembering nothing new, when that cannot be written: then it must not be made.
   */
  async begin(
    { clientId, key }: { readonly clientId: string; readonly key: Key },
    chat: string,
    said: Said,
    now: number,
  ): Promise<boolean> {
    const earlier = this.#find(clientId)
    if (earlier) {
      earlier.tried = Math.max(earlier.tried, now)
      await this.#save()
      return false
    }
    const { kind, md5, bytes } = said
    const trace = {
      chat,
      kind,
      print: fingerprint(said),
      ...(md5 === undefined ? {} : { md5 }),
      ...(bytes === undefined ? {} : { bytes }),
    }
    this.#entries.push({ clientId, key, at: now, tried: now, trace })
    const over = this.#entries.length - maxEntries
    if (over > 0) {
      this.#since = Math.max(this.#since, (this.#entries[over - 1]?.at ?? 0) + 1)
      this.#entries.splice(0, over)
    }
    try {
      await this.#save()
    } catch (thrown) {
      this.#drop(clientId)
      throw thrown
    }
    return true
  }

  /** It surely was not sent, and never tried before. */
  async undo(clientId: string): Promise<void> {
    this.#drop(clientId)
    await this.#save()
  }

  /** WeChat answered: it is delivered, under this id. */
  async done(clientId: string, msgId: string): Promise<void> {
    const entry = this.#find(clientId)
    if (!entry || (entry.msgId === msgId && !entry.echoed)) return
    entry.msgId = msgId
    delete entry.echoed
    delete entry.trace
    await this.#save()
  }

  /** Before the call: the echo can be faster than the answer (protocol §7.7). Rejects, remembering nothing new. */
  async recalling(msgId: string): Promise<void> {
    if (this.#recalls.includes(msgId)) return
    this.#recalls = [...this.#recalls, msgId].slice(-maxRecalls)
    try {
      await this.#save()
    } catch (thrown) {
      this.#recalls = this.#recalls.filter((each) => each !== msgId)
      throw thrown
    }
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

  /**
   * A send from before it is remembered until its end is known. Meanwhile {@link settled} waits, for an echo may
   * come before the answer that names it; and it is not taken for what somebody else said.
   */
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

  /**
   * A message of one's own came from sync: is it the echo of a send of ours? By its id; or, for a send whose answer
   * was lost, by {@link isLike}: then it was delivered. Each send is found once. What is not surely ours is the
   * phone's: shown twice it does less harm than never.
   */
  async claim(echo: Echo): Promise<Claimed | undefined> {
    const named = this.#entries.find(
      (each) => each.msgId === echo.msgId || (echo.clientId && each.clientId === echo.clientId),
    )
    const entry =
      named ?? this.#entries.find((each) => !this.#open.has(each.clientId) && isLike(each, echo))
    if (!entry) return undefined
    if (entry.msgId !== undefined) {
      // Its echo may come again because what it proved could not be told.
      return { key: entry.key, wasUnclear: entry.echoed === true }
    }
    entry.msgId = echo.msgId
    entry.echoed = true
    delete entry.trace
    await this.#save()
    return { key: entry.key, wasUnclear: true }
  }

  #find(clientId: string): Entry | undefined {
    return this.#entries.find((each) => each.clientId === clientId)
  }

  #drop(clientId: string): void {
    this.#entries = this.#entries.filter((each) => each.clientId !== clientId || each.msgId)
  }

  /** One write after another; those who come while one runs share the next, which holds all they did. */
  #save(): Promise<void> {
    this.#next ??= this.#writing
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined
        return writeNote(this.#vault, this.#name, {
          since: this.#since,
          entries: this.#entries,
          recalls: this.#recalls,
        })
      })
    this.#writing = this.#next
    return this.#next
  }

  #read(raw: Raw): void {
    this.#since = number(raw.since) || this.#since
    this.#recalls = strings(raw.recalls)
    this.#entries = records(raw.entries).map((each) => {
      const [trace] = records([each.trace])
      return {
        clientId: text(each.clientId),
        key: key(text(each.key)),
        at: number(each.at),
        tried: number(each.tried) || number(each.at),
        ...(text(each.msgId) ? { msgId: text(each.msgId) } : {}),
        ...(each.echoed === true ? { echoed: true } : {}),
        ...(trace ? { trace: readTrace(trace) } : {}),
      }
    })
  }
}

function readTrace(raw: Raw): Trace {
  return {
    chat: text(raw.chat),
    kind: text(raw.kind),
    print: text(raw.print),
    ...(text(raw.md5) ? { md5: text(raw.md5) } : {}),
    ...(number(raw.bytes) ? { bytes: number(raw.bytes) } : {}),
  }
}

/**
 * The same thing said, in the same chat, at about that time, and not by a client that calls it otherwise. Words are
 * compared as words; media by the MD5 in its XML, files also by name and size: that both are pictures says nothing.
 */
function isLike({ clientId, at, tried, msgId, trace }: Entry, echo: Echo): boolean {
  if (msgId !== undefined || !trace || trace.kind !== echo.kind) return false
  if (trace.chat !== echo.chat && !echo.wasChat?.(trace.chat)) return false
  if (/^\d{6,}$/.test(echo.clientId) && echo.clientId !== clientId) return false
  if (echo.at <= at - skewMs || echo.at >= tried + takenMs) return false
  if (trace.md5 !== undefined && echo.payload.toLowerCase().includes(trace.md5)) return true
  if (trace.kind === 'text') return trace.print === fingerprint(echo)
  return trace.kind === 'file' && trace.print === fingerprint(echo) && trace.bytes === echo.bytes
}
