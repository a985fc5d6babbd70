import { fileTypeFromBuffer } from 'file-type'
import type { Bytes } from '../../src/ports/outlet.ts'

const unknown = 'application/octet-stream'
const headBytes = 4_100

/** A stream with the mime its beginning shows, else `claimed`. Undefined: it is empty. */
export async function sniffed(
  stream: Bytes,
  claimed: string,
): Promise<{ readonly stream: Bytes; readonly mime: string } | undefined> {
  const reader = stream.getReader()
  const head: Uint8Array[] = []
  let bytes = 0
  let isDone = false
  while (bytes < headBytes && !isDone) {
    const { done, value } = await reader.read()
    isDone = done
    if (value) {
      head.push(value)
      bytes += value.length
    }
  }
  if (bytes === 0) return undefined
  const seen = await fileTypeFromBuffer(Buffer.concat(head)).catch(() => undefined)
  const whole = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const first = head.shift()
        if (first) return controller.enqueue(first)
        const { done, value } = await reader.read()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
  const told = /^[\w.+-]{1,64}\/[\w.+-]{1,64}$/.test(claimed) ? claimed : unknown
  return { stream: whole, mime: seen?.mime ?? silk(head) ?? told }
}

function silk([first]: readonly Uint8Array[]): string | undefined {
  const start = Buffer.from(first?.subarray(0, 10) ?? []).toString('latin1')
  return start.includes('#!SILK') ? 'audio/silk' : undefined
}

/** The same bytes, and an error as soon as there are more than that. */
export function limited(stream: Bytes, maxBytes: number, tooMany: () => Error): Bytes {
  let bytes = 0
  return stream.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.length
        if (bytes > maxBytes) controller.error(tooMany())
        else controller.enqueue(chunk)
      },
    }),
  )
}

/** A name with an extension that says what the bytes are: puppets go by nothing else. */
export function fileName(name: string | undefined, mime: string, kind: string): string {
  const last = (name ?? '').split(/[/\\]/).at(-1) ?? ''
  const clean = last.replace(/[\p{Cc}<>:"|?*\u202a-\u202e]/gu, '_').replace(/^\.+/, '')
  const extension = extensions[mime] ?? 'bin'
  if (clean === '') return `${kind}.${extension}`
  return /\.[A-Za-z0-9]{1,8}$/.test(clean)
    ? clean.slice(-200)
    : `${clean.slice(0, 190)}.${extension}`
}

const extensions: Readonly<Record<string, string | undefined>> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'image/bmp': 'bmp',
  'video/mp4': 'mp4',
  'video/quicktime': 'mov',
  'audio/mpeg': 'mp3',
  'audio/mp4': 'm4a',
  'audio/ogg': 'ogg',
  'audio/wav': 'wav',
  'audio/silk': 'sil',
  'application/pdf': 'pdf',
  'application/zip': 'zip',
  'text/plain': 'txt',
}
