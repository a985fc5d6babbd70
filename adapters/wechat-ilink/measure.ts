import { createHash } from 'node:crypto'
import { BridgeError } from '../../src/core/errors.ts'
import type { MediaRef } from '../../src/core/message.ts'
import { size } from '../../src/core/words.ts'
import type { Open } from '../../src/ports/outlet.ts'
import { headBytes, plainMime, sniff } from './mime.ts'

/** What a first pass over the bytes tells. `md5` is lower-case hex; `mime` is what the bytes show, else was claimed. */
export interface Measured {
  readonly bytes: number
  readonly md5: string
  readonly mime: string
}

/** Reads media once, keeping nothing of it. Throws a BridgeError for what is empty, or longer than `limit` bytes. */
export async function measure(
  open: Open,
  media: MediaRef,
  limit: number,
  signal: AbortSignal,
): Promise<Measured> {
  const opened = await open(media)
  const hash = createHash('md5')
  const head: Uint8Array[] = []
  let bytes = 0
  for await (const piece of opened.stream) {
    signal.throwIfAborted()
    if (bytes < headBytes) head.push(piece.slice(0, headBytes))
    bytes += piece.length
    if (bytes > limit) throw tooLarge(media, limit)
    hash.update(piece)
  }
  if (bytes === 0) throw unsendable(`The ${noun(media)} was not sent: it is empty.`)
  const seen = await sniff(Buffer.concat(head))
  return { bytes, md5: hash.digest('hex'), mime: seen ?? plainMime(opened.mime || media.mime) }
}

export function tooLarge(media: MediaRef, limit: number): BridgeError {
  return new BridgeError(
    `The ${noun(media)} was not sent: it is larger than the ${size(limit)} that can be sent.`,
    { code: 'tooLarge', heal: 'never', certain: true },
  )
}

export function unsendable(sentence: string): BridgeError {
  return new BridgeError(sentence, { code: 'format', heal: 'never', certain: true })
}

/** What to call it in a sentence. */
export function noun({ kind }: Pick<MediaRef, 'kind'>): string {
  if (kind === 'image') return 'picture'
  return kind === 'voice' ? 'voice message' : kind
}
