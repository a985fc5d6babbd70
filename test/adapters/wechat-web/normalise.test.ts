import { describe, expect, test } from 'vitest'
import { normalise, partiesOf } from '../../../adapters/wechat-web/normalise.ts'
import { parseJson, type Raw, text } from '../../../adapters/wechat-web/raw.ts'
import { escaped, me, reader } from './reader.ts'

const { people, read, friend, room } = await reader()

describe('direction and sender', () => {
  test('a private text', () => {
    const message = friend(1, 'hi')
    expect(message).toMatchObject({
      id: 'wx:1/5136685017736235886',
      aliases: ['5136685017736235886'],
      account: 'wx:1',
      at: 1_700_000_200_000,
      mentionsMe: false,
      sender: { type: 'contact', contact: { name: '<i>乙', remark: '老乙' } },
      content: { kind: 'text', text: 'hi' },
    })
    expect(message.chat).toBe(people.chat('@77ab').id)
    expect(people.chat('@77ab')).toMatchObject({ kind: 'friend', name: '<i>乙', remark: '老乙' })
  })

  test('an MP is a subscription, in a chat of its own kind', () => {
    const message = read({ MsgType: 1, FromUserName: '@mp', Content: 'news' })
    expect(message.sender.type).toBe('subscription')
    expect(people.chat('@mp').kind).toBe('mp')
  })

  test.each([me, ''])('what %j says is said by oneself, in the chat of the other side', (from) => {
    const message = read({
      MsgType: 1,
      FromUserName: from,
      ToUserName: '@77ab',
      Content: '@x:<br/>y',
    })
    expect(message.sender).toEqual({ type: 'myself' })
    expect(message.chat).toBe(people.chat('@77ab').id)
    expect(message.content).toEqual({ kind: 'text', text: '@x:\ny' })
  })

  test('a note to the file helper is in the chat with oneself', () => {
    const message = read({ MsgType: 1, FromUserName: me, ToUserName: 'filehelper', Content: 'n' })
    expect(people.chat('filehelper').kind).toBe('self')
    expect(message.chat).toBe('wx:1/filehelper')
  })

  test('an unnamed group is named after its members, at most three', () => {
    expect(people.chat('@@8f20')).toMatchObject({
      kind: 'group',
      name: '乙, 丙丙, 丁, …',
      members: 5,
    })
  })

  test.each([
    [
      'a member who is a friend',
      '@77ab:<br/>hi',
      'hi',
      { type: 'group', contact: { name: '<i>乙', remark: '老乙' }, nick: '' },
    ],
    [
      'a member who is none',
      '@cc:<br/>hi',
      'hi',
      { type: 'group', contact: { name: '丙' }, nick: '丙丙' },
    ],
    [
      'a member nobody knows',
      '@zz:<br/>hi',
      'hi',
      { type: 'group', contact: { name: 'Group member' }, nick: '' },
    ],
    ['the room itself', '@@8f20:<br/>hi', 'hi', { type: 'system' }],
    ['a real room id', '24330947507@chatroom:<br/>hi', 'hi', { type: 'system' }],
    ['a real id', 'wxid_ab12:<br/>hi', 'hi', { type: 'group' }],
    ['no prefix', 'hi', 'hi', { type: 'system' }],
    ['oneself', `${me}:<br/>hi`, 'hi', { type: 'myself' }],
    [
      'a text with the separator in it',
      '@cc:<br/>a\nb:<br/>c',
      'a\nb:\nc',
      { contact: { name: '丙' } },
    ],
    [
      'a text that looks like a second prefix',
      '@cc:<br/>@dd:<br/>x',
      '@dd:\nx',
      { contact: { name: '丙' } },
    ],
  ])('in a group: %s', (_, wire, text, sender) => {
    const message = room(wire)
    expect(message.content).toEqual({ kind: 'text', text })
    expect(message.sender).toMatchObject(sender)
  })

  test('a prefix in a private chat is text', () => {
    expect(friend(1, '@cc:<br/>x').content).toEqual({ kind: 'text', text: '@cc:\nx' })
  })

  test('mentions count in groups only, and not one’s own', () => {
    expect(room('@cc:<br/>@墨墨\u2005hi').mentionsMe).toBe(true)
    expect(room('@cc:<br/>@阿墨 hi').mentionsMe).toBe(true)
    expect(room('@cc:<br/>@丁 hi').mentionsMe).toBe(false)
    expect(friend(1, '@阿墨 hi').mentionsMe).toBe(false)
    expect(room(`${me}:<br/>@阿墨 hi`).mentionsMe).toBe(false)
  })

  test.each([51, 9999])('type %i is for no one', (MsgType) => {
    expect(partiesOf({ MsgType, FromUserName: '@77ab', ToUserName: me }, me)).toBeUndefined()
  })

  test.each([37, 40, 65])('a request of one’s own (type %i) is for no one', (MsgType) => {
    const raw = { MsgType, FromUserName: 'fmessage', ToUserName: me }
    expect(partiesOf({ ...raw, RecommendInfo: { UserName: me } }, me)).toBeUndefined()
    expect(partiesOf({ ...raw, RecommendInfo: { UserName: '@new' } }, me)).toBeDefined()
  })

  test.each([0, '0', 2 ** 62, -1, 1.5, '1e3', { toString: 1 }, null])(
    'an id that may stand for several messages (%j) is none',
    (MsgId) => {
      const one = friend(1, 'x', { MsgId, NewMsgId: 0 })
      expect(one.aliases[0]).toMatch(/^x[0-9a-f]{24}$/)
      expect(one.id).not.toBe(friend(1, 'y', { MsgId, NewMsgId: 0 }).id)
    },
  )

  test('what others must tell is asked for: the name of a request, of a real id, who changed', () => {
    const hints = { now: 5, isMine: () => false, changed: [people.contact('@77ab').id] }
    const ask = (raw: Raw) => {
      const whole = { MsgId: '9', ToUserName: me, ...raw }
      return normalise(whole, partiesOf(whole, me)!, people, {
        ...hints,
        request: (each) => `r${text(each.MsgId)}`,
      }).content
    }
    const request = { MsgType: 37, FromUserName: 'fmessage', RecommendInfo: { Ticket: 'v2' } }
    expect(ask(request)).toMatchObject({ request: 'r9' })
    expect(read({ ...request, MsgId: '9' }).content).toMatchObject({ request: '9' })
    const rename = { MsgType: 10000, FromUserName: '@@8f20', Content: '"甲"修改群名为“新名”' }
    expect(ask(rename)).toMatchObject({ kind: 'system', changed: hints.changed })
  })

  test('no private remark is in any content', () => {
    const pat = escaped(
      // biome-ignore lint/suspicious/noTemplateCurlyInString: as the wire has it
      '<sysmsg type="pat"><pat><chatusername>wxid_yi</chatusername><template>"${wxid_yi}" 拍了拍我</template></pat></sysmsg>',
    )
    const { content } = friend(10002, pat)
    expect(content).toEqual({ kind: 'pat', text: '"<i>乙" 拍了拍我' })
    expect(JSON.stringify(content)).not.toContain('老乙')
  })

  test('a message without an id is named by what it says', () => {
    const once = friend(1, 'x', { MsgId: '' })
    expect(once.id).toBe(friend(1, 'x', { MsgId: '' }).id)
    expect(once.id).not.toBe(friend(1, 'y', { MsgId: '' }).id)
  })

  test('trap 1: NewMsgId survives parsing, also inside other words', () => {
    const raw = parseJson(
      '{"NewMsgId":5136685017736235887,"Content":"\\"MsgId\\":1111111111111111111"}',
    )
    expect(raw).toEqual({ NewMsgId: '5136685017736235887', Content: '"MsgId":1111111111111111111' })
  })

  test('a fraction or an exponent in the place of an id is still JSON', () => {
    const body = '{"HasProductId":100000000000002.02,"MsgId":100000000000000000e3}'
    expect(parseJson(body)).toEqual({ HasProductId: 100000000000002.02, MsgId: 1e20 })
  })
})

