import type { Handler } from 'hono'
import type { HubId } from '../../src/core/ids.ts'
import { mediaId } from '../../src/core/ids.ts'
import type { Archive } from '../../src/ports/archive.ts'
import type { Bytes, Opened } from '../../src/ports/outlet.ts'
import { part, type Range, rangeOf } from './range.ts'
import { Refusal } from './refusal.ts'
import { isId, type Uploads } from './uploads.ts'

/** The only kinds a browser may show or play; by the sniffed type, whatever was claimed. */
const shown: ReadonlySet<string> = new Set([
  'image/jpeg',
  'image/png',
  'image/gif',
  'image/webp',
  'audio/mpeg',
  'audio/mp4',
  'audio/aac',
  'audio/ogg',
  'audio/wav',
  'video/mp4',
  'video/webm',
  'video/quicktime',
])

/**
 * Kept bytes by media id, streamed, in whole or the range asked for (players seek by ranges, and some play nothing
 * without). Pictures, sounds and videos are shown; anything else is a download that no browser will run, because it
 * came from strangers and would otherwise run as the page itself.
 */
export function mediaRoute(hub: HubId, archive: Archive, uploads: Uploads): Handler {
  return async (c) => {
    const id = c.req.query('id') ?? ''
    const opened = (await archive.media(mediaId(id))) ?? (await ownUpload(id, hub, uploads))
    if (!opened) {
      throw new Refusal(404, 'missing', 'These bytes are not kept here (yet, or any more).')
    }
    const mime = plainMime(opened.mime)
    const isShown = shown.has(mime)
    const headers = {
      'Content-Type': isShown ? mime : 'application/octet-stream',
      'Content-Disposition': isShown ? 'inline' : disposition(c.req.query('name')),
      'Content-Security-Policy': "default-src 'none'; sandbox",
    }
    const { bytes, stream } = opened
    const sized = bytes !== undefined && {
      'Accept-Ranges': 'bytes',
      'Content-Length': String(bytes),
    }
    const whole = { ...headers, ...sized }
    if (c.req.method === 'HEAD') {
      // Nobody reads it to its end, where its file would be closed.
      await stream.cancel()
      return c.body(null, 200, whole)
    }
    if (bytes === undefined) return c.body(stream, 200, whole)
    const range = rangeOf(c.req.header('range'), bytes)
    if (!range) return c.body(stream, 200, whole)
    if (range === 'outside') {
      await stream.cancel()
      return c.body(null, 416, { ...headers, 'Content-Range': `bytes */${bytes}` })
    }
    const { from, to } = range
    return c.body(await partOf(id, stream, range), 206, {
      ...whole,
      'Content-Length': String(to - from + 1),
      'Content-Range': `bytes ${from}-${to}/${bytes}`,
    })
  }

  /** Kept bytes can be read from where they are asked for; an upload is read from its beginning. */
  async function partOf(id: string, whole: Bytes, range: Range): Promise<Bytes> {
    const opened = await archive.media(mediaId(id), range)
    if (!opened) return part(whole, range.from, range.to)
    await whole.cancel()
    return opened.stream
  }
}

const plainMime = (mime: string): string =>
  ({ 'audio/x-m4a': 'audio/mp4', 'audio/x-wav': 'audio/wav', 'audio/vnd.wave': 'audio/wav' })[
    mime
  ] ?? mime

/** A picture just sent from the page, before the bridge has taken it into its own keeping. */
async function ownUpload(id: string, hub: HubId, uploads: Uploads): Promise<Opened | undefined> {
  const name = id.startsWith(`${hub}/`) ? id.slice(hub.length + 1) : ''
  if (!isId(name)) return undefined
  return uploads.open(name).catch(() => undefined)
}

function disposition(name: string | undefined): string {
  if (!name) return 'attachment'
  const encoded = encodeURIComponent(name.toWellFormed().slice(0, 200)).replace(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename*=UTF-8''${encoded}`
}
