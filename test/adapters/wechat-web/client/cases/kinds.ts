import { expect } from 'vitest'
import { type Case, type Cases, own } from './case.ts'

/** A handler of one sort of chat hears that sort, and no other. */
function only(sort: 'friend' | 'group' | 'mp'): Case {
  return own(async (b) => {
    const seen: string[] = []
    b.client.off(['text'], { friend: true, group: true, mp: true })
    b.client.on('text', { [sort]: true }, (message) => void seen.push(message.text))
    await b.control.say('lin', 'friend')
    await b.control.say('wu', 'group', 'hikers')
    await b.control.say('paper', 'mp')
    await b.control.settled()
    for (let i = 0; i < 3; i++) await b.client.configuredReply(300)
    while (await b.client.configuredReply(50));
    expect(seen).toEqual([sort])
  })
}

/** The types and fields of itchat's messages. */
export const kindCases: Cases = {
  isFriendChat: only('friend'),
  isGroupChat: only('group'),
  isMpChat: only('mp'),
  TEXT: async (b) => {
    const id = await b.control.say('lin', 'emoji 🌿 & <tag>')
    const message = await b.hear('text', (each) => each.msgId === id)
    expect(message.text).toBe('emoji 🌿 & <tag>')
  },
  MAP: async (b) => {
    const place = { latitude: 30.25, longitude: 120.16, label: '西湖区', poi: '断桥' }
    const id = await b.control.share('lin', { kind: 'location', ...place })
    const message = await b.hear('map', (each) => each.msgId === id)
    expect(message.place).toMatchObject(place)
    expect(message.text).toBe('西湖区')
  },
  CARD: async (b) => {
    const id = await b.control.share('lin', { kind: 'card', who: 'mei' })
    const message = await b.hear('card', (each) => each.msgId === id)
    expect(message.card).toMatchObject({ nickName: 'Mei Chen', sex: 2 })
    expect(message.card.userName).toMatch(/^@/)
  },
  SHARING: async (b) => {
    const url = 'https://example.org/a?b=1&c=2'
    const id = await b.control.share('lin', { kind: 'link', title: '标题', url })
    const message = await b.hear('sharing', (each) => each.msgId === id)
    expect(message).toMatchObject({ text: '标题', url, content: { kind: 'link' } })
  },
  PICTURE: async (b) => {
    const id = await b.control.share('lin', { kind: 'sticker' })
    const message = await b.hear('picture', (each) => each.msgId === id)
    expect(message.fileName).toMatch(/^\d{6}-\d{6}\.gif$/)
  },
  RECORDING: async (b) => {
    const id = await b.control.share('lin', { kind: 'voice', ms: 2000 })
    const message = await b.hear('recording', (each) => each.msgId === id)
    expect(message.fileName).toMatch(/\.mp3$/)
    b.mark()
    await (await message.open()).stream.cancel()
    expect(b.asked('webwxgetvoice')).toHaveLength(1)
  },
  ATTACHMENT: async (b) => {
    const bytes = Buffer.from('attached')
    const id = await b.control.share('lin', { kind: 'file', name: '../a & b.txt', bytes })
    const message = await b.hear('attachment', (each) => each.msgId === id)
    expect(message.fileName).toBe('a & b.txt')
    expect(await new Response((await message.open()).stream).text()).toBe('attached')
  },
  VIDEO: async (b) => {
    const plain = await b.control.share('lin', { kind: 'video' })
    const micro = await b.control.share('lin', { kind: 'video', micro: true })
    for (const id of [plain, micro]) {
      const message = await b.hear('video', (each) => each.msgId === id)
      expect(message.fileName).toMatch(/\.mp4$/)
    }
  },
  FRIENDS: own(async (b) => {
    await b.control.request('someone', '我是 <某人>', 'Some One')
    const { request } = await b.hear('friends')
    expect(request).toMatchObject({ nickName: 'Some One', greeting: '我是 <某人>' })
    expect(request.ticket).toMatch(/./)
    expect(request.userName).toMatch(/^@/)
  }),
  SYSTEM: own(async (b) => {
    const first = await b.hear('system', (each) => each.kind === 'system' && each.info === 'uins')
    expect(first.userNames).toContain(b.control.userName('hikers'))
    await b.control.renameGroup('family', '新名字')
    const room = b.control.userName('family')
    await b.hear(
      'system',
      (each) =>
        each.kind === 'system' && each.info === 'chatrooms' && each.userNames.includes(room),
    )
    expect(b.client.find(room)?.nickName).toBe('新名字')
  }),
  NOTE: async (b) => {
    const line = await b.control.system('lin', '收到红包，请在手机上查看')
    const note = await b.hear('note', (each) => each.msgId === line)
    expect(note.recall).toBeUndefined()
    const id = await b.control.say('lin', 'oh no')
    await b.hear('text', (each) => each.msgId === id)
    await b.control.recall(id)
    const recall = await b.hear('note', (each) => each.kind === 'note' && each.recall !== undefined)
    expect(recall.recall?.target.aliases).toContain(id)
    expect(recall.text).toMatch(/撤回/)
  },
  Useless: async (b) => {
    const id = await b.control.inject({ MsgType: 9876, Content: 'what?' })
    const message = await b.hear('useless', (each) => each.msgId === id)
    expect(message.content).toMatchObject({ kind: 'unsupported' })
    const call = await b.control.inject({ MsgType: 53, Content: '' })
    await b.hear('useless', (each) => each.msgId === call)
  },
  'msg.Type': async (b) => {
    const id = await b.control.say('lin', 'typed')
    expect((await b.hear('text', (each) => each.msgId === id)).kind).toBe('text')
  },
  'msg.Text': async (b) => {
    const id = await b.control.share('lin', { kind: 'announcement', text: '明天放假' })
    const message = await b.hear('sharing', (each) => each.msgId === id)
    expect(message.text).toBe('明天放假')
  },
  'msg.User': async (b) => {
    const id = await b.control.phoneSay('zhou', 'from the phone')
    const message = await b.hear('text', (each) => each.msgId === id)
    expect(message).toMatchObject({ isMine: true, myNickName: '许行舟🌊' })
    expect(message.chat).toMatchObject({ nickName: '周明远', remarkName: '老周（木工）' })
  },
  'msg.FileName': async (b) => {
    const id = await b.control.share('lin', { kind: 'file', name: '计划.pdf' })
    const message = await b.hear('attachment', (each) => each.msgId === id)
    expect(message.fileName).toBe('计划.pdf')
  },
  'msg.ActualUserName': async (b) => {
    const id = await b.control.say('wu', 'who am I', 'hikers')
    const message = await b.hear('text', (each) => each.msgId === id)
    expect(message.sender?.userName).toBe(b.control.userName('wu'))
    expect(message.text).toBe('who am I')
  },
  'msg.ActualNickName': async (b) => {
    const id = await b.control.say('wu', 'my name', 'hikers')
    const message = await b.hear('text', (each) => each.msgId === id)
    expect(message.sender).toMatchObject({ displayName: '吴领队', nickName: '吴大山' })
  },
  'msg.isAt': async (b) => {
    const called = await b.control.say('wu', '@行舟\u2005来吗', 'hikers')
    const not = await b.control.say('wu', '@行舟子 来吗', 'hikers')
    expect((await b.hear('text', (each) => each.msgId === called)).isAt).toBe(true)
    expect((await b.hear('text', (each) => each.msgId === not)).isAt).toBe(false)
  },
  'msg.Content': async (b) => {
    const id = await b.control.say('wu', 'bare', 'hikers')
    const message = await b.hear('text', (each) => each.msgId === id)
    expect(message.payload).toBe('bare')
    expect(message.raw.Content).toMatch(/^@\w+:<br\/>bare$/)
    expect(message.content).toEqual({ kind: 'text', text: 'bare' })
  },
}
