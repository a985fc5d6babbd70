import type { WebHub } from '../../../adapters/web/hub.ts'
import type { Chat, Contact, Sender } from '../../../src/core/chat.ts'
import { management } from '../../../src/core/chat.ts'
import {
  chatId,
  contactId,
  eventId,
  hubId,
  hubMessageId,
  mediaId,
  messageId,
  type PortalId,
  portalId,
  sendKey,
  weChatLane,
} from '../../../src/core/ids.ts'
import type { Content, MediaRef, Message } from '../../../src/core/message.ts'
import type { Send } from '../../../src/core/post.ts'
import { hills } from './hills.ts'
import { account, never, noMedia, type World } from './page-client.ts'

// A small life to look at: a friend, a group, an MP, someone with a hostile name, recalls, and each delivery state.

const person = (id: string, name: string, more: Partial<Contact> = {}): Contact => ({
  id: contactId(`wx:100/${id}`),
  name,
  ...more,
})
const chat = (id: string, kind: Chat['kind'], name: string, more: Partial<Chat> = {}): Chat => ({
  id: chatId(`wx:100/${id}`),
  account,
  kind,
  name,
  ...more,
})

export const lin = person('lin', '🌿林晓', { remark: '林晓' })
const mei = person('mei', '阿梅')
const tom = person('tom', 'Tom Becker')
const eve = person('eve', '<b>Eve</b> & <img src=x onerror=alert(1)>')

export const chats = {
  lin: chat('lin', 'friend', '🌿林晓', { remark: '林晓' }),
  hikers: chat('hikers', 'group', '周末徒步 Hikers', { members: 12 }),
  paper: chat('paper', 'mp', '晨光日报'),
  eve: chat('eve', 'friend', eve.name),
  self: chat('self', 'self', ''),
}

export const portals = {
  lin: portalId('portallinxxx'),
  hikers: portalId('portalhikers'),
  paper: portalId('portalpaperx'),
  eve: portalId('portalevexxx'),
  self: portalId('portalselfxx'),
}

const from = (contact: Contact): Sender => ({ type: 'contact', contact })
const inGroup = (contact: Contact): Sender => ({ type: 'group', contact, nick: '' })
const me: Sender = { type: 'myself' }

let counter = 0
const said = (
  where: Chat,
  sender: Sender,
  content: Content | string,
  at: number,
  id = `m${counter++}`,
): Message => ({
  id: messageId(id.startsWith('web/') ? id : `${account}/${id}`),
  aliases: [id],
  account,
  chat: where.id,
  sender,
  at,
  mentionsMe: false,
  content: typeof content === 'string' ? { kind: 'text', text: content } : content,
})

export async function keepPicture(world: World, id: string, bytes: Uint8Array): Promise<MediaRef> {
  const media: MediaRef = {
    id: mediaId(id),
    source: `wechat/${account}`,
    kind: 'image',
    mime: 'image/png',
    bytes: bytes.length,
    token: id,
  }
  const kept = await world.media.put(
    media.id,
    new Blob([new Uint8Array(bytes)]).stream(),
    media.mime,
  )
  await world.database.store.unit(async (unit) => {
    await unit.wantMedia(media, 0)
    await unit.keepMedia(media.id, kept)
  })
  return media
}

