import type { Chat } from '../../src/core/chat.ts'
import type { EventId, PortalId, RoomId } from '../../src/core/ids.ts'
import {
  accountId,
  chatId,
  contactId,
  mediaId,
  messageId,
  mintPortalId,
  postKey,
} from '../../src/core/ids.ts'
import type { MediaRef } from '../../src/core/message.ts'
import type { Body, Speaker } from '../../src/core/post.ts'
import type { RoomPost } from '../../src/ports/hub.ts'
import type { Open } from '../../src/ports/outlet.ts'

/** Where a post goes. */
export interface At {
  readonly portal: PortalId
  readonly room: RoomId
}

export const account = accountId('wx:2718281828')
/** All logins of a run are shown in one management room. */
export const managementPortal = mintPortalId(Math.random)
let counter = 0
/** A text that no other test uses. */
export const unique = (text: string) =>
  `${text} ${process.pid.toString(36)}${(counter++).toString(36)}`

export const friend = (name: string): Chat => ({
  id: chatId(`wx:2718281828/${unique('f')}`),
  account,
  kind: 'friend',
  name,
})
export const group = (name: string): Chat => ({ ...friend(name), kind: 'group' })

export function contact(name: string): Extract<Speaker, { type: 'contact' }> {
  const id = contactId(`wx:2718281828/${Buffer.from(name).toString('hex').slice(0, 24)}`)
  return { type: 'contact', contact: id, name }
}

export function textPost(at: At, text: string, speaker: Speaker): RoomPost {
  return post(at, speaker, { kind: 'text', text: [{ text }] })
}

export function picturePost(at: At, speaker: Speaker, bytes: Uint8Array): RoomPost {
  const media: MediaRef = {
    id: mediaId(`contract/${unique('media')}`),
    source: 'contract',
    kind: 'image',
    mime: 'image/png',
    bytes: bytes.length,
    token: 'contract',
  }
  return post(at, speaker, { kind: 'media', media })
}

/** Takes these events back, for everybody. */
export function redactionPost(at: At, redacts: readonly EventId[]): RoomPost {
  const target = messageId(`${account}/${unique('target')}`)
  return { ...post(at, { type: 'bridge' }, { kind: 'redaction', target }), redacts }
}

function post(at: At, speaker: Speaker, body: Body): RoomPost {
  const message = messageId(`${account}/${unique('m')}`)
  return {
    type: 'post',
    key: postKey(message, at.portal, 0),
    portal: at.portal,
    room: at.room,
    message,
    part: 0,
    at: Date.now(),
    speaker,
    // What `fit` says to hubs that lead with names; others do not look at it.
    ...(speaker.type !== 'bridge' && { who: speaker.type === 'me' ? 'Me' : speaker.name }),
    body,
  }
}

export const noMedia: Open = async () => {
  throw new Error('this test has no media')
}

/** Opens the picture of one post, in several chunks, anew each time. */
export function opener(of: RoomPost, bytes: Uint8Array): Open {
  return async (media) => {
    if (of.body.kind !== 'media' || media.id !== of.body.media.id) throw new Error('other media')
    let from = 0
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (from >= bytes.length) return controller.close()
        controller.enqueue(bytes.slice(from, from + 40))
        from += 40
      },
    })
    return { stream, mime: 'image/png', bytes: bytes.length }
  }
}

/** A real PNG of one pixel, followed by bytes that make it unlike any other. */
export function picture(): Uint8Array {
  const png =
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
  return Buffer.concat([Buffer.from(png, 'base64'), Buffer.from(unique('picture'))])
}
