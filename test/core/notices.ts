import { portalId } from '../../src/core/ids.ts'
import type { Notice, OfflineReason, Why } from '../../src/core/notice.ts'
import type { Letter, Wait } from '../../src/core/queue-notice.ts'

// Every notice, in all its shapes, for tests of words and buttons.

type Of<T extends Notice['type']> = Extract<Notice, { readonly type: T }>
export const sent = {
  type: 'notSent',
  code: 'rate',
  certain: true,
  detail: 'Ret 1205',
  seq: '7',
} as const
export const unsure = { ...sent, certain: false, detail: 'no answer', seq: '8' } as const
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
  recall: true,
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
  otherAccount: true,
  noChatHere: true,
  noPlaces: true,
  noUsers: true,
  notYours: true,
  noUser: true,
  noAnswer: true,
  notTaken: true,
  otherHere: true,
  onlyHome: true,
  noTopics: true,
  noPuppet: true,
  noSuchUser: true,
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
const portal = portalId('abcdefghijkm')
const chats = [
  { portal, kind: 'friend', name: '王伟' },
  { portal, kind: 'group', name: '王家' },
] as const
const wheres = [
  { kind: 'linked', name: '王家', url: 'https://t.example/c/1/2' },
  { kind: 'private' },
  { kind: 'forum' },
  { kind: 'flat' },
] as const
const keys = <K extends string>(table: { readonly [key in K]: true }) => Object.keys(table) as K[]

