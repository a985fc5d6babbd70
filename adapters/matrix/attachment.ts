import { type HubId, mediaId } from '../../src/core/ids.ts'
import type { MediaKind, MediaRef } from '../../src/core/message.ts'
import { mostGifBytes } from '../convert/picture.ts'
import { count, type Json, parse, record, text } from './json.ts'
import { mxcParts } from './media.ts'
import { nameText } from './text.ts'

/** What WeChat cannot take as it is, and what it becomes: a picture (PNG, or GIF where it moves), or MP3. */
export type Conversion = 'picture' | 'mp3'

/** The medium of an event; undefined: it names no content on a homeserver. */
export function attachment(kind: MediaKind, content: Json, hub: HubId): MediaRef | undefined {
  const mxc = text(content.url)
  if (!mxc || !mxcParts(mxc)) return undefined
  const info = record(content.info) ?? {}
  const claimed = text(info.mimetype)?.toLowerCase()
  const isMime = claimed !== undefined && /^[\w.+-]{1,64}\/[\w.+-]{1,64}$/.test(claimed)
  const mime = isMime ? claimed : 'application/octet-stream'
  const convert = conversionOf(kind, mime, count(info.size) ?? 0)
  const name = text(content.filename) ?? text(content.body)
  const sound = record(content['org.matrix.msc1767.audio'])
  const optional = (field: string, value: number | undefined) =>
    value === undefined ? {} : { [field]: value }
  return {
    id: mediaId([hub, mxc, ...(convert ? [convert] : [])].join('/')),
    source: hub,
    kind,
    mime: convert ? becomes[convert] : mime,
    ...(name && { name: nameText(convert ? withoutEnding(name) : name, kind) }),
    ...(convert === undefined && optional('bytes', count(info.size))),
    ...optional('width', count(info.w)),
    ...optional('height', count(info.h)),
    ...optional('ms', count(info.duration) ?? count(sound?.duration)),
    token: JSON.stringify({ mxc, ...(convert && { convert, mime }) }),
  }
}

/** What is to be made of a medium whose reference is one of ours. */
export function conversionIn(
  media: MediaRef,
): { readonly convert: Conversion; readonly mime: string } | undefined {
  const token = record(parse(media.token))
  const convert = conversions.find((each) => each === token?.convert)
  return convert && { convert, mime: text(token?.mime) ?? 'application/octet-stream' }
}

/** Which kind of medium an event is; undefined: none. What was recorded to be listened to says so; any other sound is a file. */
export function mediaKindOf(msgtype: string, content: Json): MediaKind | undefined {
  const spoken = voiceFlags.some((flag) => record(content[flag]) !== undefined)
  return msgtype === 'm.audio' && spoken ? 'voice' : mediaKinds[msgtype]
}

/** Since Matrix 1.10 the body is a caption when a different `filename` stands beside it. */
export function hasCaption(content: Json): boolean {
  const name = text(content.filename)
  return name !== undefined && text(content.body) !== undefined && content.body !== name
}

const conversions: readonly Conversion[] = ['picture', 'mp3']

const becomes: { readonly [C in Conversion]: string } = { picture: 'image/png', mp3: 'audio/mpeg' }

/** Recordings are ogg/opus, which WeChat plays nowhere (protocol §7.3); of pictures it takes few kinds. */
function conversionOf(kind: MediaKind, mime: string, bytes: number): Conversion | undefined {
  if (kind === 'voice') return oggs.has(mime) ? 'mp3' : undefined
  // One that is too large to move there is made smaller.
  if (kind === 'sticker')
    return mime === 'image/gif' && bytes <= mostGifBytes ? undefined : 'picture'
  return kind === 'image' && modern.has(mime) ? 'picture' : undefined
}

const oggs = new Set(['audio/ogg', 'audio/opus', 'application/ogg', 'application/octet-stream'])
const modern = new Set(['image/webp', 'image/avif', 'image/apng'])

/** It gets that of what the bytes turn out to be. */
const withoutEnding = (name: string): string =>
  name.replace(/\.(?:ogg|oga|opus|webp|avif|apng|png|jpe?g)$/i, '') || name

const voiceFlags = ['org.matrix.msc3245.voice', 'org.matrix.msc3245.voice.v2', 'm.voice']

const mediaKinds: Readonly<Record<string, MediaKind | undefined>> = Object.assign(
  Object.create(null),
  {
    'm.image': 'image',
    'm.video': 'video',
    'm.audio': 'file',
    'm.file': 'file',
    'm.sticker': 'sticker',
  },
)
