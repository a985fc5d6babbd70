import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'

/** What an upload was allowed for. */
export interface Permit {
  readonly filekey: string
  readonly rawsize: number
  readonly md5: string
  readonly filesize: number
  readonly key: string
}

/** Uploaded and checked. */
export interface Held {
  readonly key: string
  readonly size: number
  readonly md5: string
  /** Decrypted, where it is not too much to keep. */
  readonly bytes: Uint8Array | undefined
}

/** WeChat's file server: bytes by parameters, all encrypted. */
export class Cdn {
  readonly #permits = new Map<string, Permit>()
  readonly #held = new Map<string, Held>()
  readonly #offered = new Map<string, () => Readable>()
  readonly violations: string[]

  constructor(violations: string[]) {
    this.violations = violations
  }

  permit(permit: Permit): string {
    const param = `up+/=${randomBytes(12).toString('base64')}`
    this.#permits.set(param, permit)
    return param
  }

  held(param: string): Held | undefined {
    return this.#held.get(param)
  }

  /** Bytes to be downloaded: already encrypted. */
  offer(sealed: () => Readable): string {
    const param = `down+/&=${randomBytes(12).toString('base64')}`
    this.#offered.set(param, sealed)
    return param
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://cdn')
    const param = url.searchParams.get('encrypted_query_param') ?? ''
    if (request.headers.authorization !== undefined) this.violations.push('a token for the files')
    if (request.method === 'GET' && url.pathname === '/c2c/download') {
      const offered = this.#offered.get(param)
      if (!offered) return void response.writeHead(404).end('{}')
      response.writeHead(200)
      offered().pipe(response)
      return
    }
    const permit = this.#permits.get(param)
    if (request.method !== 'POST' || url.pathname !== '/c2c/upload' || !permit) {
      return void response.writeHead(404).end()
    }
    const wrong = await this.#take(request, url, param, permit)
    if (wrong) {
      this.violations.push(`upload: ${wrong}`)
      return void response.writeHead(400, { 'x-error-message': wrong }).end()
    }
    this.#permits.delete(param)
    response.writeHead(200, { 'x-encrypted-param': param }).end()
  }

  async #take(
    request: IncomingMessage,
    url: URL,
    param: string,
    permit: Permit,
  ): Promise<string | undefined> {
    if (request.headers['content-type'] !== 'application/octet-stream') return 'content-type'
    if (url.searchParams.get('filekey') !== permit.filekey) return 'filekey'
    const decipher = createDecipheriv('aes-128-ecb', Buffer.from(permit.key, 'hex'), null)
    const hash = createHash('md5')
    const kept: Uint8Array[] = []
    let size = 0
    let sealed = 0
    const more = (piece: Uint8Array) => {
      size += piece.length
      hash.update(piece)
      if (size <= mostKept) kept.push(piece)
    }
    for await (const piece of request as AsyncIterable<Uint8Array>) {
      sealed += piece.length
      more(decipher.update(piece))
    }
    try {
      more(decipher.final())
    } catch {
      return 'the key does not fit'
    }
    if (sealed !== permit.filesize) return 'filesize'
    if (size !== permit.rawsize) return 'rawsize'
    const md5 = hash.digest('hex')
    if (md5 !== permit.md5) return 'md5'
    const bytes = size <= mostKept ? Buffer.concat(kept) : undefined
    this.#held.set(param, { key: permit.key, size, md5, bytes })
    return undefined
  }
}

const mostKept = 8 * 1024 * 1024

/** Everything at once, encrypted. */
export function sealedWhole(bytes: Uint8Array, key: Uint8Array): () => Readable {
  const cipher = createCipheriv('aes-128-ecb', key, null)
  const whole = Buffer.concat([cipher.update(bytes), cipher.final()])
  return () => Readable.from([whole])
}

/** So many bytes of a pattern, made and encrypted as they are read. */
export function sealedHuge(size: number, key: Uint8Array): () => Readable {
  return () => {
    const cipher = createCipheriv('aes-128-ecb', key, null)
    return Readable.from(hugePieces(size)).pipe(cipher)
  }
}

/** So many bytes, a piece at a time. */
export function* hugePieces(size: number): Generator<Uint8Array> {
  const piece = Buffer.alloc(64 * 1024, 'abcdefghijklmnop')
  for (let left = size; left > 0; left -= piece.length) {
    yield left >= piece.length ? piece : piece.subarray(0, left)
  }
}
