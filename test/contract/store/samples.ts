import type { Chat, Contact } from '../../../src/core/chat.ts'
import type { Failure } from '../../../src/core/errors.ts'
import {
  accountId,
  chatId,
  contactId,
  eventId,
  hubId,
  hubLane,
  mediaId,
  messageId,
  portalId,
  postKey,
  roomId,
  sendKey,
  weChatLane,
} from '../../../src/core/ids.ts'
import type { Content, MediaRef, Message } from '../../../src/core/message.ts'
import type { Post, Send } from '../../../src/core/post.ts'
import type { Receipt } from '../../../src/ports/outlet.ts'
import type { Item, Lease, Store, Unit } from '../../../src/ports/store.ts'

// Invented people, messages and deliveries for the store's contract.

export const account = accountId('wx:314159')
export const hub = hubId('matrix')
export const toHub = hubLane(hub)
export const toWeChat = weChatLane(account)
export const lin: Contact = { id: contactId('wx:314159/lin'), name: '林小满', remark: '满满' }
export const noon = 1_700_000_000_000
export const room = roomId
export const event = eventId

export const chatOf = (name: string, change: Partial<Chat> = {}): Chat => ({
  id: chatId(`wx:314159/${name}`),
  account,
  kind: 'friend',
  name,
  ...change,
})

export const linChat = chatOf('lin', { name: '林小满' })
export const hikers = chatOf('hikers', { kind: 'group', name: '周末爬山队' })

/** A text of lin's in her chat, unless told otherwise. */
export function message(name: string, change: Partial<Message> = {}): Message {
  return {
    id: messageId(`wx:314159/${name}`),
    aliases: [name],
    account,
    chat: linChat.id,
    sender: { type: 'contact', contact: lin },
    at: noon,
    mentionsMe: false,
    content: { kind: 'text', text: `text ${name}` },
    ...change,
  }
}

/** Lin takes something back. */
export const recall = (name: string, aliases: readonly string[]): Message =>
  message(name, {
    content: { kind: 'recall', target: { aliases, preview: '' }, text: '"林小满" 撤回了一条消息' },
  })

export const mine = (name: string, content?: Content): Message =>
  message(name, { sender: { type: 'myself' }, aliases: [], ...(content && { content }) })

export const picture = (name: string): MediaRef => ({
  id: mediaId(`wechat/${name}`),
  source: 'wechat/wx:314159',
  kind: 'image',
  mime: 'image/jpeg',
  token: '{"MsgId":"1"}',
})

export const portalNamed = (name: string) => portalId(`portal-${name}`)

export function post(name: string, portal = 'one', part = 0): Post {
  const { id } = message(name)
  return {
    type: 'post',
    key: postKey(id, portalNamed(portal), part),
    portal: portalNamed(portal),
    message: id,
    part,
    at: noon,
    speaker: { type: 'contact', contact: lin.id, name: lin.name },
    body: { kind: 'text', text: [{ text: `text ${name}` }] },
  }
}

export function send(name: string, change: Partial<Send> = {}): Send {
  const { id, chat } = message(name)
  const part = change.part ?? 0
  return {
    type: 'send',
    key: sendKey(id, part),
    clientId: `client-${name}-${part}`,
    portal: portalNamed('one'),
    message: id,
    part,
    chat,
    body: { kind: 'text', text: `text ${name}` },
    ...change,
  }
}

export const receipt = (...ids: string[]): Receipt => ({ ids, at: noon + 5 })

export const refused: Failure = { code: 'refused', heal: 'never', certain: true }
export const lost: Failure = { code: 'timeout', heal: 'retry', certain: false }
export const nobody: ReadonlySet<never> = new Set<never>()

/** Takes a lane, which nobody else has. */
export async function own(store: Store, lane = toHub, owner = 'worker'): Promise<Lease> {
  const lease = await store.take(lane, owner, 15_000)
  if (!lease) throw new Error(`Lane ${lane} was not free`)
  return lease
}

/** The one item that may be delivered now, if there is one. */
export const first = async (
  unit: Unit,
  lease: Lease,
  now = noon + 1_000,
): Promise<Item | undefined> => (await unit.ready(lease, now, 1, nobody))[0]

/** Claims the next item, as a pump does before it calls the other side. */
export async function claim(store: Store, lease: Lease, now = noon + 1_000): Promise<Item> {
  return store.unit(async (unit) => {
    const item = await first(unit, lease, now)
    if (!item) throw new Error('Nothing is ready')
    await unit.markSending(lease, item.seq, now)
    return item
  })
}

/** Names of what is ready now, by message: `a`, `b`… */
export async function readyNames(store: Store, lease: Lease, now = noon + 1_000) {
  const items = await store.unit((unit) => unit.ready(lease, now, 100, nobody))
  return items.map(({ job }) => job.message.split('/').at(-1))
}
