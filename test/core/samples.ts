import type { Chat, Contact } from '../../src/core/chat.ts'
import { accountId, chatId, contactId, mediaId, messageId } from '../../src/core/ids.ts'
import type { MediaRef, Message } from '../../src/core/message.ts'
import type { ConnectorFeatures, HubFeatures } from '../../src/core/post.ts'

// Invented people and messages for tests.

export const account = accountId('wx:2718281828')
export const lin: Contact = { id: contactId('wx:2718281828/lin'), name: '林小满', remark: '满满' }
export const friendChat: Chat = {
  id: chatId('wx:2718281828/lin'),
  account,
  kind: 'friend',
  name: '林小满',
  remark: '满满',
}

export const groupChat: Chat = {
  id: chatId('wx:2718281828/hikers'),
  account,
  kind: 'group',
  name: '周末爬山队',
}

export const picture: MediaRef = {
  id: mediaId('wechat/wx:2718281828/img/1'),
  source: 'wechat/wx:2718281828',
  kind: 'image',
  mime: 'image/jpeg',
  token: '{}',
}

/** A text of lin's at 2023-11-14 22:13:20 UTC, unless told otherwise. */
export function message(id: string, change: Partial<Message> = {}): Message {
  return {
    id: messageId(`wx:2718281828/${id}`),
    aliases: [id],
    account,
    chat: friendChat.id,
    sender: { type: 'contact', contact: lin },
    at: 1_700_000_000_000,
    mentionsMe: false,
    content: { kind: 'text', text: `text ${id}` },
    ...change,
  }
}

export const hubFeatures: HubFeatures = {
  rooms: 'create',
  speakers: 'ghost',
  text: { limit: 100, format: 'html' },
  media: {
    image: { maxBytes: 1000, mimes: ['image/jpeg', 'image/png'], caption: 10 },
    file: { maxBytes: 2000, mimes: [], caption: 0 },
  },
  reply: true,
  redact: true,
  location: true,
}

export const connectorFeatures: ConnectorFeatures = {
  ids: 'session',
  chats: ['friend', 'group', 'mp', 'self'],
  contacts: true,
  recallEvents: true,
  text: 50,
  media: { image: { maxBytes: 1000, mimes: ['image/jpeg', 'image/png'], caption: 0 } },
  quote: false,
  recallMs: 120_000,
}
