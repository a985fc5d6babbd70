import { createHash } from 'node:crypto'
import type { Contact, Sender } from '../../src/core/chat.ts'
import { mediaId, weChatLane, weChatMessageId } from '../../src/core/ids.ts'
import { nameEnd } from '../../src/core/mentions.ts'
import type { MediaKind, MediaRef, Mention, Message } from '../../src/core/message.ts'
import { contentOf } from './content.ts'
import type { Naming } from './ids.ts'
import { kinds, type Participant, type Said } from './payloads.ts'
import { cleanName } from './raw.ts'

/** What a message is read with; all of it was asked for before. */
export interface Surroundings {
  readonly naming: Naming
  readonly self: string
  readonly now: number
  readonly detail: unknown
  readonly contact: (id: string) => Contact
  /** Those in the group who are needed: the one who speaks, and whom it names. */
  readonly participants: ReadonlyMap<string, Participant>
}

/** The conversation a message is in, by the puppet's id. '': it does not say. */
export function conversationOf(said: Said, self: string): string {
  if (said.room !== '') return said.room
  return said.from === self ? said.to || '' : said.from || said.to
}

/** What WeChat tells its own clients and people never see: a chat was opened or read on the phone (protocol §4.6). */
export function isNoise(said: Said): boolean {
  return (
    said.type === kinds.unknown &&
    /^\s*(?:<|&lt;)msg(?:>|&gt;)\s*(?:<br\/>)?\s*(?:<|&lt;)op id=/.test(said.text)
  )
}

/** A message as the bridge knows it. */
export function messageOf(said: Said, around: Surroundings): Message {
  const { naming, self } = around
  const isMine = said.from === self
  const content = contentOf(said, {
    detail: around.detail,
    media: (kind) => mediaRef(said, kind, naming),
    contact: naming.contact,
    isMine,
  })
  // A recall may carry the id of what it recalls: it must not be taken for a repetition of that.
  const alias = content.kind === 'recall' ? `recall~${said.id}` : said.id
  const mentions = said.room === '' ? [] : mentionsOf(said, around)
  return {
    id: weChatMessageId(naming.account, alias),
    aliases: content.kind === 'recall' ? [] : [said.id],
    account: naming.account,
    chat: naming.chat(conversationOf(said, self)),
    sender: senderOf(said, around),
    at: said.at || around.now,
    mentionsMe: !isMine && (said.mentions.includes(self) || mentions.some(isAll)),
    ...(mentions.length > 0 && { mentions }),
    content,
  }
}

const isAll = ({ who }: Mention) => who.type === 'all'

function senderOf(said: Said, around: Surroundings): Sender {
  if (said.from === around.self) return { type: 'myself' }
  if (said.from === '' || said.from === said.room) return { type: 'system' }
  const contact = around.contact(said.from)
  if (said.room === '') return { type: 'contact', contact }
  const nick = cleanName(around.participants.get(said.from)?.nick ?? '')
  return { type: 'group', contact, nick: nick === contact.name ? '' : nick }
}

/** Whom the puppet says it names, where the words name them too. */
function mentionsOf({ text, mentions }: Said, around: Surroundings): readonly Mention[] {
  const found: Mention[] = []
  for (const id of mentions) {
    const one = around.participants.get(id)
    const names = [one?.nick, one?.name, around.contact(id).name].map((each) =>
      cleanName(each ?? ''),
    )
    const name = names.find((each) => each !== '' && text.includes(`@${each}`))
    if (name === undefined || found.some((each) => each.name === name)) continue
    const isMe = id === around.self
    const who = isMe
      ? ({ type: 'me' } as const)
      : ({ type: 'contact', contact: around.naming.contact(id) } as const)
    found.push({ name, who })
  }
  const all = everybody.find((each) => text.includes(`@${each}${nameEnd}`))
  if (all !== undefined) found.push({ name: all, who: { type: 'all' } })
  return found
}

const everybody = ['所有人', 'All']

const mimes: Readonly<Record<MediaKind, string>> = {
  image: 'image/jpeg',
  voice: 'audio/silk',
  video: 'video/mp4',
  file: 'application/octet-stream',
  sticker: 'image/gif',
}

/** The token says what to ask the puppet for: a picture, another file, or whose avatar. */
function mediaRef(said: Said, kind: MediaKind, naming: Naming): MediaRef {
  const source = weChatLane(naming.account)
  const name = kind === 'file' ? cleanName(said.filename) : ''
  return {
    id: mediaId(`${source}/${said.id}`),
    source,
    kind,
    mime: mimes[kind],
    ...(name && { name }),
    token: JSON.stringify({ what: kind === 'image' ? 'image' : 'file', id: said.id }),
  }
}

/** The picture of a person or group; `version` is whatever the puppet tells of it. */
export function avatarRef(
  id: string,
  isRoom: boolean,
  version: string,
  naming: Naming,
): MediaRef | undefined {
  if (version === '') return undefined
  const source = weChatLane(naming.account)
  const mark = createHash('sha256').update(version).digest('hex').slice(0, 12)
  return {
    id: mediaId(`${source}/avatar/${naming.chat(id)}/${mark}`),
    source,
    kind: 'image',
    mime: 'image/jpeg',
    token: JSON.stringify({ what: isRoom ? 'roomAvatar' : 'avatar', id }),
  }
}
