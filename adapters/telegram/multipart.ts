import { randomBytes } from 'node:crypto'
import type { Upload } from './api.ts'

/** A call with uploads as the body of one request. */
export interface Multipart {
  readonly type: string
  /** To be read once. */
  readonly body: AsyncGenerator<Uint8Array>
  /** Lets go of what was not read. */
  drop(): void
}

/** Who is told how the uploads of a call go on. */
export interface Watching {
  progress(): void
  /** One of them could not be read to its end. */
  failed(error: unknown): void
  /** There is nothing more to send. */
  sent(): void
}

interface File {
  readonly name: string
  readonly upload: Upload
  readonly reader: ReadableStreamDefaultReader<Uint8Array>
}

/**
 * The arguments of a call as `multipart/form-data`. An upload inside of another argument becomes a part of its own, which
 * `attach://` refers to; everything else that is no plain value is JSON.
 */
export function multipartOf(args: object, watching: Watching): Multipart {
  const files: File[] = []
  const add = (upload: Upload, name = `file${files.length}`): string => {
    files.push({ name, upload, reader: upload.stream.getReader() })
    return `attach://${name}`
  }
  const texts: [name: string, value: string][] = []
  for (const [name, value] of Object.entries(args)) {
    if (isUpload(value)) add(value, name)
    else if (value !== undefined && value !== null) texts.push([name, text(attached(value, add))])
  }
  const boundary = randomBytes(24).toString('hex')
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    body: parts(boundary, texts, files, watching),
    drop() {
      for (const { reader } of files) reader.cancel().catch(() => undefined)
    },
  }
}

/** Does it hold a stream, which can be sent but once? */
export const hasUpload = (value: unknown): boolean =>
  isUpload(value) ||
  (typeof value === 'object' && value !== null && Object.values(value).some(hasUpload))

const isUpload = (value: unknown): value is Upload =>
  typeof value === 'object' &&
  value !== null &&
  Reflect.get(value, 'stream') instanceof ReadableStream

function attached(value: unknown, add: (upload: Upload) => string): unknown {
  if (isUpload(value)) return add(value)
  if (Array.isArray(value)) return value.map((each) => attached(each, add))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  return Object.fromEntries(entries.map(([name, each]) => [name, attached(each, add)]))
}

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

async function* parts(
  boundary: string,
  texts: readonly (readonly [string, string])[],
  files: readonly File[],
  { progress, failed, sent }: Watching,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  const head = (name: string, more: string) =>
    encoder.encode(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n`)
  const end = encoder.encode('\r\n')
  for (const [name, value] of texts) {
    yield head(name, '')
    yield encoder.encode(value)
    yield end
  }
  for (const { name, upload, reader } of files) {
    yield head(name, `; filename="${fileName(upload.name)}"\r\nContent-Type: ${mime(upload.mime)}`)
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        failed(error)
        throw error
      })
      if (done) break
      progress()
      yield value
    }
    yield end
  }
  sent()
  yield encoder.encode(`--${boundary}--\r\n`)
}

/** It stands between quotation marks in a header. */
function fileName(name: string): string {
  // Some servers take what is behind a semicolon for another parameter, even there.
  const safe = name.replace(/[\p{Cc}"\\/;]+/gu, '_').trim()
  return safe.slice(-150) || 'file'
}

const mime = (claimed: string): string =>
  /^[\w.+-]+\/[\w.+-]+$/.test(claimed) ? claimed : 'application/octet-stream'
