import { readFile } from 'node:fs/promises'
import type { WebHub } from '../../../adapters/web/hub.ts'
import type { Chat, Contact, Sender } from '../../../src/core/chat.ts'
import { management } from '../../../src/core/chat.ts'
import { chatId, contactId, messageId, portalId } from '../../../src/core/ids.ts'
import type { Content, MediaRef, Message } from '../../../src/core/message.ts'
import { allMediaOf } from '../../../src/core/message.ts'
import type { Notice } from '../../../src/core/notice.ts'
import { everyKind } from '../../core/every-kind.ts'
import { account, never, noMedia, type World } from './page-client.ts'

// A room with one message of each kind, to be looked at.

export const kindsChat: Chat = {
  id: chatId('wx:100/kinds'),
  account,
  kind: 'group',
  name: '什么都有 Every kind',
  members: 4,
  pinned: true,
}
const portal = portalId('portalkindsx')
const mei: Contact = { id: contactId('wx:100/mei'), name: '阿梅' }
const tom: Contact = { id: contactId('wx:100/tom'), name: 'Tom Becker' }

/** Kinds that nobody says, and those that say something about another message. */
const spoken: Readonly<Record<string, Sender>> = {
  system: { type: 'system' },
  note: { type: 'system' },
  notice: { type: 'bridge' },
}

/** Saves one message of each kind in {@link kindsChat}, all with their bytes, and gives it its room. */
export async function fillKinds(world: World, hub: WebHub): Promise<void> {
  const began = Date.now() - 3_600_000
  const samples = Object.values(everyKind)
  const all = samples.map(({ content }, at): Message => {
    const isMine = at % 5 === 4
    const contact = at % 5 < 2 ? mei : tom
    const sender = isMine ? ({ type: 'myself' } as const) : inGroup(contact)
    return said(
      `kind-${content.kind}`,
      content,
      spoken[content.kind] ?? sender,
      began + at * 60_000,
    )
  })
  await world.database.store.unit(async (unit) => {
    await unit.saveChats([kindsChat, management])
    for (const message of all) {
      const { kind } = message.content
      const about =
        kind === 'recall' ? all.find((one) => one.content.kind === 'location') : undefined
      await unit.saveMessage(message, about?.id)
    }
    const target = { aliases: ['kind-link'], preview: '' }
    const answer: Content = { kind: 'quote', text: '这条路线我走过，很好走。', target }
    const link = all.find((one) => one.content.kind === 'link')
    await unit.saveMessage(said('kind-answer', answer, inGroup(mei), began + 3_000_000), link?.id)
  })
  for (const { content } of samples) {
    for (const media of allMediaOf(content)) await keep(world, media)
  }
  await hub.ensureRoom(portal, kindsChat, noMedia, never)
  await hub.ensureRoom(portalId('portalmanage'), management, noMedia, never)
}

/** A message of the room whose bytes were given up. */
export async function missKind(world: World, media: MediaRef, content: Content): Promise<Message> {
  const message = said('kind-missing', content, inGroup(tom), Date.now())
  await world.database.store.unit(async (unit) => {
    await unit.saveMessage(message)
    await unit.wantMedia(media, 0)
    await unit.missMedia(media.id, 'gone', undefined)
  })
  return message
}

/** Kinds whose every field is hostile. */
export const hostileKinds = (evil: string, url: string): readonly Content[] => [
  { kind: 'link', title: evil, url, description: evil, source: evil },
  { kind: 'articles', articles: [{ title: evil, url }] },
  { kind: 'history', title: evil, lines: [{ who: evil, at: evil, text: evil, url }] },
  { kind: 'miniProgram', title: evil, app: evil, url },
  { kind: 'card', name: evil, mp: false, alias: evil },
  { kind: 'transfer', amount: evil, memo: evil, phase: 'offered' },
  { kind: 'friendRequest', name: evil, greeting: evil, request: '9' },
]

let told = 0
/** The bridge says something, in the management room or that of another chat. */
export async function tell(world: World, notice: Notice, chat = management.id): Promise<void> {
  const content = { kind: 'notice', notice } as const
  const message = said(`notice-${told++}`, content, { type: 'bridge' }, Date.now())
  await world.database.store.unit((unit) => unit.saveMessage({ ...message, chat }))
}

export const said = (id: string, content: Content, sender: Sender, at: number): Message => ({
  id: messageId(`${account}/${id}`),
  aliases: [id],
  account,
  chat: kindsChat.id,
  sender,
  at,
  mentionsMe: false,
  content,
})

export const inGroup = (contact: Contact): Sender => ({ type: 'group', contact, nick: '' })

async function keep(world: World, media: MediaRef): Promise<void> {
  const kept = await world.media.put(
    media.id,
    new Blob([new Uint8Array(await bytesOf(media))]).stream(),
    media.mime,
  )
  await world.database.store.unit(async (unit) => {
    await unit.wantMedia(media, 0)
    await unit.keepMedia(media.id, kept)
  })
}

/** Real bytes for each reference, from the sandbox's world. */
function bytesOf({ token }: MediaRef): Promise<Uint8Array> {
  const name = files[token] ?? 'thumb.jpg'
  return readFile(new URL(`../../../src/sandbox/media/${name}`, import.meta.url))
}

const files: Readonly<Record<string, string>> = {
  path: 'mountain.jpg',
  voice: 'voice.mp3',
  video: 'clip.mp4',
  poster: 'clip.jpg',
  plan: 'list.pdf',
  wave: 'wave.gif',
  map: 'map.jpg',
  cover: 'sea.jpg',
  mini: 'noodles.jpg',
}
