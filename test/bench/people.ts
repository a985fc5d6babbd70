import type { Chat, Contact } from '../../src/core/chat.ts'
import {
  accountId,
  chatId,
  contactId,
  hubId,
  hubLane,
  type PortalId,
  portalId,
  postKey,
  type RoomId,
  roomId,
  weChatMessageId,
} from '../../src/core/ids.ts'
import type { Message } from '../../src/core/message.ts'
import type { Post } from '../../src/core/post.ts'

// Invented people who have said a great deal.

export const account = accountId('wx:2718281828')
export const hub = hubId('matrix')
export const lane = hubLane(hub)

/** One thing said in a chat, and the post it makes. */
export interface Said {
  readonly chat: Chat
  readonly portal: PortalId
  readonly room: RoomId
  readonly message: Message
  readonly post: Post
}

/** Aliases look like WeChat's: 19 digits, in no order, so that no index has it easier than in life. */
export const aliasOf = (n: number): string =>
  String(1_000_000_000_000_000_000n + ((BigInt(n) * 6_364_136_223_846_793_005n) % span))

/** The second name of a message, as a recall gives it. */
export const oldAliasOf = (n: number): string => String(7_000_000_000 + ((n * 2_654_435) % 1e9))

export function chatOf(index: number): Chat {
  const id = `${account}/chat-${index.toString(36).padStart(5, '0')}`
  const name = names[index % names.length] ?? ''
  return { id: chatId(id), account, kind: 'friend', name: `${name} ${index}` }
}

/** The nth thing ever said, at `at` (milliseconds), in chat number `index`. */
export function said(n: number, index: number, at: number): Said {
  const chat = chatOf(index)
  const who: Contact = { id: contactId(chat.id), name: chat.name }
  const id = weChatMessageId(account, aliasOf(n))
  const text = words.slice(0, 8 + ((n * 7) % (words.length - 8)))
  const portal = portalOf(index)
  return {
    chat,
    portal,
    room: roomId(`!${portal}:example.org`),
    message: {
      id,
      aliases: [aliasOf(n), oldAliasOf(n)],
      account,
      chat: chat.id,
      sender: { type: 'contact', contact: who },
      at,
      mentionsMe: false,
      content: { kind: 'text', text },
    },
    post: {
      type: 'post',
      key: postKey(id, portal, 0),
      portal,
      message: id,
      part: 0,
      at,
      speaker: { type: 'contact', contact: who.id, name: who.name },
      body: { kind: 'text', text: [{ text }] },
    },
  }
}

export const portalOf = (index: number): PortalId =>
  portalId(`p${index.toString(36).padStart(11, '0')}`)

const span = 8_000_000_000_000_000_009n
const names = ['林小满', '赵远航', '陈默', '周末爬山队', '何苗', '秋']
const words =
  '周六早上七点在南门集合，记得带水和雨衣；如果下雨就改到下周，群里再说一声。路上大概两个小时，中午在山顶吃饭，下午四点前回来。'
