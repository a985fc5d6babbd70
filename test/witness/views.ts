import type { Room } from 'matrix-js-sdk'
import type { MediaView } from '../../adapters/web/detail.ts'
import type { ChatView, Look, View } from '../../adapters/web/view.ts'
import type { Content, Heard } from './heard.ts'
import { avatarOf, nameOf, peopleIn } from './rooms.ts'

// What a client of Matrix knows of a room, in the words of the local page: it shows what it would show of a chat.

/** Shown in place of what was taken away. */
export const removed = 'Message deleted'

const kinds: Readonly<Record<string, 'image' | 'video' | 'voice' | 'file' | 'sticker'>> = {
  'm.image': 'image',
  'm.video': 'video',
  'm.audio': 'voice',
  'm.file': 'file',
  'm.sticker': 'sticker',
}

export function chatOf(room: Room, user: string, last: View | undefined): ChatView {
  const avatar = avatarOf(room)
  return {
    id: room.roomId,
    kind: peopleIn(room).length > 3 ? 'group' : 'friend',
    name: nameOf(room),
    members: peopleIn(room).filter(({ id }) => id !== user).length,
    open: true,
    ...(avatar && { avatar }),
    ...(last && { last }),
  }
}

/** One view for each message, in the order of the room. */
export function viewsOf(room: Room, heard: readonly Heard[], user: string): readonly View[] {
  const looks = new Map(heard.map((one) => [one.id, lookOf(one, user)]))
  return heard.map((one, at) => {
    const about = one.replyTo === undefined ? undefined : looks.get(one.replyTo)
    return {
      ...lookOf(one, user),
      seq: at + 1,
      chat: room.roomId,
      mentionsMe: one.mentions.user_ids?.includes(user) ?? false,
      recalled: one.redacted,
      ...(about && { about }),
    }
  })
}

function lookOf(one: Heard, user: string): Look {
  const media = one.redacted ? undefined : mediaOf(one)
  const words = media && one.body === one.content.filename ? '' : one.body
  const text = one.redacted ? removed : words + (one.edited ? ' (edited)' : '')
  return {
    id: one.id,
    at: one.at,
    who: {
      type: one.sender === user ? 'me' : 'contact',
      id: one.sender,
      name: one.name,
      ...(one.avatar && { avatar: one.avatar }),
    },
    kind: media?.kind ?? 'text',
    text,
    line: text || one.body,
    ...(media && { media }),
  }
}

function mediaOf({ kind, content, body }: Heard): MediaView | undefined {
  const is = kinds[kind]
  if (!is) return undefined
  const { info = {} } = content
  const name = content.filename ?? body
  return {
    id: String(content.url),
    kind: is,
    name: String(name),
    ...numbers(info, { bytes: 'size', width: 'w', height: 'h', ms: 'duration' }),
  }
}

function numbers(info: NonNullable<Content['info']>, names: Readonly<Record<string, string>>) {
  const pairs = Object.entries(names).map(([to, from]) => [to, info[from]] as const)
  return Object.fromEntries(pairs.filter(([, value]) => typeof value === 'number'))
}
