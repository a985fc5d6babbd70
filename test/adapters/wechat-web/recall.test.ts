import { describe, expect, test } from 'vitest'
import { escaped, me, reader, sysmsg } from './reader.ts'

const { people, read, friend, room } = await reader()

describe('recalls', () => {
  const fields = (msgid: string, text: string, more = '') =>
    sysmsg(
      `<session>x</session><oldmsgid>1072643834</oldmsgid><msgid>${msgid}</msgid>${more}<replacemsg><![CDATA[${text}]]></replacemsg>`,
    )
  const id = '4835386562261263795'
  const other = '"乙" 撤回了一条消息'
  const own = '你撤回了一条消息'

  test('by the friend', () => {
    const message = friend(10002, fields(id, other))
    expect(message.sender.type).toBe('contact')
    expect(message.content).toEqual({
      kind: 'recall',
      target: { aliases: [id, '1072643834'], preview: '' },
      text: other,
    })
  })

  test.each([
    ['as sent', { FromUserName: me, ToUserName: '@77ab' }],
    ['swapped', { FromUserName: '@77ab', ToUserName: me }],
    ['in a group as sent', { FromUserName: me, ToUserName: '@@8f20' }],
    ['in a group, swapped', { FromUserName: '@@8f20', ToUserName: me }],
  ])('by oneself, %s', (_, sides) => {
    for (const text of [
      own,
      'You recalled a message',
      '你已撤回一條訊息',
      "You've recalled a message",
    ]) {
      const message = read({ MsgType: 10002, Content: fields(id, text), ...sides })
      expect(message.sender).toEqual({ type: 'myself' })
      const chat = sides.FromUserName === me ? sides.ToUserName : sides.FromUserName
      expect(message.chat).toBe(people.chat(chat).id)
    }
  })

  test('by oneself, in a language we do not read: the message tells', () => {
    const wire = fields(id, 'メッセージの送信を取り消しました')
    const raw = { MsgType: 10002, FromUserName: '@77ab', Content: wire }
    expect(read(raw, [id]).sender).toEqual({ type: 'myself' })
    expect(read(raw).sender.type).toBe('contact')
    expect(read({ ...raw, FromUserName: me, ToUserName: '@77ab' }).sender.type).toBe('myself')
  })

  test('in a group the prefix names the operator, also of an admin’s recall', () => {
    for (const text of [other, '"管理员" 撤回了成员 "丁" 的一条消息']) {
      const message = room(`@cc:<br/>${fields(id, text)}`, 10002)
      expect(message.sender).toMatchObject({ type: 'group', contact: { name: '丙' } })
    }
    expect(room(fields(id, other), 10002).sender).toEqual({ type: 'system' })
  })

  test('an admin of a group may recall what oneself said', () => {
    const raw = { MsgType: 10002, FromUserName: '@@8f20', Content: `@cc:<br/>${fields(id, other)}` }
    expect(read(raw, [id]).sender).toMatchObject({ type: 'group', contact: { name: '丙' } })
  })

  test.each<[string, string, string, readonly string[], string | undefined]>([
    ['the web form', id, '', [id, '1072643834'], undefined],
    ['the pad form', '1072643834', `<newmsgid>${id}</newmsgid>`, [id, '1072643834'], undefined],
    ['no id at all: step 2', '0', '', ['1072643834'], 'mine'],
    ['a short id: step 3', '1072643835', '', ['1072643835', '1072643834'], 'sender'],
    ['an empty id: step 3', '', '', ['1072643834'], 'sender'],
    ['a new id of zero', id, '<newmsgid>0</newmsgid>', [id, '1072643834'], undefined],
    ['an id that is none', 'abc', '', ['1072643834'], 'sender'],
  ])('%s', (_, msgid, more, aliases, guess) => {
    const { content } = friend(10002, fields(msgid, other, more))
    expect(content).toEqual({
      kind: 'recall',
      target: { aliases, preview: '' },
      text: other,
      ...(guess ? { guess } : {}),
    })
  })

  test('words with emoji and HTML are plain text', () => {
    const wire = fields(id, '"<b>x</b><EMOJI> & 乙" 撤回了一条消息').replace(
      '&lt;EMOJI&gt;',
      '<span class="emoji emoji1f602"></span>',
    )
    expect(friend(10002, wire).content).toMatchObject({ text: '"<b>x</b>😂 & 乙" 撤回了一条消息' })
  })

  test('a document too broken to parse is a recall all the same', () => {
    const wire = fields(id, other).replace('&lt;session&gt;', '&lt;session &lt;&gt;"&lt;')
    const torn = escaped(`<sysmsg type="revokemsg"><revokemsg><msgid>${id}</msgid><__proto__/>`)
    for (const broken of [wire, torn]) {
      const { content } = friend(10002, broken)
      expect(content).toMatchObject({
        kind: 'recall',
        target: { aliases: expect.arrayContaining([id]) },
      })
    }
  })

  test('what has no words is a line, whatever it is called', () => {
    const bare = (type: string) => escaped(`<sysmsg type="${type}"><${type}/></sysmsg>`)
    expect(friend(10002, bare('functionmsg')).content).toMatchObject({ type: '10002/functionmsg' })
    for (const type of ['constructor', 'toString', '__proto__']) {
      const { content } = friend(10002, escaped(`<sysmsg type="${type}"><x/></sysmsg>`))
      expect(content).toMatchObject({ kind: 'unsupported', type: `10002/${type}` })
    }
    expect(friend(10002, 'garbage').content.kind).toBe('unsupported')
  })
})
