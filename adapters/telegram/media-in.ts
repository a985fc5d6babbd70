import { type HubId, mediaId } from '../../src/core/ids.ts'
import type { MediaRef } from '../../src/core/message.ts'
import { oneLine } from '../../src/core/one-line.ts'
import type { IngressWords } from './ingress-words.ts'
import { count, type Json, optional, parsed, record, records, text } from './updates-json.ts'

/**
 * What WeChat cannot take as it is, and what it becomes: a still picture, a moving one made of a video sticker, a
 * recording.
 */
export type Conversion = 'png' | 'gif' | 'mp3'

/** What a token of ours says: which file it is, and what to make of it. `still` is a picture that stands for it. */
export interface Token {
  readonly fileId: string
  readonly convert?: Conversion
  readonly still?: string
}

/** What reading media needs to know. */
export interface MediaReading {
  readonly hub: HubId
  readonly words: IngressWords
  /** How large a file may be to be had from Telegram, in bytes. Absent: any size. */
  readonly limit?: number
  /** Can video stickers be made pictures that move? */
  readonly moves: boolean
  /** When it was sent, for what has no name: in milliseconds. */
  readonly at: number
  readonly timezone: string
}

export interface TooLarge {
  readonly bytes: number
  readonly limit: number
}

/** The media of a message; or words in its place; or why it cannot be had (`kind` is a word for people). */
export type MediaIn =
  | { readonly media: MediaRef; readonly text?: string }
  | { readonly text: string }
  | { readonly unsupported: string; readonly tooLarge?: TooLarge }

/** The media in a message, as what they will be for WeChat. Undefined: there are none. Never throws. */
export function mediaIn(body: Json, reading: MediaReading): MediaIn | undefined {
  // An animation is told as a document too, for clients that know none.
  const animation = record(body.animation)
  if (animation) return video(animation, reading)
  const live = record(body.live_photo)
  const sizes = records(body.photo).concat(live ? records(live.photo) : [])
  if (sizes.length > 0) return picture(sizes, reading)
  if (live) return video(live, reading)
  for (const [field, read] of readers) {
    const file = record(body[field])
    if (file) return read(file, reading)
  }
  return undefined
}

/** What a token says. Undefined: it is none of ours. */
export function readToken(token: string): Token | undefined {
  const json = record(parsed(token))
  const fileId = text(json?.fileId)
  if (!json || !fileId) return undefined
  const convert = conversions.find((each) => each === json.convert)
  return { fileId, ...optional('convert', convert), ...optional('still', text(json.still)) }
}

const conversions: readonly Conversion[] = ['png', 'gif', 'mp3']

type Reader = (file: Json, reading: MediaReading) => MediaIn

const readers: readonly (readonly [field: string, read: Reader])[] = [
  ['video', (file, reading) => video(file, reading)],
  [
    'video_note',
    (file, reading) => video({ ...file, width: file.length, height: file.length }, reading),
  ],
  ['voice', voice],
  ['audio', audio],
  ['document', (file, reading) => refer(file, { kind: 'file', ...named(file) }, reading)],
  ['sticker', sticker],
]

function video(file: Json, reading: MediaReading): MediaIn {
  const mime = mimeOf(file, 'video/mp4')
  // Some animations are the pictures they were made of.
  const kind = mime.startsWith('image/') ? 'image' : 'video'
  return refer(file, { kind, mime, ...named(file), ...measures(file) }, reading)
}

function picture(sizes: readonly Json[], reading: MediaReading): MediaIn {
  const area = (size: Json) => (count(size.width) ?? 0) * (count(size.height) ?? 0)
  const largest = sizes.reduce((best, size) => (area(size) > area(best) ? size : best))
  return refer(largest, { kind: 'image', mime: 'image/jpeg', ...measures(largest) }, reading)
}

/**
 * Recordings are ogg/opus, which WeChat plays nowhere. The name has no ending: it gets that of what the bytes turn out
 * to be.
 */
function voice(file: Json, reading: MediaReading): MediaIn {
  const name = `voice-${stamp(reading)}`
  const mime = mimeOf(file, 'audio/ogg')
  if (mime !== 'audio/ogg')
    return refer(file, { kind: 'voice', mime, name, ...measures(file) }, reading)
  const become = { kind: 'voice', mime: 'audio/mpeg', name, ...measures(file) } as const
  return refer(file, become, reading, { convert: 'mp3' })
}

