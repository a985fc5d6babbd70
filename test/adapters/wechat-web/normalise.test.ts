import { describe, expect, test } from 'vitest'
import { partiesOf } from '../../../adapters/wechat-web/normalise.ts'
import { parseJson } from '../../../adapters/wechat-web/raw.ts'
import { me, reader } from './reader.ts'

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
    ['no prefix (trap 50)', 'hi', 'hi', { type: 'system' }],
    ['oneself', `${me}:<br/>hi`, 'hi', { type: 'myself' }],
    [
      'a text with the separator in it (trap 49)',
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

  test('a message without an id is named by what it says', () => {
    const once = friend(1, 'x', { MsgId: '' })
    expect(once.id).toBe(friend(1, 'x', { MsgId: '' }).id)
    expect(once.id).not.toBe(friend(1, 'y', { MsgId: '' }).id)
  })

  test('NewMsgId survives parsing (trap 1)', () => {
    const raw = parseJson(
      '{"NewMsgId":5136685017736235887,"Content":"\\"MsgId\\":1111111111111111111"}',
    )
    expect(raw).toEqual({ NewMsgId: '5136685017736235887', Content: '"MsgId":1111111111111111111' })
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

  test.each(['位置共享已经结束', '"甲" 拍了拍我', 'note:<br/>this', '收到红包，请在手机上查看'])(
    '%s is a note',
    (wire) => {
      const text = wire.replace('<br/>', '\n')
      expect(room(wire, 10000).content).toEqual({ kind: 'note', text })
    },
  )

  test('in a private chat everything is a note', () => {
    const text = '"甲"修改群名为“新名”'
    expect(friend(10000, text)).toMatchObject({
      sender: { type: 'system' },
      content: { kind: 'note', text },
    })
  })
})