/** Every notice, in all its shapes: a type that is not here does not compile. */
export const all: { readonly [T in Notice['type']]: readonly Of<T>[] } = {
  welcome: [{ type: 'welcome' }],
  residents: [{ type: 'residents', residents: [{ user: '@ann:example.org', online: true }] }],
  online: [
    { type: 'online', name: '阿墨' },
    { type: 'online', name: '阿墨', door: 'second' },
  ],
  doors: [
    {
      type: 'doors',
      doors: [
        { door: 'main', state: 'online', name: '阿墨', chats: 12, waiting: 3, alerts: true },
        { door: 'second', state: 'offline' },
        { door: 'third', state: 'taken', by: 'main' },
      ],
    },
  ],
  whichDoor: (['login', 'logout', 'code'] as const).map((what) => ({
    type: 'whichDoor',
    what,
    doors: ['main', 'second'],
  })),
  noDoor: [{ type: 'noDoor', door: 'x', doors: ['main', 'second'] }],
  doorTaken: [{ type: 'doorTaken', door: 'second', by: 'main' }],
  askCode: [{ type: 'askCode' }, { type: 'askCode', door: 'second' }],
  offline: keys(reasons).flatMap((reason) => [
    { type: 'offline', reason, relogin: true },
    { type: 'offline', reason, detail: 'Ret 1101', relogin: false },
    { type: 'offline', reason, early: true, relogin: true },
    { type: 'offline', reason, relogin: true, door: 'second' },
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
        { kind: 'group', name: '王家', detail: '', portal },
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
  help: [
    { type: 'help' },
    { type: 'help', full: true, places: true, people: true },
    { type: 'help', full: true, places: 'rooms', people: 'ids', puppet: true, residents: true },
    { type: 'help', full: true, doors: true },
  ],
  copied: [{ type: 'copied' }],
  reactionsOff: [{ type: 'reactionsOff' }],
  reactions: [
    { type: 'reactions', policy: 'line' },
    { type: 'reactions', policy: 'off', now: true },
  ],
  userAdded: [
    { type: 'userAdded', id: '@ann:a.example', role: 'user' },
    { type: 'userAdded', id: '@ann:a.example', role: 'relay' },
  ],
  addById: [{ type: 'addById', form: '@name:server', role: 'relay' }],
  linkHere: [{ type: 'linkHere', name: '林小满', portal: portalId('abc') }],
  puppet: [
    { type: 'puppet', state: 'none' },
    { type: 'puppet', state: 'none', now: true },
    { type: 'puppet', state: 'given' },
    { type: 'puppet', state: 'given', now: true },
    { type: 'puppet', state: 'configured' },
  ],
  roomsCleared: [{ type: 'roomsCleared', count: 2 }],
  status: [
    { type: 'status', state: 'online', name: '阿墨', chats: 3, queued: 1, dead: 0 },
    { type: 'status', state: 'offline', chats: 0, queued: 0, dead: 0 },
    {
      type: 'status',
      state: 'online',
      chats: 0,
      queued: 0,
      dead: 2,
      hubs: [
        { hub: 'telegram', why: 'blocked', detail: 'The owner has blocked the bot.', rooms: 0 },
        { hub: 'other', rooms: 1 },
        { hub: 'third', rooms: 2 },
      ],
    },
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
    { type: 'resent', count: 0, twice: 0, left: 2, others: true },
  ],
  dropped: [
    { type: 'dropped', what: '晚上见', count: 1, perhaps: 0 },
    { type: 'dropped', what: '晚上见', count: 1, perhaps: 1 },
    { type: 'dropped', count: 500, perhaps: 2, more: true, others: true },
  ],
  unknownCommand: [{ type: 'unknownCommand', word: 'x' }],
  done: [
    { type: 'done', what: 'login' },
    { type: 'done', what: 'logout' },
    { type: 'done', what: 'code', door: 'second' },
  ],
  chats: [
    { type: 'chats', todo: 'open', page: 1, chats: [] },
    { type: 'chats', todo: 'open', page: 4, chats: [] },
    { type: 'chats', todo: 'open', page: 1, words: '王', chats: [] },
    { type: 'chats', todo: 'open', page: 2, words: '王 伟', chats, more: true },
    { type: 'chats', todo: 'link', page: 1, chats, more: true },
  ],
  opened: [
    { type: 'opened', name: '王伟', portal, muted: false },
    ...wheres.map(
      (where) => ({ type: 'opened', name: '王伟', portal, muted: true, where }) as const,
    ),
  ],
  place: [
    { type: 'place', name: '王伟', portal },
    ...wheres.flatMap(
      (where) =>
        [
          { type: 'place', name: '王伟', portal, where },
          { type: 'place', name: '王伟', portal, where, now: true },
        ] as const,
    ),
  ],
  linkBy: [{ type: 'linkBy', name: '王伟', url: 'https://t.example/bot?startgroup=x' }],
  home: [{ type: 'home' }, ...wheres.map((where) => ({ type: 'home', where }) as const)],
  muted: [
    { type: 'muted', name: '王伟', portal, muted: true },
    { type: 'muted', name: '王伟', portal, muted: false },
  ],
  language: [
    { type: 'language', language: 'zh' },
    { type: 'language', language: 'en' },
    { type: 'language', language: 'en', now: true },
  ],
  users: [
    {
      type: 'users',
      users: [
        { id: '1', name: '阿墨', role: 'owner' },
        { id: '2', name: '', role: 'user' },
        { id: '3', name: '小周', role: 'relay' },
      ],
    },
  ],
  userBy: [
    { type: 'userBy', role: 'user', link: 'https://t.example/bot?start=x' },
    { type: 'userBy', role: 'relay', link: 'a word' },
  ],
  userGone: [{ type: 'userGone', name: '小周' }],
  relay: [
    { type: 'relay', allowed: true },
    { type: 'relay', allowed: true, form: '@name:server' },
    { type: 'relay', allowed: false },
  ],
  hubShut: (['unclaimed', 'blocked', 'refused'] as const).map((why) => ({
    type: 'hubShut',
    hub: 'telegram',
    why,
    detail: 'It was blocked.',
  })),
  hubOpen: [{ type: 'hubOpen', hub: 'telegram' }],
  whichChat: [
    { type: 'whichChat', code: 'abc', preview: '晚上见', count: 1, page: 1, choices: [] },
    {
      type: 'whichChat',
      code: 'abc',
      preview: '晚上见',
      count: 3,
      page: 2,
      choices: chats,
      more: true,
    },
    {
      type: 'whichChat',
      code: 'abc',
      preview: '晚上见',
      count: 1,
      page: 1,
      choices: [],
      mps: true,
    },
  ],
  routed: [{ type: 'routed', name: '王伟', preview: '晚上见 hello' }],
  notRouted: [
    { type: 'notRouted', preview: '晚上见' },
    { type: 'notRouted', preview: '晚上见', taken: true },
  ],
  routedAlready: [{ type: 'routedAlready' }],
  noSuchChat: [{ type: 'noSuchChat' }],
  notEdited: (['off', 'recalled', 'unknown', 'notMine', 'otherChat'] as const).map((why) => ({
    type: 'notEdited',
    why,
  })),
  nothingToDo: [
    { type: 'nothingToDo', what: 'login' },
    { type: 'nothingToDo', what: 'logout' },
    { type: 'nothingToDo', what: 'code' },
    { type: 'nothingToDo', what: 'login', door: 'second' },
  ],
}
export const notices: readonly Notice[] = Object.values(all).flat()
