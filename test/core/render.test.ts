import { expect, test } from 'vitest'
import type { Notice, OfflineReason, Why } from '../../src/core/notice.ts'
import { roomName, words } from '../../src/core/render.ts'
import { friendChat, groupChat } from './samples.ts'

type Of<T extends Notice['type']> = Extract<Notice, { readonly type: T }>
const sent = { type: 'notSent', code: 'rate', certain: true, detail: 'Ret 1205', seq: '7' } as const
const unsure = { ...sent, certain: false, detail: 'no answer', seq: '8' } as const
const shown = { type: 'notShown', code: 'tooLarge', detail: '20 MB', what: '[picture]' } as const
const reasons: { readonly [R in OfflineReason]: true } = {
  starting: true,
  loggedOut: true,
  kicked: true,
  refused: true,
  expired: true,
  cancelled: true,
  unreachable: true,
  risk: true,
}
const done: { readonly [W in Of<'doneWith'>['what']]: true } = {
  start: true,
  remark: true,
  unremark: true,
  pin: true,
  unpin: true,
  accept: true,
  add: true,
  create: true,
  added: true,
  invited: true,
  remove: true,
  rename: true,
  refresh: true,
  fetch: true,
}
const whys: { readonly [W in Why]: true } = {
  noSearch: true,
  noMembers: true,
  noRequest: true,
  noMessage: true,
  nothingLost: true,
  tooLong: true,
  noPeople: true,
}
const keys = <K extends string>(table: { readonly [key in K]: true }) => Object.keys(table) as K[]

/** Every notice, in all its shapes: a type that is not here does not compile. */
const all: { readonly [T in Notice['type']]: readonly Of<T>[] } = {
  welcome: [{ type: 'welcome' }],
  online: [{ type: 'online', name: '阿墨' }],
  offline: keys(reasons).flatMap((reason) => [
    { type: 'offline', reason, relogin: true },
    { type: 'offline', reason, detail: 'Ret 1101', relogin: false },
    { type: 'offline', reason, early: true, relogin: true },
  ]),
  notSent: [sent, unsure],
  notRecalled: [
    { type: 'notRecalled', code: 'refused', certain: true, detail: 'Ret 1' },
    { type: 'notRecalled', code: 'timeout', certain: false, detail: 'no answer' },
  ],
  noChat: [{ type: 'noChat', preview: 'hello' }],
  refused: [
    { type: 'refused', refusal: { why: 'kind', kind: 'poll' } },
    { type: 'refused', refusal: { why: 'kind', kind: 'constructor' } },
    { type: 'refused', refusal: { why: 'tooLarge', bytes: 3e7, limit: 2e7 } },
    { type: 'refused', refusal: { why: 'format', mime: 'image/heic' } },
    { type: 'refused', refusal: { why: 'format', mime: 'video/webm' } },
    { type: 'refused', refusal: { why: 'format', mime: 'text/x' } },
    { type: 'refused', refusal: { why: 'empty' } },
    { type: 'refused', refusal: { why: 'tooLate' } },
    { type: 'refused', refusal: { why: 'notMine' } },
  ],
  notShown: [shown, { ...shown, seq: '9' }],
  held: [{ type: 'held', code: '3' }],
  doubt: [
    {
      type: 'doubt',
      code: '3',
      name: '王伟',
      about: ['浙江 杭州'],
      choices: [{ name: '王伟', last: '晚上见' }, { name: '王伟' }],
    },
    { type: 'doubt', code: '4', name: '王伟', about: [], choices: [] },
  ],
  settled: [
    { type: 'settled', name: '王伟', same: true },
    { type: 'settled', name: '王伟', same: false },
  ],
  risk: [{ type: 'risk' }],
  found: [
    { type: 'found', words: 'wang', found: [] },
    {
      type: 'found',
      words: 'wang',
      found: [
        { kind: 'friend', name: '王伟', alias: 'ww', detail: '浙江' },
        { kind: 'group', name: '王家', detail: '' },
      ],
    },
    {
      type: 'found',
      words: 'wang',
      found: [{ kind: 'friend', name: '王伟', detail: '' }],
      more: true,
    },
  ],
  requests: [
    { type: 'requests', requests: [] },
    { type: 'requests', requests: [{ request: '4', name: '小周', greeting: 'hi' }] },
  ],
  members: [
    { type: 'members', names: [] },
    { type: 'members', names: ['one of them', '另一个'] },
  ],
  usage: [
    { type: 'usage', usage: '!wx remark NAME' },
    { type: 'usage', usage: '!wx remark NAME', place: 'friend' },
    { type: 'usage', usage: '!wx members', place: 'group' },
    { type: 'usage', usage: '!wx pin', place: 'chat' },
  ],
  cannot: keys(whys).map((why) => ({ type: 'cannot', why })),
  doneWith: keys(done).map((what) => ({ type: 'doneWith', what, name: '王伟' })),
  notDone: [{ type: 'notDone', code: 'gone', detail: 'not known in this login' }],
  help: [{ type: 'help' }],
  status: [
    { type: 'status', state: 'online', name: '阿墨', chats: 3, queued: 1, dead: 0 },
    { type: 'status', state: 'offline', chats: 0, queued: 0, dead: 0 },
  ],
  unknownCommand: [{ type: 'unknownCommand', word: 'x' }],
  done: [
    { type: 'done', what: 'login' },
    { type: 'done', what: 'logout' },
    { type: 'done', what: 'resend' },
  ],
  nothingToDo: [
    { type: 'nothingToDo', what: 'login' },
    { type: 'nothingToDo', what: 'logout' },
    { type: 'nothingToDo', what: 'resend' },
  ],
}
const notices: readonly Notice[] = Object.values(all).flat()

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
