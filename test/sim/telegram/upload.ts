import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Message } from '@grammyjs/types'
import { contentOf, kindOf, type MediaFile, mimes } from './media.ts'
import { ApiError, bad, type Call, type Uploaded } from './method.ts'
import type { State } from './model.ts'
import { attached, file, int, text } from './params.ts'
import type { SimMediaKind } from './sim.ts'
import { pictureOf, stickerOf, voiceOf } from './sniff.ts'

const MB = 2 ** 20

/** The names of the kinds in Telegram's errors. */
const names: Readonly<Record<SimMediaKind, string>> = {
  photo: 'Photo',
  video: 'Video',
  animation: 'Animation',
  voice: 'VoiceNote',
  audio: 'Audio',
  document: 'Document',
  video_note: 'VideoNote',
  sticker: 'Sticker',
}

/**
 * The content of a message with a file that the bot gives: uploaded, by `file_id`, by URL (of this machine), or by path
 * on a local server. `call.params` are those that belong to the file: the call's, or an album member's.
 */
export async function mediaOf(
  state: State,
  call: Call,
  kind: SimMediaKind,
  field: string = kind,
): Promise<Partial<Message>> {
  const given = file(call, field)
  if (given === undefined) throw bad(`there is no ${kind.replaceAll('_', ' ')} in the request`)
  if (typeof given !== 'string') return upload(state, call, kind, given)
  if (/^https?:\/\//i.test(given)) return upload(state, call, kind, await fetched(given, kind))
  if (state.ports.options.filesDir && given.startsWith('file:'))
    return upload(state, call, kind, local(given))
  return known(state, given, kind)
}

function known(state: State, id: string, kind: SimMediaKind): Partial<Message> {
  const content = state.files.shownAs(id)
  const own = content && kindOf(content)
  if (!content || !own) throw bad('wrong file identifier/HTTP URL specified')
  // Files stay of the kind they are; only photos are refused as others, and others as photos.
  if ((own === 'photo') !== (kind === 'photo'))
    throw bad(`can't use file of type ${names[own]} as ${names[kind]}`)
  return content
}

function upload(state: State, call: Call, kind: SimMediaKind, given: Uploaded): Partial<Message> {
  const { bytes, name } = given
  const most = state.ports.options.filesDir ? 2000 * MB : 50 * MB
  if (bytes.length > most) throw new ApiError(413, 'Request Entity Too Large')
  if (bytes.length === 0) throw bad('file must be non-empty')
  const checked = check(kind, given, call)
  const media: MediaFile = {
    bytes,
    name,
    mime: checked.mime,
    sticker: stickerOf(bytes),
    width: int(call, 'width') ?? int(call, 'length'),
    height: int(call, 'height'),
    duration: int(call, 'duration'),
    title: text(call, 'title'),
    performer: text(call, 'performer'),
    emoji: text(call, 'emoji'),
    cover: coverOf(call),
  }
  return contentOf(state.files, checked.kind, media)
}

function coverOf(call: Call): Buffer | undefined {
  const given = file(call, call.files.has('thumb') ? 'thumb' : 'thumbnail')
  if (given === undefined || typeof given === 'string') return undefined
  return given.bytes
}

/** What becomes of the file: Telegram makes a document of what is not what it should be. */
function check(
  kind: SimMediaKind,
  { bytes, mime }: Uploaded,
  call: Call,
): { readonly kind: SimMediaKind; readonly mime?: string } {
  const own = mime && mime !== 'application/octet-stream' ? { mime } : {}
  switch (kind) {
    case 'photo':
      checkPhoto(bytes)
      return { kind }
    case 'voice': {
      const voice = voiceOf(bytes)
      return voice ? { kind, mime: voice } : { kind: 'document', ...own }
    }
    case 'sticker':
      return stickerOf(bytes) ? { kind } : { kind: 'document', ...own }
    case 'document': {
      const isGif = pictureOf(bytes)?.mime === 'image/gif'
      const detects = text(call, 'disable_content_type_detection') !== 'true'
      return isGif && detects ? { kind: 'animation', mime: 'image/gif' } : { kind, ...own }
    }
    default:
      return { kind, ...own }
  }
}

function checkPhoto(bytes: Buffer): void {
  if (bytes.length > 10 * MB) throw bad('file is too big')
  const picture = pictureOf(bytes)
  if (!picture) throw bad('IMAGE_PROCESS_FAILED')
  const { width, height } = picture
  if (width + height > 10_000 || width > 20 * height || height > 20 * width)
    throw bad('PHOTO_INVALID_DIMENSIONS')
}

/** Telegram fetches photos of 5 MB, and other files of 20 MB. */
async function fetched(url: string, kind: SimMediaKind): Promise<Uploaded> {
  if (kind === 'video_note') throw bad('sending video notes by a URL is currently unsupported')
  if (!URL.canParse(url)) throw bad('wrong file identifier/HTTP URL specified')
  const { hostname, pathname } = new URL(url)
  // The simulator never leaves this machine.
  if (hostname !== '127.0.0.1') throw bad('failed to get HTTP URL content')
  const answer = await fetch(url).catch(() => undefined)
  if (!answer?.ok) throw bad('failed to get HTTP URL content')
  const most = kind === 'photo' ? 5 * MB : 20 * MB
  const bytes = await upTo(answer, most)
  const mime = answer.headers.get('content-type')?.split(';')[0] ?? mimes[kind]
  if (kind === 'photo' && !mime.startsWith('image/'))
    throw bad('wrong type of the web page content')
  return { field: kind, name: pathname.split('/').at(-1) ?? '', mime, bytes }
}

async function upTo(answer: Response, most: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of answer.body ?? []) {
    size += chunk.length
    if (size > most) throw bad('failed to get HTTP URL content')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function local(url: string): Uploaded {
  try {
    const path = fileURLToPath(url)
    const name = path.split('/').at(-1) ?? ''
    return { field: '', name, mime: '', bytes: readFileSync(path) }
  } catch {
    throw bad('wrong file identifier/HTTP URL specified')
  }
}

/** Of `media` in an album or an edit: the file it names. */
export const memberCall = (call: Call, member: Readonly<Record<string, unknown>>): Call => {
  const media = attached(call, String(member.media ?? ''))
  const files = new Map(call.files)
  if (typeof media !== 'string') files.set('media', media)
  else files.delete('media')
  return { method: call.method, params: member, files }
}