describe('grey lines', () => {
  test.each([
    '你邀请"甲、乙"加入了群聊  ',
    '"甲"邀请你加入了群聊，群聊参与人还有：乙、丙',
    '" 甲"通过扫描"乙"分享的二维码加入群聊',
    '你将"甲"移出了群聊',
    '"甲"修改群名为“新名”',
    'A invited B to the group chat',
    'You removed "A" from the group chat',
    '"A" joined the group chat via the QR Code shared by "B"',
    'You changed the group name to "X"',
  ])('%s is about the group', (text) => {
    const message = room(text, 10000)
    expect(message.sender).toEqual({ type: 'system' })
    expect(message.content).toEqual({ kind: 'system', text: text.trim(), changed: [] })
  })

  test.each([
    'note:<br/>this',
    '我的名字是收到红包，请在手机上查看',
    '"甲"说：位置共享已经结束了吗',
    '操作过于频繁，可稍后再试。',
  ])('%s is a note', (wire) => {
    const text = wire.replace('<br/>', '\n')
    expect(room(wire, 10000).content).toEqual({ kind: 'note', text })
  })

  test('in a private chat everything is a note', () => {
    const text = '"甲"修改群名为“新名”'
    expect(friend(10000, text)).toMatchObject({
      sender: { type: 'system' },
      content: { kind: 'note', text },
    })
  })
})
