import type { Handler } from 'hono'
import type { HubId } from '../../src/core/ids.ts'
import { mediaId } from '../../src/core/ids.ts'
import type { Archive } from '../../src/ports/archive.ts'
import type { Opened } from '../../src/ports/outlet.ts'
import { Refusal } from './refusal.ts'
import { isId, type Uploads } from './uploads.ts'

/** The only kinds a browser may show; by the sniffed type, whatever was claimed. */
const pictures: ReadonlySet<string> = new Set([
  'image/jpeg',
  'image/png',
  'image/gif',
  'image/webp',
])

/**
 * Kept bytes by media id, streamed. Pictures are shown; anything else is a download that no browser will run,
 * because it came from strangers and would otherwise run as the page itself.
 */
export function mediaRoute(hub: HubId, archive: Archive, uploads: Uploads): Handler {
  return async (c) => {
    const id = c.req.query('id') ?? ''
    const opened = (await archive.media(mediaId(id))) ?? (await ownUpload(id, hub, uploads))
    if (!opened) {
      throw new Refusal(404, 'missing', 'These bytes are not kept here (yet, or any more).')
    }
    const shown = pictures.has(opened.mime)
    return c.body(opened.stream, 200, {
      'Content-Type': shown ? opened.mime : 'application/octet-stream',
      'Content-Disposition': shown ? 'inline' : disposition(c.req.query('name')),
      'Content-Security-Policy': "default-src 'none'; sandbox",
      ...(opened.bytes !== undefined && { 'Content-Length': String(opened.bytes) }),
    })
  }
}

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
