import { createHash, randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { openFiles } from '../../adapters/files/media.ts'
import { openSqlite } from '../../adapters/sql/open.ts'
import { createJanitor } from '../../src/bridge/janitor.ts'
import { createMedia } from '../../src/bridge/media.ts'
import type { Parts, Retention } from '../../src/bridge/parts.ts'
import { createSpace } from '../../src/bridge/space.ts'
import { management } from '../../src/core/chat.ts'
import { BridgeError } from '../../src/core/errors.ts'
import { mediaId } from '../../src/core/ids.ts'
import type { MediaRef, Message } from '../../src/core/message.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { MediaStore } from '../../src/ports/media.ts'
import type { Opened } from '../../src/ports/outlet.ts'
import type { Store } from '../../src/ports/store.ts'
import type { Trace } from '../../src/ports/telemetry.ts'
import { friendChat, message as sample } from '../core/samples.ts'
import { memoryLog, memoryVault, tempFolder } from '../support/ports.ts'
import { unpaced } from './harness.ts'

export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour
export const start = 1_700_000_000_000

/** A wall clock that can be set, over steady time that only goes on. Sleeping takes no time. */
export class FakeClock implements Clock {
  #steady = 1_000
  #wall = start
  readonly slept: number[] = []
  now = () => this.#wall
  steady = () => this.#steady
  sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted()
    this.slept.push(ms)
    // Deadlines are not met here.
    if (ms >= 10 * minute) await new Promise((resolve) => signal.addEventListener('abort', resolve))
    await new Promise((resolve) => setImmediate(resolve))
    signal.throwIfAborted()
  }
  /** Time goes on. */
  pass(ms: number): void {
    this.#steady += ms
    this.#wall += ms
  }
  /** The machine's time is set. */
  set(wall: number): void {
    this.#wall = wall
  }
}

export interface JanitorOptions {
  readonly retention?: Partial<Retention>
  readonly maxMediaBytes?: number
  readonly store?: (store: Store) => Store
  readonly trace?: Trace
  /** Where media is kept instead of a new folder. */
  readonly media?: string
  readonly wrap?: (media: MediaStore) => MediaStore
}

/** A janitor and media over real storage, on a clock of the test's. */
export async function janitorWorld(options: JanitorOptions = {}) {
  const folder = await tempFolder()
  const clock = new FakeClock()
  const log = memoryLog()
  const mediaDir = options.media ?? join(folder.path, 'media')
  await mkdir(mediaDir, { recursive: true })
  const database = await openSqlite({
    path: join(folder.path, 'bridge.sqlite'),
    sealKey: randomBytes(32),
    clock,
  })
  await database.store.unit((unit) => unit.saveChats([friendChat]))
  const vault = memoryVault()
  const stopping = new AbortController()
  const source = new Map<string, Uint8Array | BridgeError | (() => Opened)>()
  const asked: string[] = []
  const download = async (media: MediaRef): Promise<Opened> => {
    asked.push(media.id)
    const bytes = source.get(media.id)
    if (bytes instanceof BridgeError) throw bytes
    if (typeof bytes === 'function') return bytes()
    if (!bytes) {
      throw new BridgeError('Gone.', { code: 'gone', heal: 'never', certain: true })
    }
    return { stream: new Blob([bytes]).stream(), mime: media.mime, bytes: bytes.length }
  }

  /** What a process has; another one after a crash. */
  async function process() {
    const files = await openFiles(mediaDir)
    const mediaStore = options.wrap?.(files) ?? files
    const parts: Parts = {
      store: options.store?.(database.store) ?? database.store,
      mediaStore,
      vault,
      clock,
      random: Math.random,
      log,
      trace: options.trace ?? (() => undefined),
      seats: [],
      voice: { language: 'en', timezone: 'UTC' },
      maxMediaBytes: options.maxMediaBytes ?? 1e9,
      pace: unpaced,
      repeats: { chats: 1_000, perMs: 600_000 },
      recall: 'notice',
      retention: { mediaBytes: 1e9, keepUnder: 1_000, ...options.retention },
    }
    const space = createSpace(parts)
    return {
      mediaStore,
      space,
      janitor: createJanitor(parts, space),
      media: createMedia(parts, space, () => download, stopping.signal),
    }
  }
  let running = await process()
  return {
    clock,
    log,
    database,
    mediaDir,
    source,
    asked,
    vault,
    signal: stopping.signal,
    get mediaStore() {
      return running.mediaStore
    },
    get space() {
      return running.space
    },
    get media() {
      return running.media
    },
    get janitor() {
      return running.janitor
    },
    round: () => running.janitor.round(stopping.signal),
    /** The process dies, and another begins on what it left. */
    async crash() {
      running = await process()
    },
    /** A message arrives now. */
    async hear(name: string, change: Partial<Message> = {}): Promise<Message> {
      const said = {
        ...sample(name),
        at: clock.now(),
        ...change,
      }
      await database.store.unit(async (unit) => {
        await unit.accept('wechat', name, 'raw', clock.now())
        await unit.saveMessage(said)
      })
      return said
    },
    /** Bytes come and are kept, as those of a message. */
    async keep(name: string, bytes: Uint8Array = Buffer.from(name)): Promise<MediaRef> {
      const media = picture(name)
      source.set(media.id, bytes)
      await database.store.unit((unit) => unit.wantMedia(media, clock.now()))
      await (await running.media.open(media)).stream.cancel()
      return media
    },
    /** Is it kept, by the store and by the media store? */
    async has(name: string): Promise<readonly [boolean, boolean]> {
      const { id } = picture(name)
      const inStore = await database.store.unit((unit) => unit.keptMedia(id))
      return [inStore !== undefined, (await running.mediaStore.kept(id)) !== undefined]
    },
    async read(media: MediaRef): Promise<string> {
      const { stream } = await running.media.open(media)
      const hash = createHash('sha256')
      for await (const chunk of stream) hash.update(chunk)
      return hash.digest('hex')
    },
    async notices(): Promise<readonly string[]> {
      const entries = await database.archive.messages(management.id, 100)
      return entries.flatMap(({ message: { content } }) =>
        content.kind === 'notice' ? content.notice.type : [],
      )
    },
    async close() {
      stopping.abort(new Error('test over'))
      await database.close()
      await folder.drop()
    },
  }
}

export const picture = (name: string): MediaRef => ({
  id: mediaId(`wechat/${name}`),
  source: 'wechat/wx:2718281828',
  kind: 'file',
  mime: 'application/octet-stream',
  token: '{}',
})

export const sha256 = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex')
