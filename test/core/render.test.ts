import { expect, test } from 'vitest'
import type { Notice } from '../../src/core/notice.ts'
import { roomName, words } from '../../src/core/render.ts'
import { all, notices, sent, unsure } from './notices.ts'
import { friendChat, groupChat } from './samples.ts'

test.each(notices)('notice $type has words in both languages', (notice) => {
  const zh = words({ kind: 'notice', notice }, 'zh')
  const en = words({ kind: 'notice', notice }, 'en')
  expect(zh).toMatch(/[\u4e00-\u9fff]/)
  expect(en).toMatch(/[a-z]{3}/)
  expect(zh + en).not.toMatch(/undefined|\[object/)
})

test('"was not" and "may not have been" are different sentences, and both name the cure', () => {
  const certain = words({ kind: 'notice', notice: sent }, 'en')
  const perhaps = words({ kind: 'notice', notice: unsure }, 'en')
  expect(certain).toMatch(/^Was not sent/)
  expect(perhaps).toMatch(/^May not have been sent/)
  expect(certain).toContain('!wx resend 7')
  expect(perhaps).toContain('!wx resend 8')
})

test('how many more chats wait is said as people count them, and not where nobody knows', () => {
  const wait = { why: 'offline' } as const
  const said = (count: number, more?: true) =>
    (['zh', 'en'] as const).map((language) => {
      const chats = { count, ...(more && { more }) }
      return words({ kind: 'notice', notice: { type: 'othersWait', chats, wait } }, language)
    })
  const beginning = ([zh, en]: readonly string[]) => [zh?.split('：')[0], en?.split(' as well')[0]]
  expect(beginning(said(1))).toEqual([
    '另外还有 1 个聊天里有消息在排队',
    'Messages wait in 1 more chat',
  ])
  expect(beginning(said(5, true))).toEqual([
    '另外还有 5 以上 个聊天里有消息在排队',
    'Messages wait in more than 5 more chats',
  ])
  expect(beginning(said(0, true))).toEqual([
    '另外还有一些聊天里有消息在排队',
    'Messages wait in some more chats',
  ])
})

test('the name of a chat stands in a list as it is, in either language', () => {
  const of = { seq: '7', chat: 'Ann, Bob', what: 'hi', at: '14:03', way: 'send' } as const
  const letters = [{ ...of, state: 'dead', certain: true } as const]
  const notice = { type: 'letters', letters, more: { count: 0 } } as const
  expect(words({ kind: 'notice', notice }, 'zh')).toContain('7. Ann, Bob，14:03：“hi”')
  expect(words({ kind: 'notice', notice }, 'en')).toContain('7. Ann, Bob, 14:03: “hi”')
})

test('a command is explained in the language of who reads it, and where it belongs', () => {
  const said = (notice: Notice) => words({ kind: 'notice', notice }, 'zh')
  const usage = '!wx group NUMBER NUMBER… NAME'
  expect(said({ type: 'usage', usage })).toBe('这样写：!wx group 编号 编号… 名字')
  const pin = { type: 'usage', usage: '!wx pin', place: 'chat' } as const
  expect(said(pin)).toBe('请在聊天的房间里写：!wx pin')
  expect(words({ kind: 'notice', notice: pin }, 'en')).toBe(
    'Write it in the room of a chat: !wx pin',
  )
  const detail = 'The member was not removed.'
  expect(said({ type: 'notDone', code: 'refused', detail })).toBe(
    '没有做到：被拒绝（The member was not removed）。',
  )
})

test('the remark leads in a friend’s own room and nowhere else', () => {
  expect(roomName(friendChat, 'zh')).toBe('满满')
  expect(roomName({ ...groupChat, remark: '私下叫法' }, 'zh')).toBe('周末爬山队')
  expect(roomName({ ...groupChat, name: '' }, 'en')).toBe('Group chat')
})

test('a question gives for each answer the command that gives it', () => {
  const [notice] = all.doubt
  const zh = words({ kind: 'notice', notice: notice as Notice }, 'zh')
  for (const answer of ['1', '2', 'new']) expect(zh).toContain(`!wx same 3 ${answer} `)
  expect(zh).toContain('晚上见')
  expect(zh).toContain('浙江 杭州')
})

test('a chat that is not sure yet is marked', () => {
  expect(roomName({ ...friendChat, unconfirmed: true }, 'zh')).toBe('满满（待确认）')
  expect(roomName({ ...groupChat, unconfirmed: true }, 'en')).toBe('周末爬山队 (unconfirmed)')
})