/** Fills the world, and gives each chat its room. */
export async function fill(world: World, hub: WebHub): Promise<void> {
  const { store } = world.database
  const now = Date.now()
  const minute = 60_000
  const yesterday = now - 26 * 60 * minute
  const path = await keepPicture(world, 'media/path', hills(640, 420, 2))
  const summit = await keepPicture(world, 'media/summit', hills(420, 560, 9))

  const lied = said(chats.lin, from(lin), '其实我还没出门…别告诉阿梅 😅', now - 34 * minute)
  const shown = said(
    chats.hikers,
    inGroup(tom),
    { kind: 'image', media: summit },
    now - 12 * minute,
  )
  const asked = said(
    chats.lin,
    from(lin),
    'Are you bringing the thermos? 保温杯别忘了',
    now - 30 * minute,
  )
  const dead = said(chats.lin, me, '顺便带两个橙子', now - 20 * minute, 'web/dead000000000000')
  const unknown = said(
    chats.lin,
    me,
    'See you at the gate at nine',
    now - 9 * minute,
    'web/unknown0000000000',
  )
  const queued = said(chats.lin, me, '好，马上到！', now - minute, 'web/queued0000000000')
  const sent = said(
    chats.lin,
    me,
    '带了，两个都装满了热茶。',
    now - 28 * minute,
    'web/sent000000000000',
  )

  const all: (Message | [Message, Message])[] = [
    said(
      chats.paper,
      from(person('paper', '晨光日报')),
      '早上好。今天多云转晴，山里有雾，出门带一件外套。',
      yesterday,
    ),
    said(
      chats.paper,
      from(person('paper', '晨光日报')),
      { kind: 'unsupported', type: '49', summary: '三篇文章' },
      now - 300 * minute,
    ),
    said(
      chats.eve,
      from(eve),
      '<script>alert("hi")</script> &amp; **not bold** \u202Egnp.exe',
      now - 200 * minute,
    ),
    said(chats.hikers, inGroup(mei), '周六的路线定了：从北门上，走古道，四点前下山。', yesterday),
    said(
      chats.hikers,
      inGroup(tom),
      'Sounds lovely. How long is the climb?',
      yesterday + 2 * minute,
    ),
    said(chats.hikers, inGroup(mei), '大概三个小时', yesterday + 3 * minute),
    said(chats.hikers, inGroup(mei), { kind: 'image', media: path }, yesterday + 3 * minute + 5000),
    said(
      chats.hikers,
      { type: 'system' },
      { kind: 'system', text: '"Tom Becker" invited "小周" to the group chat', changed: [] },
      now - 40 * minute,
    ),
    said(
      chats.hikers,
      me,
      'I will bring the rope. Map: https://example.org/map?route=north&x=1',
      now - 14 * minute,
    ),
    shown,
    [
      said(
        chats.hikers,
        inGroup(tom),
        { kind: 'recall', target: { aliases: [], preview: '' }, text: '' },
        now - 11 * minute,
      ),
      shown,
    ],
    said(chats.lin, from(lin), '明天几点出发？', yesterday),
    said(chats.lin, me, '八点，老地方见。', yesterday + minute),
    lied,
    [
      said(
        chats.lin,
        from(lin),
        { kind: 'recall', target: { aliases: [], preview: '' }, text: '' },
        now - 33 * minute,
      ),
      lied,
    ],
    asked,
    [sent, asked],
    dead,
    unknown,
    said(
      chats.lin,
      from(lin),
      'The trail is open again, they cleared the fallen trees this morning. 沿着小溪走那段最美，记得多拍几张照片，回来我们一起挑一张洗出来挂在厨房里。',
      now - 3 * minute,
    ),
    said(chats.lin, from(lin), '我已经在车上了', now - 2 * minute),
    queued,
  ]
  await store.unit(async (unit) => {
    await unit.saveChats([...Object.values(chats), management])
    await unit.saveChats([chat('zhou', 'friend', '周远'), chat('zoe', 'friend', 'Zoe')])
    for (const one of all) {
      if (Array.isArray(one)) await unit.saveMessage(one[0], one[1].id)
      else await unit.saveMessage(one)
    }
    const notice = (text: Content, id: string, about?: Message): Promise<void> =>
      unit.saveMessage(
        {
          ...said(about ? chats.lin : management, { type: 'bridge' }, text, now - 9 * minute),
          id: messageId(`notice/${id}`),
        },
        about?.id,
      )
    await notice({ kind: 'notice', notice: { type: 'welcome' } }, 'welcome')
    await notice({ kind: 'notice', notice: { type: 'online', name: '林间' } }, 'online')
    await notice(
      {
        kind: 'notice',
        notice: {
          type: 'notSent',
          code: 'refused',
          certain: true,
          detail: 'WeChat answered 1201: the message was refused, so it was not sent.',
          seq: '3',
        },
      },
      'dead',
      dead,
    )
  })
  const lane = weChatLane(account)
  const lease = (await store.take(lane, 'test', 60_000))!
  for (const one of [sent, dead, unknown, queued]) {
    await store.unit((unit) => unit.enqueue(lane, sendOf(one, portals.lin), now))
    if (one === queued) break
    await store.unit(async (unit) => {
      const [item] = await unit.ready(lease, now, 1, new Set())
      const seq = item!.seq
      await unit.markSending(lease, seq, now)
      const failure = { code: 'refused', heal: 'never', certain: one === dead } as const
      if (one === sent) await unit.deliver(lease, seq, { ids: ['9001'], at: now })
      else await unit.bury(lease, seq, one === dead ? 'dead' : 'unknown', failure)
    })
  }
  for (const name of ['lin', 'hikers', 'paper', 'eve', 'self'] as const) {
    await hub.ensureRoom(portals[name], chats[name], noMedia, never)
  }
  await hub.ensureRoom(portalId('portalmanage'), management, noMedia, never)
}

export const sendOf = (message: Message, portal: PortalId): Send => ({
  type: 'send',
  key: sendKey(message.id, 0),
  clientId: String(17_000_000_000_000_000 + counter++),
  portal,
  message: message.id,
  part: 0,
  chat: message.chat,
  body: { kind: 'text', text: message.content.kind === 'text' ? message.content.text : '' },
})

/** Someone says something now. */
export async function say(world: World, where: keyof typeof chats, who: Contact, text: string) {
  const sender = where === 'hikers' ? inGroup(who) : from(who)
  const message = said(chats[where], sender, text, Date.now())
  await world.database.store.unit((unit) => unit.saveMessage(message))
  return message
}

export async function recall(world: World, message: Message): Promise<void> {
  const content: Content = { kind: 'recall', target: { aliases: [], preview: '' }, text: '' }
  const notice = { ...said(chats.lin, message.sender, content, Date.now()), chat: message.chat }
  await world.database.store.unit((unit) => unit.saveMessage(notice, message.id))
}

/** What outbound does with a text from the page, as far as the page can tell. */
export async function acceptText(
  world: World,
  chatName: keyof typeof chats,
  id: string,
  text: string,
) {
  const event = eventId(id)
  const message = said(chats[chatName], me, text, Date.now(), hubMessageId(hubId('web'), event))
  await world.database.store.unit(async (unit) => {
    await unit.saveMessage(message)
    await unit.enqueue(weChatLane(account), sendOf(message, portals[chatName]), Date.now())
  })
}

/** Someone sends a picture whose bytes are not kept yet. */
export async function sayPicture(
  world: World,
  where: keyof typeof chats,
  who: Contact,
  id: string,
): Promise<MediaRef> {
  const media: MediaRef = {
    id: mediaId(id),
    source: `wechat/${account}`,
    kind: 'image',
    mime: 'image/png',
    token: id,
  }
  const message = said(chats[where], from(who), { kind: 'image', media }, Date.now())
  await world.database.store.unit((unit) => unit.saveMessage(message))
  return media
}
