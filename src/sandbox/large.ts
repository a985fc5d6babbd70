import { randomUUID } from 'node:crypto'
import { closeSync, createReadStream, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Bytes that are too many for memory: made, or read, as they are asked for. */
export interface Large {
  readonly byteLength: number
  /** From the byte `from` up to but not including `to`. */
  read(from: number, to: number): AsyncIterable<Uint8Array>
}

/** Files from this size on, in bytes, are kept on the disk. */
export const LARGE = 33_554_432

/** A file that grows while it comes up. */
export class Spool implements Large {
  readonly #path = join(tmpdir(), `wechat-sandbox-${randomUUID()}`)
  readonly #file = openSync(this.#path, 'wx', 0o600)
  byteLength = 0
  #dropped = false

  append(bytes: Uint8Array): void {
    writeSync(this.#file, bytes)
    this.byteLength += bytes.byteLength
  }

  read(from: number, to: number): AsyncIterable<Uint8Array> {
    return createReadStream(this.#path, { start: from, end: to - 1 })
  }

  drop(): void {
    if (this.#dropped) return
    this.#dropped = true
    closeSync(this.#file)
    rmSync(this.#path, { force: true })
  }
}
