import { expect, test } from 'vitest'
import type { Notice, OfflineReason, Why } from '../../src/core/notice.ts'
import type { Letter, Wait } from '../../src/core/queue-notice.ts'
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
  noLetter: true,
  otherChat: true,
  restored: true,
}
const soon = { inMs: 120_000, at: '14:05' }
const waits: readonly Wait[] = [
  { why: 'pace', when: soon },
  { why: 'pace', when: { inMs: 10, at: '14:03' } },
  { why: 'rate', when: soon },
  { why: 'offline' },
  { why: 'trouble' },
  { why: 'doubt' },
]
const letter: Letter = {
  seq: '12',
  chat: '满满',
  what: '晚上见',
  at: '14:03:22',
  way: 'send',
  state: 'dead',
  certain: true,
  code: 'refused',
  reason: 'notFriend',
  said: '对方已拒收',
}
const { code: _, reason: __, said: ___, ...mute } = letter
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
  recallPolicy: (['notice', 'redact', 'both', 'off'] as const).flatMap((policy) => [
    { type: 'recallPolicy', policy, chosen: false },
    { type: 'recallPolicy', policy, chosen: true },
    { type: 'recallPolicy', policy, chosen: true, now: true },
  ]),
  diskTrouble: [
    { type: 'diskTrouble', full: true },
    { type: 'diskTrouble', full: false },
  ],
  diskWell: [{ type: 'diskWell' }],
  waiting: waits.flatMap((wait) => [
    { type: 'waiting', place: { count: 3 }, wait },
    { type: 'waiting', place: { count: 3, more: true }, wait },
  ]),
  othersWait: waits.map((wait) => ({ type: 'othersWait', chats: { count: 3 }, wait })),
  line: [
    { type: 'line', waiting: { count: 0 }, letters: { count: 0 } },
    {
      type: 'line',
      waiting: { count: 1 },
      first: { place: { count: 1 }, when: soon },
      letters: { count: 1 },
    },
    ...waits.slice(2).map(
      (wait): Of<'line'> => ({
        type: 'line',
        waiting: { count: 9, more: true },
        first: { place: { count: 3 }, when: soon },
        last: { place: { count: 30, more: true } },
        wait,
        letters: { count: 4, more: true },
      }),
    ),
  ],
  queue: [
    {
      type: 'queue',
      waiting: { count: 0 },
      chats: { count: 0 },
      longest: [],
      letters: { count: 0 },
    },
    {
      type: 'queue',
      waiting: { count: 5 },
      chats: { count: 1 },
      longest: [{ name: '满满', waiting: { count: 5 } }],
      allowance: {
        minute: { used: 1, of: 15 },
        hour: { used: 20, of: 200 },
        day: { used: 300, of: 800 },
        newcomer: true,
      },
      wait: { why: 'rate', when: soon },
      letters: { count: 2 },
    },
  ],
  heldBack: [
    { type: 'heldBack', why: 'repeated', seq: '9', chats: { count: 4 }, withinMs: 600_000 },
    { type: 'heldBack', why: 'restored', seq: '9' },
  ],
  letters: [
    { type: 'letters', letters: [], more: { count: 0 } },
    {
      type: 'letters',
      letters: [letter, { ...letter, certain: false }, { ...letter, state: 'held' }, mute],
      more: { count: 3 },
    },
    {
      type: 'letters',
      letters: (['post', 'recall'] as const).flatMap((way) => [
        { ...mute, way },
        { ...mute, way, certain: false },
      ]),
      more: { count: 9, more: true },
    },
    {
      type: 'letters',
      letters: [{ ...letter, state: 'held', certain: false, reason: 'restored' }],
      more: { count: 0 },
    },
  ],
  resent: [
    { type: 'resent', what: '晚上见', count: 1, twice: 0, left: 0 },
    { type: 'resent', what: '晚上见', count: 1, twice: 1, left: 0 },
    { type: 'resent', count: 50, twice: 0, left: 2, more: true },
    { type: 'resent', count: 0, twice: 0, left: 2 },
  ],
  dropped: [
    { type: 'dropped', what: '晚上见', count: 1, perhaps: 0 },
    { type: 'dropped', what: '晚上见', count: 1, perhaps: 1 },
    { type: 'dropped', count: 500, perhaps: 2, more: true },
  ],
  unknownCommand: [{ type: 'unknownCommand', word: 'x' }],
  done: [
    { type: 'done', what: 'login' },
    { type: 'done', what: 'logout' },
  ],
  nothingToDo: [
    { type: 'nothingToDo', what: 'login' },
    { type: 'nothingToDo', what: 'logout' },
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
