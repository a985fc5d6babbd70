import { createHash } from 'node:crypto'
import type { Large } from '../../src/sandbox/large.ts'

const block = 65_536
const filler = createHash('sha512').update('filler').digest()

/** Bytes that are nowhere kept: each block of 64 kB is made when it is read, and no two are alike. */
export class MadeBytes implements Large {
  readonly byteLength: number

  constructor(byteLength: number) {
    this.byteLength = byteLength
  }

  async *read(from = 0, to = this.byteLength): AsyncGenerator<Uint8Array> {
    for (let at = from; at < to; ) {
      const start = at % block
      const made = Buffer.alloc(block, filler)
      made.writeUInt32BE(Math.floor(at / block), 0)
      const piece = made.subarray(start, Math.min(block, start + to - at))
      at += piece.length
      yield piece
    }
  }
}

/** In lower-case hex. */
export async function sha256Of(large: Large): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of large.read(0, large.byteLength)) hash.update(chunk)
  return hash.digest('hex')
}
