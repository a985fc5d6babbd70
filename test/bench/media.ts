import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { openFiles } from '../../adapters/files/media.ts'
import { mediaId } from '../../src/core/ids.ts'
import type { MediaStore } from '../../src/ports/media.ts'
import type { Bytes } from '../../src/ports/outlet.ts'
import { compare, timed } from './measure.ts'
import { perSecond, type Report, type Row, row } from './report.ts'
import type { Bench } from './stage.ts'

/** What the media store may cost beyond the bare copy: large files by the byte, small ones by the file. */
const dearest = { large: 2, small: 10 }

/**
 * Keeping bytes and opening them again, against the same bytes hashed, written, made durable, moved and read with
 * nothing around it. Both get the same chunks, in the size a network gives.
 */
export const media: Bench = async (stage): Promise<Report> => {
  const folder = await stage.folder('media')
  const store = await openFiles(join(folder, 'store'))
  await mkdir(join(folder, 'raw'))
  const large = stage.quick ? 32 : 256
  const rows: Row[] = []
  for (const [what, chunks, perRound, limit] of [
    [`one file of ${large} MB`, large * 16, 1, dearest.large],
    ['a picture of 256 KB', 4, 40, dearest.small],
  ] as const) {
    stage.say(what)
    const turns = { rounds: stage.quick ? 3 : 7, perRound }
    const peer = () => bare(join(folder, 'raw'), fresh(chunks))
    const ours = () => kept(store, fresh(chunks))
    const found = await compare({ peer, ours }, turns)
    const bytes = (chunks * chunkBytes) / 1e6
    for (const step of ['keep', 'open and read'] as const) {
      rows.push(perSecond(row(`${what}: ${step}`, found.get(step), limit), bytes, 'MB/s'))
    }
  }
  return { about: 'sha256, fsync, page cache warm', peer: 'raw copy', rows }
}

const chunkBytes = 65_536
const pool = randomBytes(chunkBytes * 64)
let files = 0

/** Bytes that were never there before: what is known by its hash is not written twice. */
function* fresh(chunks: number): Generator<Uint8Array> {
  const own = Buffer.from(String(++files).padStart(16))
  for (let i = 0; i < chunks; i++) {
    const from = (i % 64) * chunkBytes
    const chunk = pool.subarray(from, from + chunkBytes)
    yield i === 0 ? Buffer.concat([own, chunk.subarray(own.length)]) : chunk
  }
}

async function kept(store: MediaStore, chunks: Generator<Uint8Array>) {
  const id = mediaId(`wechat/bench/${files}`)
  const stream = ReadableStream.from(chunks) as Bytes
  const keep = await timed(() => store.put(id, stream, 'application/octet-stream'))
  const read = await timed(async () => {
    const opened = await store.open(id)
    if (!opened) throw new Error('It was not kept')
    for await (const _ of opened.stream);
  })
  await store.drop([id])
  return { keep, 'open and read': read }
}

async function bare(folder: string, chunks: Generator<Uint8Array>) {
  const path = join(folder, String(files))
  const keep = await timed(async () => {
    const file = await open(`${path}.part`, 'wx', 0o600)
    const hash = createHash('sha256')
    for (const chunk of chunks) {
      hash.update(chunk)
      await file.write(chunk)
    }
    hash.digest('hex')
    await file.sync()
    await file.close()
    await rename(`${path}.part`, path)
  })
  const read = await timed(async () => {
    for await (const _ of createReadStream(path));
  })
  await unlink(path)
  return { keep, 'open and read': read }
}
