import { BridgeError } from '../../src/core/errors.ts'
import { weChatLane } from '../../src/core/ids.ts'
import type { MediaRef } from '../../src/core/message.ts'
import type { Opened } from '../../src/ports/outlet.ts'
import { elsewhere, gone, offline, Trouble, toBridgeError } from './fault.ts'
import type { Live } from './live.ts'
import { limited, sniffed } from './mime.ts'
import { record, text } from './raw.ts'

const openMs = 120_000

/** Opens what a message carried, or the picture of somebody. */
export async function download(
  live: Live | undefined,
  media: MediaRef,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Opened> {
  if (!live) throw offline('file', true)
  if (media.source !== weChatLane(live.naming.account)) {
    // That account may come back.
    throw elsewhere('file', 'fetched')
  }
  const { what, id } = readToken(media.token)
  const isAvatar = what === 'avatar' || what === 'roomAvatar'
  const op = isAvatar ? 'avatar' : 'download'
  const isOther = what === 'image' || what === 'roomAvatar'
  try {
    const { told, stream } = await live.host.open(op, [id, isOther], { signal, ms: openMs })
    const mime = media.mime || text(record(told).mime)
    const found = await sniffed(stopping(stream, signal), mime)
    if (!found) throw gone('The file is empty: WeChat does not keep it any more.')
    return { stream: limited(found.stream, maxBytes, tooLarge), mime: found.mime }
  } catch (thrown) {
    signal.throwIfAborted()
    if (thrown instanceof Trouble && thrown.fault.kind === 'puppet') {
      const said = thrown.fault.message === '' ? {} : { said: thrown.fault.message }
      // What the host itself refuses it always refuses; a gateway may give it later.
      const kind =
        thrown.fault.sent === 'no'
          ? ({ code: 'gone', heal: 'never' } as const)
          : ({ code: 'server', heal: 'retry' } as const)
      const failure = { ...kind, certain: true, ...said } as const
      throw new BridgeError('The gateway does not give the file.', failure, { cause: thrown })
    }
    throw toBridgeError(thrown, 'file', { done: 'fetched', harmless: true })
  }
}

function readToken(token: string): { readonly what: string; readonly id: string } {
  try {
    const raw = record(JSON.parse(token))
    return { what: text(raw.what), id: text(raw.id) }
  } catch {
    throw gone('The file cannot be named any more.')
  }
}

function tooLarge(): BridgeError {
  const failure = { code: 'tooLarge', heal: 'never', certain: true } as const
  return new BridgeError('The file is larger than is taken from a gateway.', failure)
}

function stopping(stream: ReadableStream<Uint8Array>, signal: AbortSignal) {
  return stream.pipeThrough(new TransformStream<Uint8Array, Uint8Array>(), { signal })
}
