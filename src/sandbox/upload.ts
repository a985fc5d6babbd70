import { createHash, type Hash } from 'node:crypto'
import { byCookies, ticketFits } from './admit.ts'
import { BIG, passOf } from './check-upload.ts'
import { hex } from './dice.ts'
import { type Answer, answer, type Call, record, ret } from './http.ts'
import { LARGE, Spool } from './large.ts'
import type { Session } from './session.ts'
import type { State } from './state.ts'

/** A file on its way up, or up. */
export interface Upload {
  readonly mediaType: string
  readonly total: number
  /** Of the whole file, lower-case hex; empty until it is whole. */
  md5: string
  /** The chunks so far, and their bytes together; `bytes` once whole. */
  parts: Buffer[]
  length: number
  bytes: Buffer
  /** Instead of `bytes`, where those are many. */
  readonly large?: Spool
  readonly hash: Hash
  /** The index of the chunk that is due. */
  next: number
  /** Empty until the last chunk has come and everything fits. */
  mediaId: string
}

/** `webwxuploadmedia`: one chunk; the MediaId comes with the last (protocol §7.3). */
export async function uploadMedia(state: State, call: Call): Promise<Answer> {
  if (call.method === 'OPTIONS') return answer(200, 'text/plain', '')
  const form = await formOf(call)
  if (!form) return refused(1)
  const session = byCookies(state, call)
  if (typeof session === 'number') return refused(session)
  const field = (name: string) => {
    const value = form.get(name)
    return typeof value === 'string' ? value : undefined
  }
  const part = form.get('filename')
  if (!part || typeof part === 'string') return refused(1)
  if (part.size > CHUNK) return badGateway()
  // Wrong tickets are answered with nothing at all.
  if (field('webwx_data_ticket') !== session.dataTicket) return answer(200, 'text/plain', '')
  if (!ticketFits(session, field('pass_ticket') ?? '')) return answer(200, 'text/plain', '')
  const request = requestOf(field('uploadmediarequest'))
  const refusal = request ? refusalOf(session, request, field) : 1200
  if (!request || refusal !== 0) return refused(refusal)
  const bytes = Buffer.from(await part.arrayBuffer())
  const upload = accept(state, session, request, field, bytes)
  if (!upload) return refused(0)
  if (upload === 'wrong') return refused(1)
  const name = encodeURIComponent(part.name).replaceAll('.', '%2E')
  return ret(0, '', {
    MediaId: upload.mediaId,
    StartPos: upload.length,
    CDNThumbImgHeight: upload.mediaId ? 100 : 0,
    CDNThumbImgWidth: upload.mediaId ? 56 : 0,
    EncryFileName: upload.mediaId ? name : '',
  })
}

/** What nginx says to a part that is too big (protocol §7.3). */
export function badGateway(): Answer {
  const page =
    '<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>'
  return answer(502, 'text/html', page)
}

type Field = (name: string) => string | undefined
type UploadRequest = Readonly<Record<string, unknown>>

/** Puts a chunk where it belongs. Undefined: a chunk was lost. `wrong`: the whole is not what was announced. */
function accept(
  state: State,
  session: Session,
  request: UploadRequest,
  field: Field,
  bytes: Buffer,
): Upload | 'wrong' | undefined {
  const chunks = Number(field('chunks') ?? 1)
  const chunk = Number(field('chunk') ?? 0)
  if (!Number.isInteger(chunks) || !Number.isInteger(chunk) || chunk >= chunks) return undefined
  const key = `${session.number} ${String(request.ClientMediaId)}`
  const upload = chunk === 0 ? undefined : state.uploads.get(key)
  const current: Upload = upload ?? {
    mediaType: field('mediatype') ?? '',
    total: Number(request.TotalLen),
    md5: '',
    parts: [],
    length: 0,
    bytes: Buffer.alloc(0),
    hash: createHash('md5'),
    ...(Number(request.TotalLen) >= LARGE ? { large: new Spool() } : {}),
    next: 0,
    mediaId: '',
  }
  // The chunk before may come again when its answer was lost.
  if (chunk === current.next - 1) return current
  if (chunk !== current.next) return undefined
  if (current.large) current.large.append(bytes)
  else current.parts.push(bytes)
  current.hash.update(bytes)
  current.length += bytes.byteLength
  current.next += 1
  state.uploads.set(key, current)
  if (current.length > current.total) return 'wrong'
  if (chunk < chunks - 1) return current
  if (current.length !== current.total) return 'wrong'
  current.bytes = Buffer.concat(current.parts)
  current.parts = []
  const md5 = current.hash.digest('hex')
  current.md5 = md5
  if (request.FileMd5 !== undefined && request.FileMd5 !== md5) return 'wrong'
  current.mediaId = `@crypt_${hex(8, 'media')}_${hex(96, state.uploads.size, key, md5)}`
  state.uploads.set(current.mediaId, current)
  state.knownFiles.set(md5, current)
  return current
}

function refusalOf(session: Session, request: UploadRequest, field: Field): number {
  const base = record(request.BaseRequest)
  if (String(base?.Uin) !== String(session.uin) || base?.Sid !== session.sid) return 1100
  if (base?.Skey !== session.skey) return 1101
  const total = Number(request.TotalLen)
  const fits =
    request.UploadType === 2 &&
    request.MediaType === 4 &&
    request.StartPos === 0 &&
    request.DataLen === request.TotalLen &&
    total > 0 &&
    String(total) === field('size') &&
    request.ClientMediaId !== undefined &&
    request.FromUserName === session.nameOf('me') &&
    session.whoOf(request.ToUserName) !== undefined &&
    ['pic', 'video', 'doc'].includes(field('mediatype') ?? '') &&
    !!field('name') &&
    !!field('type') &&
    isAnnounced(request, total, field('mediatype'))
  return fits ? 0 : 1
}

/** Big files come with what webwxcheckupload gave for them (protocol §7.6). */
function isAnnounced(request: UploadRequest, total: number, mediaType?: string): boolean {
  if (mediaType !== 'doc' || total <= BIG) return true
  const { AESKey, Signature } = passOf(String(request.FileMd5 ?? ''))
  return request.AESKey === AESKey && request.Signature === Signature
}

async function formOf(call: Call): Promise<FormData | undefined> {
  // RFC 2231 names lose the file on the real server (protocol §7.3).
  if (call.body.includes('filename*=')) return undefined
  try {
    const type = call.headers['content-type'] ?? ''
    const body = new Uint8Array(call.body)
    return await new Response(body, { headers: { 'content-type': type } }).formData()
  } catch {
    return undefined
  }
}

function requestOf(text: string | undefined): UploadRequest | undefined {
  try {
    return record(JSON.parse(text ?? ''))
  } catch {
    return undefined
  }
}

function refused(code: number): Answer {
  return ret(code, '', { MediaId: '', StartPos: 0, CDNThumbImgHeight: 0, CDNThumbImgWidth: 0 })
}

/** The longest part there may be, in bytes. */
const CHUNK = 524_288
