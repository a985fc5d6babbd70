import type { MediaKind, MediaRef } from '../../src/core/message.ts'
import type { RoomPost } from '../../src/ports/hub.ts'
import { formatted } from './html.ts'
import { keyField } from './ingress.ts'
import type { Json } from './json.ts'
import type { Uploaded } from './media.ts'
import { fileName } from './text.ts'
import type { Words } from './words.ts'

/** The content of the `m.room.message` a post becomes. A medium has been uploaded before. */
export function eventContent(post: RoomPost, uploaded: Uploaded | undefined, words: Words): Json {
  const { body } = post
  const said =
    body.kind === 'media'
      ? mediaContent(body, uploaded, words)
      : { msgtype: body.kind === 'notice' ? 'm.notice' : 'm.text', ...formatted(body.text) }
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

function mediaContent(
  body: Extract<RoomPost['body'], { kind: 'media' }>,
  uploaded: Uploaded | undefined,
  words: Words,
): Json {
  const { media } = body
  const name = fileName(media.name, words.media[media.kind])
  const caption = body.caption && formatted(body.caption)
  return {
    msgtype: types[media.kind],
    ...(caption?.body ? caption : { body: name }),
    filename: name,
    url: uploaded?.mxc,
    info: info(media, uploaded),
    ...(media.kind === 'voice' && { 'org.matrix.msc3245.voice': {} }),
  }
}

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
