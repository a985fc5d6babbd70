import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileNameOf } from '../file-name.ts'
import { type ClientMessage, isMedia, type NoteMessage } from './message.ts'

export interface RecallCacheOptions {
  /** How long a message is kept, in milliseconds. Default 130 000: a recall is possible for two minutes. */
  readonly lifeMs?: number
  /** At most so many. Default 2000. */
  readonly max?: number
  /** Where bytes of media go, at once: when it is recalled, WeChat has them no more (trap 74). Default: not kept. */
  readonly folder?: string
  readonly now?: () => number
}

/** A message that was kept; `file` has its bytes, if it has some. */
export interface Kept {
  readonly message: ClientMessage
  readonly file: string | undefined
}

interface Entry {
  readonly message: ClientMessage
  readonly until: number
  readonly file: Promise<string | undefined>
}

/** Remembers messages of all kinds for a while, so that a recall can be answered with what it took back. */
export class RecallCache {
  readonly #lifeMs: number
  readonly #max: number
  readonly #folder: string | undefined
  readonly #now: () => number
  readonly #kept = new Map<string, Entry>()

  constructor(options: RecallCacheOptions = {}) {
    this.#lifeMs = options.lifeMs ?? 130_000
    this.#max = options.max ?? 2000
    this.#folder = options.folder
    this.#now = options.now ?? Date.now
  }

  get size(): number {
    return this.#kept.size
  }

  /** Keeps it; of media the bytes too, in the background. Drops what is too old. */
  keep(message: ClientMessage): void {
    if (message.msgId === '' || message.kind === 'system' || recallOf(message)) return
    this.sweep()
    const until = this.#now() + this.#lifeMs
    // Bytes that cannot be kept are no reason to end the program.
    const file = this.#save(message).catch(() => undefined)
    this.#kept.set(message.msgId, { message, until, file })
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#max) break
      void this.#drop(oldest)
    }
  }

  /**
   * What a recall took back; undefined: it is none, or it was not kept. By the ids it names, else the latest that
   * fits (protocol §5.7). What is given out belongs to the caller: its file is not removed any more.
   */
  async take(message: ClientMessage): Promise<Kept | undefined> {
    const recall = recallOf(message)
    if (!recall) return undefined
    this.sweep()
    const named = recall.target.aliases.find((each) => this.#kept.has(each))
    const id = named ?? (recall.guess && this.#guess(message, recall.guess))
    const entry = id === undefined ? undefined : this.#kept.get(id)
    if (!id || !entry) return undefined
    this.#kept.delete(id)
    return { message: entry.message, file: await entry.file }
  }

  /** Drops what is too old. */
  sweep(): void {
    const now = this.#now()
    for (const [id, { until }] of this.#kept) if (until <= now) void this.#drop(id)
  }

  /** Drops everything. Resolves when all files are gone. */
  async clear(): Promise<void> {
    await Promise.all([...this.#kept.keys()].map((each) => this.#drop(each)))
  }

  #guess(note: ClientMessage, how: 'mine' | 'sender'): string | undefined {
    const sender = note.sender?.userName
    return [...this.#kept.values()].findLast(
      ({ message }) =>
        message.chat.userName === note.chat.userName &&
        (how === 'mine' ? message.isMine : !message.isMine) &&
        (how === 'mine' || sender === undefined || message.sender?.userName === sender),
    )?.message.msgId
  }

  async #save(message: ClientMessage): Promise<string | undefined> {
    if (!this.#folder || !isMedia(message)) return undefined
    // Shortened anew: with the id in front it may be longer than names can be.
    const name = `${message.msgId.replace(/\W/g, '')}-${message.fileName}`
    const path = join(this.#folder, fileNameOf({ kind: 'file', name }, 'application/octet-stream'))
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const done = await message.download(path)
    return done.ok ? path : undefined
  }

  #drop(id: string): Promise<void> {
    const entry = this.#kept.get(id)
    this.#kept.delete(id)
    const gone = entry?.file.then((file) => (file ? rm(file, { force: true }) : undefined))
    return (gone ?? Promise.resolve()).catch(() => undefined)
  }
}

function recallOf(message: ClientMessage): NoteMessage['recall'] {
  return message.kind === 'note' ? message.recall : undefined
}
