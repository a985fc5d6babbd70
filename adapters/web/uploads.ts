import { randomUUID } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { link, mkdir, open, readdir, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { fileTypeFromFile } from 'file-type'
import type { Bytes, Opened } from '../../src/ports/outlet.ts'
import { Refusal } from './refusal.ts'

/** How long an upload stays, in milliseconds: far longer than the outbox tries, and than media is kept. */
const lifetime = 30 * 24 * 3600_000

/** Pictures and files a person sent from the page, each under the id the page minted for its message. */
export class Uploads {
  readonly #folder: string
  readonly #limit: number

  constructor(folder: string, limit: number) {
    this.#folder = folder
    this.#limit = limit
  }

  /** Makes the folder, and removes what was cut off half-way or is very old. */
  async prepare(now: number): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    for (const name of await readdir(this.#folder)) {
      const path = join(this.#folder, name)
      const old = async () => (await stat(path)).mtimeMs < now - lifetime
      if (name.endsWith('.part') || (isId(name) && (await old()))) await unlink(path)
    }
  }

  /**
   * Keeps a stream under a name; durable once resolved. What was kept under the name first stays, because a
   * message that was accepted with it must not change. `told` is the size the sender announced.
   */
  async keep(name: string, stream: Bytes, told?: number): Promise<{ bytes: number; mime: string }> {
    if (told !== undefined && told > this.#limit) throw tooLarge(this.#limit)
    const part = join(this.#folder, `${name}.${randomUUID()}.part`)
    try {
      const bytes = await this.#write(part, stream)
      if (bytes === 0) throw new Refusal(400, 'malformed', 'The file is empty. Nothing was sent.')
      if (told !== undefined && told !== bytes) {
        throw new Refusal(400, 'malformed', 'The upload was cut off. Nothing was sent; try again.')
      }
      await link(part, join(this.#folder, name)).catch((error) => {
        if (error.code !== 'EEXIST') throw error
      })
    } finally {
      await unlink(part).catch(() => {})
    }
    await syncFolder(this.#folder)
    const kept = join(this.#folder, name)
    return { bytes: (await stat(kept)).size, mime: await sniff(kept) }
  }

  /** Throws ENOENT when there is none. */
  async open(name: string): Promise<Opened> {
    const path = join(this.#folder, isId(name) ? name : 'none')
    const { size } = await stat(path)
    const mime = await sniff(path)
    return { stream: Readable.toWeb(createReadStream(path)) as Bytes, mime, bytes: size }
  }

  async #write(path: string, stream: Bytes): Promise<number> {
    const limit = this.#limit
    let bytes = 0
    await pipeline(
      Readable.fromWeb(stream as never),
      async function* count(chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of chunks) {
          bytes += chunk.byteLength
          if (bytes > limit) throw tooLarge(limit)
          yield chunk
        }
      },
      createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }),
    )
    return bytes
  }
}

/** Ids the page mints: also file names, so nothing that means anything to a file system. */
export const isId = (text: string): boolean => /^[A-Za-z0-9_-]{16,64}$/.test(text)

const sniff = async (path: string) =>
  (await fileTypeFromFile(path))?.mime ?? 'application/octet-stream'

async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path)
  await folder.sync().finally(() => folder.close())
}

function tooLarge(limit: number): Refusal {
  const size = (limit / 1024 / 1024).toFixed(limit < 10 * 1024 * 1024 ? 1 : 0)
  return new Refusal(413, 'tooLarge', `This is larger than ${size} MB. Nothing was sent.`)
}
