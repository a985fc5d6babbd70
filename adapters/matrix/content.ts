import type { MediaKind, MediaRef } from '../../src/core/message.ts'
import type { RoomPost } from '../../src/ports/hub.ts'
import { formatted } from './html.ts'
import { keyField } from './ingress.ts'
import type { Json } from './json.ts'
import type { Uploaded } from './media.ts'
import { bodyText, fileName } from './text.ts'
import type { Words } from './words.ts'

/** What a post needs on the homeserver before it goes: its medium, and the still picture of a video. */
export interface Uploads {
  readonly media?: Uploaded
  readonly poster?: Uploaded
}

/** The content of the `m.room.message` a post becomes. */
export function eventContent(post: RoomPost, uploads: Uploads, words: Words): Json {
  const { body } = post
  const said = saidContent(body, uploads, words)
  return {
    ...said,
    ...(post.replyToEvent && {
      'm.relates_to': { 'm.in_reply_to': { event_id: post.replyToEvent } },
    }),
    // Nobody is mentioned: without this, a WeChat text that reads "@room" would ring like one.
    'm.mentions': {},
    [keyField]: post.key,
  }
}

function saidContent(body: RoomPost['body'], uploads: Uploads, words: Words): Json {
  if (body.kind === 'media') return mediaContent(body, uploads, words)
  if (body.kind === 'location') {
    const { latitude, longitude, label } = body
    return {
      msgtype: 'm.location',
      body: bodyText(label),
      geo_uri: geoUri(latitude, longitude),
    }
  }
  if (body.kind === 'redaction') throw new Error('a redaction is no message')
  return { msgtype: body.kind === 'notice' ? 'm.notice' : 'm.text', ...formatted(body.text) }
}

const geoUri = (latitude: number, longitude: number) =>
  `geo:${latitude.toFixed(6)},${longitude.toFixed(6)}`

function mediaContent(
  body: Extract<RoomPost['body'], { kind: 'media' }>,
  uploads: Uploads,
  words: Words,
): Json {
  const { media, poster } = body
  const name = fileName(media.name, words.media[media.kind])
  const caption = body.caption && formatted(body.caption)
  return {
    msgtype: types[media.kind],
    ...(caption?.body ? caption : { body: name }),
    filename: name,
    url: uploads.media?.mxc,
    info: { ...info(media, uploads.media), ...thumbnail(poster, uploads.poster) },
    ...(media.kind === 'voice' && voice(media)),
  }
}

/** Clients show a voice message by MSC3245, and take its length (milliseconds) from MSC1767. */
const voice = ({ ms }: MediaRef): Json => ({
  'org.matrix.msc3245.voice': {},
  'm.voice': {},
  'org.matrix.msc1767.audio': { ...(ms !== undefined && { duration: Math.trunc(ms) }) },
})

const thumbnail = (poster: MediaRef | undefined, uploaded: Uploaded | undefined): Json =>
  poster && uploaded ? { thumbnail_url: uploaded.mxc, thumbnail_info: info(poster, uploaded) } : {}

/** Stickers are pictures here: `m.sticker` events cannot be answered or captioned in most clients. */
const types: { readonly [K in MediaKind]: string } = {
  image: 'm.image',
  sticker: 'm.image',
  voice: 'm.audio',
  video: 'm.video',
  file: 'm.file',
}

function info(media: MediaRef, uploaded: Uploaded | undefined): Json {
  return {
    mimetype: uploaded?.mime ?? media.mime,
    ...(uploaded && { size: uploaded.bytes }),
    ...(media.width !== undefined && { w: Math.trunc(media.width) }),
    ...(media.height !== undefined && { h: Math.trunc(media.height) }),
    ...(media.ms !== undefined && { duration: Math.trunc(media.ms) }),
  }
}
