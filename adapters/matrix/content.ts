import type { MediaKind, MediaRef } from '../../src/core/message.ts'
import type { RoomPost } from '../../src/ports/hub.ts'
import { fittingContent } from './event-size.ts'
import { formatted } from './html.ts'
import { keyField } from './ingress.ts'
import type { Json } from './json.ts'
import type { Uploaded } from './media.ts'
import { mediaName } from './media-name.ts'
import { nobody, type Pointing, ringing } from './mentions-out.ts'
import type { Picture } from './sizes.ts'
import { bodyText } from './text.ts'
import type { Words } from './words.ts'

/** A medium on the homeserver, with what its bytes told of it. */
export interface Sent extends Uploaded {
  readonly picture?: Picture | undefined
}

/** What a post needs on the homeserver before it goes: its medium, and the still picture of a video. */
export interface Uploads {
  readonly media?: Sent
  readonly poster?: Sent
}

/** What a post refers to. Left out: nothing. */
export interface Relations {
  readonly pointing?: Pointing
  /** The message it answers, in the same room. */
  readonly answers?: string | undefined
  /** The message it takes the place of, in the same room and of the same sender. */
  readonly changes?: string | undefined
}

/** The content of the `m.room.message` a post becomes. */
export function eventContent(
  post: RoomPost,
  uploads: Uploads,
  words: Words,
  { pointing = nobody, answers, changes }: Relations = {},
): Json {
  const said = saidContent(post.body, uploads, words, pointing)
  const mentions = { 'm.mentions': ringing(post, pointing) }
  if (changes !== undefined) {
    return fittingContent({
      ...said,
      // For clients that do not know of changes. It rings nobody a second time.
      body: `* ${String(said.body)}`,
      'm.new_content': { ...said, ...mentions },
      'm.relates_to': { rel_type: 'm.replace', event_id: changes },
      'm.mentions': {},
      [keyField]: post.key,
    })
  }
  return fittingContent({
    ...said,
    ...(answers && { 'm.relates_to': { 'm.in_reply_to': { event_id: answers } } }),
    ...mentions,
    [keyField]: post.key,
  })
}

function saidContent(
  body: RoomPost['body'],
  uploads: Uploads,
  words: Words,
  pointing: Pointing,
): Json {
  if (body.kind === 'media') return mediaContent(body, uploads, words, pointing)
  if (body.kind === 'location') return placeContent(body)
  if (body.kind === 'redaction') throw new Error('a redaction is no message')
  return {
    msgtype: body.kind === 'notice' ? 'm.notice' : 'm.text',
    ...formatted(body.text, pointing),
  }
}

/** Also as MSC3488 has it, which tells a place that was picked from where somebody is. */
function placeContent({
  latitude,
  longitude,
  label,
}: Extract<RoomPost['body'], { kind: 'location' }>): Json {
  const uri = geoUri(latitude, longitude)
  const body = bodyText(label) || uri
  return {
    msgtype: 'm.location',
    body,
    geo_uri: uri,
    'org.matrix.msc3488.location': { uri, description: body },
    'org.matrix.msc3488.asset': { type: 'm.pin' },
    'org.matrix.msc1767.text': body,
  }
}

const geoUri = (latitude: number, longitude: number) =>
  `geo:${latitude.toFixed(6)},${longitude.toFixed(6)}`

function mediaContent(
  body: Extract<RoomPost['body'], { kind: 'media' }>,
  uploads: Uploads,
  words: Words,
  pointing: Pointing,
): Json {
  const { media, poster } = body
  const name = mediaName(media, uploads.media?.mime ?? media.mime, words.media)
  const caption = body.caption && formatted(body.caption, pointing)
  const shown = info(media, uploads.media)
  const still = poster && uploads.poster && info(poster, uploads.poster)
  return {
    msgtype: types[media.kind],
    ...(caption?.body ? caption : { body: name }),
    filename: name,
    url: uploads.media?.mxc,
    info: {
      // A video has the shape of its still picture.
      ...(media.kind === 'video' && still && { w: still.w, h: still.h }),
      ...shown,
      ...(uploads.poster && still && { thumbnail_url: uploads.poster.mxc, thumbnail_info: still }),
    },
    ...(media.kind === 'voice' && voice(media)),
  }
}

/** Clients show a voice message by MSC3245, and take its length (milliseconds) from MSC1767. */
const voice = ({ ms }: MediaRef): Json => ({
  'org.matrix.msc3245.voice': {},
  'm.voice': {},
  'org.matrix.msc1767.audio': { ...(isLength(ms) && { duration: Math.trunc(ms) }) },
})

/**
 * Stickers are pictures here, named as stickers. No rule that rings by default, and none that counts what is unread, knows
 * `m.sticker`: one that came alone would come unseen. Nor could it be changed or have a caption.
 */
const types: { readonly [K in MediaKind]: string } = {
  image: 'm.image',
  sticker: 'm.image',
  voice: 'm.audio',
  video: 'm.video',
  file: 'm.file',
}

function info(media: MediaRef, sent: Sent | undefined): Json {
  const { picture } = sent ?? {}
  // Clients that are told a picture without a size show nothing of it.
  const shape = [media, picture].find((each) => isSize(each?.width) && isSize(each?.height))
  return {
    mimetype: sent?.mime ?? media.mime,
    ...(sent && { size: sent.bytes }),
    ...(shape && { w: whole(shape.width), h: whole(shape.height) }),
    ...(isLength(media.ms) && { duration: Math.trunc(media.ms) }),
    ...(picture?.animated && { 'org.matrix.msc4230.is_animated': true }),
  }
}

/** Matrix takes whole numbers only, and those a double can hold. */
const isLength = (value: number | undefined): value is number =>
  value !== undefined && value >= 0 && value <= Number.MAX_SAFE_INTEGER
const isSize = (value: number | undefined) => isLength(value) && value >= 1
const whole = (value: number | undefined) => Math.trunc(value ?? 0)
