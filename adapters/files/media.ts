import { createHash, type Hash, randomUUID } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { mkdir, open, readdir, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type MediaId, mediaId } from '../../src/core/ids.ts'
import type { ByteRange, Kept, MediaStore } from '../../src/ports/media.ts'
import type { Bytes, Opened } from '../../src/ports/outlet.ts'
import {
  filesIn,
  filesOf,
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
import { wentBy } from './garbage.ts'
import { streamOf } from './reading.ts'
import { headBytes, sniff } from './sniff.ts'
import { shards, Users } from './users.ts'

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
    open: (id, range) => orDiskError(() => folder.open(id, range)),
    kept: (id) => orDiskError(() => folder.whole(id)),
    drop: (ids) => orDiskError(() => folder.drop(ids)),
    parts: shards,
    look: (part) => orDiskError(() => folder.look(part)),
    size: () => folder.size(),
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
    wentBy(chunk.byteLength)
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
  readonly #users = new Users()

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
    await this.#lookThrough()
    for (const path of await filesIn(this.#bytes)) {
      if (!this.#users.has(hashOfPath(path))) await unlink(path)
    }
    for (const name of leftovers) await remove(join(this.#temp, name))
  }

  /** First the new pointer beside, then the bytes in place, then the pointer: each durable before the next. */
  async commit(id: MediaId, received: string, kept: Kept): Promise<void> {
    const known = await this.kept(id)
    // Other bytes go, perhaps: only who knows everything can tell.
    if (known && known.sha256 !== kept.sha256) await this.#lookThrough()
    return this.#alone(async () => {
      const path = this.#idPath(id)
      const before = await this.kept(id)
      const replaced = before && before.sha256 !== kept.sha256 ? before : undefined
      const pointer = this.temp()
      await writeDurably(pointer, JSON.stringify({ id, ...kept }))
      await syncFolder(this.#temp)
      const target = this.#bytesPath(kept.sha256)
      if ((await sizeOf(target)) !== kept.bytes) await moveDurably(received, target)
      const mark = replaced && (await this.#mark())
      const add = () => {
        if (!before || replaced) this.#users.add(hashOfPath(path), kept)
      }
      await moveDurably(pointer, path).catch(async (error: unknown) => {
        // Where only its folder could not be synced, it points to the bytes all the same.
        if ((await readPointer(path))?.sha256 === kept.sha256) add()
        throw error
      })
      add()
      if (replaced) await this.#forget(replaced)
      await unmark(mark)
    })
  }

  async open(id: MediaId, range: ByteRange | undefined): Promise<Opened | undefined> {
    const kept = await this.kept(id)
    if (!kept) return undefined
    const file = await openIfThere(this.#bytesPath(kept.sha256))
    if (!file) return undefined
    const { size } = await file.stat()
    if (size !== kept.bytes) {
      await file.close()
      return undefined
    }
    return { stream: streamOf(file, range, size), mime: kept.mime, bytes: kept.bytes }
  }

  async drop(ids: readonly MediaId[]): Promise<void> {
    await this.#lookThrough()
    for (const id of ids) {
      // One by one: what is to be kept meanwhile gets its turn.
      await this.#alone(async () => {
        const path = this.#idPath(id)
        const kept = await readPointer(path)
        if (!kept) return
        const mark = await this.#mark()
        await unlink(path)
        await syncFolder(dirname(path))
        await this.#forget(kept)
        await unmark(mark)
      })
    }
  }

  async kept(id: MediaId): Promise<Kept | undefined> {
    const pointer = await readPointer(this.#idPath(id))
    return pointer && { bytes: pointer.bytes, mime: pointer.mime, sha256: pointer.sha256 }
  }

  /** Like `kept`, where the bytes are there as well: a disk may have lost them. */
  async whole(id: MediaId): Promise<Kept | undefined> {
    const kept = await this.kept(id)
    return kept && (await sizeOf(this.#bytesPath(kept.sha256))) === kept.bytes ? kept : undefined
  }

  /** The ids of one folder of pointers. The first time they are counted as well. */
  look(shard: number): Promise<readonly MediaId[]> {
    return this.#alone(async () => {
      const ids: MediaId[] = []
      const found: Kept[] = []
      for (const path of await filesOf(this.#ids, shard)) {
        const pointer = await readPointer(path)
        if (pointer) found.push(pointer)
        if (pointer?.id !== undefined) ids.push(mediaId(pointer.id))
      }
      this.#users.count(shard, found)
      return ids
    })
  }

  size(): number | undefined {
    return this.#users.size()
  }

  /** In many small steps: a folder that has grown for years must not hold up what is to be kept now. */
  async #lookThrough(): Promise<void> {
    for (const shard of this.#users.uncounted()) await this.look(shard)
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
  async #forget(kept: Kept): Promise<void> {
    if (this.#users.remove(kept)) await remove(this.#bytesPath(kept.sha256))
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
async function readPointer(
  path: string,
): Promise<(Kept & { readonly id: string | undefined }) | undefined> {
  const text = await readIfThere(path)
  try {
    const { id, bytes, mime, sha256 } = JSON.parse(text ?? '')
    const sound = typeof bytes === 'number' && typeof mime === 'string' && isHash(sha256)
    return sound ? { id: typeof id === 'string' ? id : undefined, bytes, mime, sha256 } : undefined
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