function audio(file: Json, reading: MediaReading): MediaIn {
  const mime = mimeOf(file, 'audio/mpeg')
  const titles = [file.performer, file.title].flatMap((part) => text(part) ?? [])
  const title = plainName(titles.join(' - ').replace(/[/\\]/g, '_')) || `audio-${stamp(reading)}`
  const ending = endings[mime]
  const name = named(file).name ?? (ending ? `${title}.${ending}` : title)
  return refer(file, { kind: 'file', mime, name, ...measures(file) }, reading)
}

function sticker(file: Json, reading: MediaReading): MediaIn {
  const emoji = oneLine(text(file.emoji) ?? '', 8)
  const thumb = record(file.thumbnail)
  const still = text(thumb?.file_id)
  if (file.is_video === true && reading.moves) {
    const become = { kind: 'sticker', mime: 'image/gif' } as const
    return refer(file, become, reading, { convert: 'gif', ...optional('still', still) })
  }
  const moves = file.is_video === true || file.is_animated === true
  const shown = moves ? thumb : file
  const instead = reading.words.sticker(emoji, moves)
  if (!shown || !text(shown.file_id)) return { text: instead }
  const become = { kind: 'sticker', mime: 'image/png', ...measures(shown) } as const
  const found = refer(shown, become, reading, { convert: 'png' })
  return moves && 'media' in found ? { ...found, text: instead } : found
}

type Become = Pick<MediaRef, 'kind'> &
  Partial<Pick<MediaRef, 'mime' | 'name' | 'width' | 'height' | 'ms'>>

function refer(
  file: Json,
  become: Become,
  { hub, limit }: MediaReading,
  how: Omit<Token, 'fileId'> = {},
): MediaIn {
  const fileId = text(file.file_id)
  if (!fileId || fileId.length > longestId) return { unsupported: 'broken attachment' }
  const bytes = count(file.file_size)
  if (bytes !== undefined && limit !== undefined && bytes > limit) {
    return { unsupported: become.kind, tooLarge: { bytes, limit } }
  }
  // The same file has the same unique id whoever sends it: it is fetched, and converted, once.
  const unique = text(file.file_unique_id)
  const token: Token = { fileId, ...how }
  const id = [hub, unique && unique.length <= longestId ? unique : fileId, how.convert]
  return {
    media: {
      id: mediaId(id.filter((part) => part !== undefined).join('/')),
      source: hub,
      ...become,
      mime: become.mime ?? mimeOf(file, 'application/octet-stream'),
      ...(how.convert === undefined && optional('bytes', bytes)),
      token: JSON.stringify(token),
    },
  }
}

const longestId = 512

function mimeOf(file: Json, otherwise: string): string {
  const claimed = text(file.mime_type)?.toLowerCase()
  return claimed && /^[\w.+-]{1,64}\/[\w.+-]{1,64}$/.test(claimed) ? claimed : otherwise
}

function measures(file: Json): Partial<Pick<MediaRef, 'width' | 'height' | 'ms'>> {
  const seconds = count(file.duration)
  return {
    ...optional('width', count(file.width) || undefined),
    ...optional('height', count(file.height) || undefined),
    ...optional('ms', seconds && Number.isSafeInteger(seconds * 1000) ? seconds * 1000 : undefined),
  }
}

const named = (file: Json): { readonly name?: string } =>
  optional('name', plainName(text(file.file_name) ?? '') || undefined)

/** The last part of a path, on one line, short enough for every disk, its ending kept. */
function plainName(name: string): string {
  const last = oneLine(name.split(/[/\\]/).at(-1)?.slice(-1000) ?? '', 1000).replace(/^[\s.]+/, '')
  if (last.length <= longestName) return last
  const ending = /\.[^.\s]{1,20}$/.exec(last)?.[0] ?? ''
  return `${last.slice(0, longestName - ending.length - 1).toWellFormed()}…${ending}`
}

const longestName = 150

/** `20261121-140322`, by the owner's clock. */
function stamp({ at, timezone }: MediaReading): string {
  const known = Math.abs(at) <= 8.64e15 ? at : 0
  const form = { timeZone: timezone, dateStyle: 'short', timeStyle: 'medium' } as const
  const [day = '', time = ''] = new Intl.DateTimeFormat('sv-SE', form).format(known).split(' ')
  return `${day.replaceAll('-', '')}-${time.replaceAll(':', '')}`
}

const endings: Readonly<Record<string, string | undefined>> = Object.assign(Object.create(null), {
  'audio/mpeg': 'mp3',
  'audio/mp3': 'mp3',
  'audio/mp4': 'm4a',
  'audio/x-m4a': 'm4a',
  'audio/m4a': 'm4a',
  'audio/aac': 'aac',
  'audio/ogg': 'ogg',
  'audio/flac': 'flac',
  'audio/x-flac': 'flac',
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
})
