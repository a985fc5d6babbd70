import { createHash, type Hash, randomUUID } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { mkdir, open, readdir, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import type { MediaId } from '../../src/core/ids.ts'
import type { Kept, MediaStore } from '../../src/ports/media.ts'
import type { Bytes, Opened } from '../../src/ports/outlet.ts'
import {
  filesIn,
  hashOfPath,
  moveDurably,
  openIfThere,
  readIfThere,
  remove,
  sharded,
  sizeOf,
  syncFolder,
  writeDurably,
} from './disk.ts'
import { emptyMedia, toDiskError } from './errors.ts'
import { headBytes, sniff } from './sniff.ts'

/**
 * Media in a folder of its own, for one process at a time. Bytes are stored once per hash, in `bytes/`; `ids/` holds
 * a small pointer per id. Both are named by hashes: nothing from outside becomes a path. Throws a BridgeError
 * (`server`) when the disk fails.
 */
export async function openFiles(dir: string): Promise<MediaStore> {
  const folder = new Folder(dir)
  await orDiskError(() => folder.recover())
  return {
    async put(id, stream, claimed) {
      const temp = folder.temp()
      try {
        const kept = await receive(temp, stream, claimed)
        await orDiskError(() => folder.commit(id, temp, kept))
        return kept
      } finally {
        // A stream that nobody came to read is someone's open connection.
        if (!stream.locked) await stream.cancel().catch(() => {})
        await remove(temp).catch(() => {})
      }
    },
    open: (id) => orDiskError(() => folder.open(id)),
    drop: (ids) => orDiskError(() => folder.drop(ids)),
  }
}

/** Writes a stream to a file, hashing it on its way. The stream is cancelled when the disk fails. */
async function receive(temp: string, stream: Bytes, claimed: string): Promise<Kept> {
  const file = await orDiskError(() => open(temp, 'wx', 0o600))
  try {
    const hash = createHash('sha256')
    const { head, bytes } = await copy(stream, file, hash)
    if (bytes === 0) throw emptyMedia()
    await orDiskError(() => file.sync())
    return { bytes, mime: await sniff(head, claimed), sha256: hash.digest('hex') }
  } finally {
    await file.close()
  }
}

async function copy(stream: Bytes, file: FileHandle, hash: Hash) {
  let bytes = 0
  let head: Uint8Array = new Uint8Array()
  for await (const chunk of stream) {
    if (head.length < headBytes) head = Buffer.concat([head, chunk]).subarray(0, headBytes)
    hash.update(chunk)
    bytes += chunk.byteLength
    await orDiskError(() => file.writeFile(chunk))
  }
  return { head, bytes }
}

/**
 * What is on the disk. As long as something is under way there is a file in `temp/`, so an empty `temp/` at the
 * start means that nothing was cut off, and nothing needs to be searched.
 */
class Folder {
  readonly #bytes: string
  readonly #ids: string
  readonly #temp: string
  /** Changes happen one at a time: or one could remove the bytes that another is about to point to. */
  #tail: Promise<unknown> = Promise.resolve()
  /** How many ids point to a hash; counted when first needed. */
  #counts: Map<string, number> | undefined

  constructor(dir: string) {
    this.#bytes = join(dir, 'bytes')
    this.#ids = join(dir, 'ids')
    this.#temp = join(dir, 'temp')
  }

  temp(): string {
    return join(this.#temp, randomUUID())
  }

  async recover(): Promise<void> {
    for (const folder of [this.#bytes, this.#ids, this.#temp]) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
    }
    const leftovers = await readdir(this.#temp)
    if (leftovers.length === 0) return
    const counts = await this.#count()
    for (const path of await filesIn(this.#bytes)) {
      if (!counts.has(hashOfPath(path))) await unlink(path)
    }
    for (const name of leftovers) await remove(join(this.#temp, name))
  }

  /** First the new pointer beside, then the bytes in place, then the pointer: each durable before the next. */
  commit(id: MediaId, received: string, kept: Kept): Promise<void> {
    return this.#alone(async () => {
      const before = await this.#pointer(id)
      const replaced = before && before.sha256 !== kept.sha256 ? before.sha256 : undefined
      if (replaced) await this.#count()
      const pointer = this.temp()
      await writeDurably(pointer, JSON.stringify({ id, ...kept }))
      await syncFolder(this.#temp)
      const target = this.#bytesPath(kept.sha256)
      if ((await sizeOf(target)) !== kept.bytes) await moveDurably(received, target)
      const mark = replaced && (await this.#mark())
      await moveDurably(pointer, this.#idPath(id))
      if (!before || replaced) {
        this.#counts?.set(kept.sha256, (this.#counts.get(kept.sha256) ?? 0) + 1)
      }
      if (replaced) await this.#forget(replaced)
      await unmark(mark)
    })
  }

  async open(id: MediaId): Promise<Opened | undefined> {
    const kept = await this.#pointer(id)
    if (!kept) return undefined
    const file = await openIfThere(this.#bytesPath(kept.sha256))
    if (!file) return undefined
    const { size } = await file.stat()
    if (size !== kept.bytes) {
      await file.close()
      return undefined
    }
    const stream = Readable.toWeb(file.createReadStream()) as Bytes
    return { stream, mime: kept.mime, bytes: kept.bytes }
  }

  drop(ids: readonly MediaId[]): Promise<void> {
    return this.#alone(async () => {
      for (const id of ids) {
        const kept = await this.#pointer(id)
        if (!kept) continue
        await this.#count()
        const mark = await this.#mark()
        await unlink(this.#idPath(id))
        await syncFolder(dirname(this.#idPath(id)))
        await this.#forget(kept.sha256)
        await unmark(mark)
      }
    })
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#tail.then(work)
    this.#tail = turn.catch(() => {})
    return turn
  }

  async #mark(): Promise<string> {
    const mark = this.temp()
    await writeDurably(mark, '')
    await syncFolder(this.#temp)
    return mark
  }

  /** One id fewer points to these bytes. Nobody else: they go. */
  async #forget(sha256: string): Promise<void> {
    const counts = await this.#count()
    const left = (counts.get(sha256) ?? 0) - 1
    if (left > 0) return void counts.set(sha256, left)
    counts.delete(sha256)
    await remove(this.#bytesPath(sha256))
  }

  async #count(): Promise<Map<string, number>> {
    if (this.#counts) return this.#counts
    const counts = new Map<string, number>()
    for (const path of await filesIn(this.#ids)) {
      const kept = await readPointer(path)
      if (kept) counts.set(kept.sha256, (counts.get(kept.sha256) ?? 0) + 1)
    }
    this.#counts = counts
    return counts
  }

  #pointer(id: MediaId): Promise<Kept | undefined> {
    return readPointer(this.#idPath(id))
  }

  #idPath(id: MediaId): string {
    return sharded(this.#ids, createHash('sha256').update(id).digest('hex'))
  }

  #bytesPath(sha256: string): string {
    return sharded(this.#bytes, sha256)
  }
}

const unmark = async (mark: string | undefined): Promise<void> => {
  if (mark !== undefined) await remove(mark)
}

/** Undefined: there is none, or it is damaged, which is as good as none. */
async function readPointer(path: string): Promise<Kept | undefined> {
  const text = await readIfThere(path)
  try {
    const { bytes, mime, sha256 } = JSON.parse(text ?? '')
    const sound = typeof bytes === 'number' && typeof mime === 'string' && isHash(sha256)
    return sound ? { bytes, mime, sha256 } : undefined
  } catch {
    return undefined
  }
}

const isHash = (value: unknown): boolean =>
  typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)

async function orDiskError<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (thrown) {
    throw toDiskError(thrown)
  }
}
