import type { DoorLine } from './door-notice.ts'
import { ofDoor, withDoor } from './door-notice.ts'
import type { Content } from './message.ts'
import type { Notice } from './notice.ts'
import { oneLine } from './one-line.ts'
import type { Button, Buttons } from './post.ts'
import type { Letter } from './queue-notice.ts'
import { recallPolicies } from './recall-policy.ts'
import type { ChatLine, Where } from './room-notice.ts'
import type { Both, Language } from './words.ts'

/** A button in both languages; names of people stand in either as they are. */
type Draft = { readonly label: Both } & ({ readonly words: string } | { readonly url: string })
type Rows = readonly (readonly Draft[])[]
type Drafts = {
  readonly [T in Notice['type']]?: (notice: Extract<Notice, { readonly type: T }>) => Rows
}

/** The words of a button, joined by blanks, have at most so many bytes (Telegram's `callback_data`). */
const longestWords = 64
const longestLabel = 40
const longestUrl = 2000
/** Of a list of what was not delivered, so many can be decided by a button; the others by their numbers. */
const lettersAtOnce = 5

/** What can be pressed under what a message says. */
export function buttonsUnder(content: Content, language: Language): Buttons | undefined {
  if (content.kind === 'notice') return buttonsOf(content.notice, language)
  if (content.kind !== 'friendRequest') return undefined
  const accept = press({ zh: '通过', en: 'Accept' }, `accept ${content.request}`)
  const button = buttonOf(accept, language)
  return button && [[button]]
}

/** What can be pressed under a notice: the commands its words name, and what else is likely to be done next. */
export function buttonsOf(notice: Notice, language: Language): Buttons | undefined {
  const draft = drafts[notice.type] as ((notice: Notice) => Rows) | undefined
  const rows = (draft?.(notice) ?? [])
    .map((row) => row.flatMap((each) => buttonOf(each, language) ?? []))
    .filter((row) => row.length > 0)
  return rows.length > 0 ? rows : undefined
}

/** Undefined: what would be too long to press is left to be typed. */
function buttonOf(draft: Draft, language: Language): Button | undefined {
  const label = oneLine(draft.label[language], longestLabel) || '…'
  if ('url' in draft) {
    return /^https?:\/\//.test(draft.url) && draft.url.length <= longestUrl
      ? { label, url: draft.url }
      : undefined
  }
  if (new TextEncoder().encode(draft.words).length > longestWords) return undefined
  return { label, words: draft.words.split(' ') }
}

const drafts: Drafts = {
  welcome: () => [[help, chatList]],
  help: () => [[chatList, status]],
  unknownCommand: ({ near }) => [[...(near ? [press(same(near), near)] : []), help]],
  offline: ({ relogin, door }) => (relogin ? [[logInAt(door)]] : []),
  status: ({ state, queued, dead, doors = [] }) => [
    [...(queued ? [queue] : []), ...(dead ? [letterList] : [])],
    ...(state === 'offline' && doors.length === 0 ? [[logInAt()]] : offline(doors)),
  ],
  doors: ({ doors }) => offline(doors),
  whichDoor: ({ what, doors }) => (what === 'login' ? doors.map((door) => [logInAt(door)]) : []),
  risk: ({ door }) => [
    [press({ zh: '我明白，仍要登录', en: 'Log in all the same' }, `login${withDoor(door)} yes`)],
  ],

  notSent: ({ seq }) => [decide(seq)],
  heldBack: ({ seq }) => [decide(seq, { zh: '发送', en: 'Send' })],
  notShown: ({ seq }) =>
    seq === undefined ? [] : [[press({ zh: '再取一次', en: 'Fetch again' }, `resend ${seq}`)]],
  letters: ({ letters }) => [
    ...letters.slice(0, lettersAtOnce).map(letter),
    letters.length > 1
      ? [press({ zh: '确定没发出的全部再发', en: 'Resend all not sent' }, 'resend all')]
      : [],
  ],
  resent: ({ others }) => (others ? [[letterList]] : []),
  dropped: ({ others }) => (others ? [[letterList]] : []),
  line: ({ letters }) => (letters.count > 0 ? [[letterList]] : []),
  queue: ({ letters }) => (letters.count > 0 ? [[letterList]] : []),
  waiting: () => [[queue]],

  doubt: ({ code, choices }) => [
    ...choices.map(({ name }, at) => [press(same(name), `same ${code} ${at + 1}`)]),
    [press({ zh: '都不是，是新的', en: 'None of them: somebody new' }, `same ${code} new`)],
  ],
  found: ({ found }) => found.flatMap(({ portal, name }) => (portal ? [[open(portal, name)]] : [])),
  requests: ({ requests }) =>
    requests.map(({ request, name }) => [
      press({ zh: `通过：${name}`, en: `Accept ${name}` }, `accept ${request}`),
    ]),

  recallPolicy: ({ now }) =>
    now
      ? []
      : [
          recallPolicies.map((each) => press(policies[each], `recall ${each}`)),
          [press({ zh: '恢复默认', en: 'As in other chats' }, 'recall default')],
        ],

  chats: ({ todo, words, page, chats, more }) => [
    ...chats.map(({ portal, name }) => [
      todo === 'link' ? press(same(name), `link ${portal}`) : open(portal, name),
    ]),
    [
      ...(page > 1
        ? [press({ zh: '← 上一页', en: '← Previous' }, pageOf(todo, words, page - 1))]
        : []),
      ...(more ? [press({ zh: '下一页 →', en: 'Next →' }, pageOf(todo, words, page + 1))] : []),
    ],
  ],
  whichChat: ({ code, choices, page, more }) => [
    ...choices.map(({ portal, name }) => [press(same(name), `to ${code} ${portal}`)]),
    [
      ...(page > 1 ? [press({ zh: '← 上一页', en: '← Previous' }, `to ${code} -${page - 1}`)] : []),
      ...(more ? [press({ zh: '更多 →', en: 'More →' }, `to ${code} -${page + 1}`)] : []),
    ],
    [press({ zh: '都不是（不发送）', en: 'None of these (not sent)' }, `to ${code} none`)],
  ],
  opened: ({ portal, muted, where }) => [
    there(where),
    [
      muted ? unmute(portal) : mute(portal),
      ...(where && where.kind !== 'linked'
        ? [press({ zh: '放到一个群…', en: 'Link to a group…' }, `link ${portal}`)]
        : []),
    ],
    where
      ? [
          press(
            { zh: `位置：${kinds[where.kind].zh}`, en: `Where it goes: ${kinds[where.kind].en}` },
            `place ${portal}`,
          ),
        ]
      : [],
  ],
  place: ({ portal, where, now }) => [
    now ? there(where) : [],
    now
      ? []
      : (['auto', 'private', 'forum', 'flat'] as const)
          .filter((kind) => kind !== where?.kind)
          .map((kind) => press(kinds[kind], `place ${portal} ${kind}`)),
  ],
  linkBy: ({ url }) => [[{ label: { zh: '选一个群', en: 'Pick a group' }, url }]],
  home: ({ where }) => [there(where)],
  muted: ({ portal, muted }) => [[muted ? unmute(portal) : mute(portal)]],
  language: ({ language, now }) =>
    now
      ? []
      : [
          [
            language === 'zh'
              ? press(same('English'), 'language en')
              : press(same('中文'), 'language zh'),
          ],
        ],
  users: ({ users }) => [
    ...users
      .filter(({ role }) => role !== 'owner')
      .map(({ id, name }) => [
        press({ zh: `去掉：${name || id}`, en: `Remove ${name || id}` }, `users remove ${id}`),
      ]),
    [
      press({ zh: '加用户', en: 'Add a user' }, 'users add'),
      press({ zh: '加只写的人', en: 'Add one who only writes' }, 'users add relay'),
    ],
  ],
  relay: ({ allowed }) => [
    [
      allowed
        ? press({ zh: '关闭', en: 'End it' }, 'relay off')
        : press({ zh: '允许所有人写', en: 'Let everyone write' }, 'relay on'),
    ],
  ],
}

const press = (label: Both, words: string): Draft => ({ label, words })
const same = (text: string): Both => ({ zh: text, en: text })

const help = press({ zh: '命令', en: 'Commands' }, 'help')
const status = press({ zh: '状态', en: 'Status' }, 'status')
const logInAt = (door?: string): Draft => {
  const { zh, en } = ofDoor(door)
  return press({ zh: `登录${zh}`, en: `Log in${en}` }, `login${withDoor(door)}`)
}
const offline = (doors: readonly DoorLine[]): Rows =>
  doors.filter(({ state }) => state === 'offline').map(({ door }) => [logInAt(door)])
const queue = press({ zh: '排队的消息', en: 'What waits' }, 'queue')
const letterList = press({ zh: '没发出的消息', en: 'Not delivered' }, 'dead')
const chatList = press({ zh: '聊天', en: 'Chats' }, 'chats')

const open = (portal: ChatLine['portal'], name: string) => press(same(name), `open ${portal}`)
const mute = (portal: string) => press({ zh: '静音', en: 'Mute' }, `mute ${portal}`)
const unmute = (portal: string) => press({ zh: '取消静音', en: 'Unmute' }, `unmute ${portal}`)

function decide(seq: string, yes: Both = { zh: '再发一次', en: 'Resend' }): readonly Draft[] {
  return [press(yes, `resend ${seq}`), press({ zh: '不发了', en: 'Drop' }, `drop ${seq}`)]
}

/** Which of several a button is about is known by what it says, and by the number. */
function letter({ seq, what }: Letter): readonly Draft[] {
  const short = oneLine(what, 16)
  return [
    press({ zh: `再发 ${seq}：${short}`, en: `Resend ${seq}: ${short}` }, `resend ${seq}`),
    press({ zh: `不发 ${seq}`, en: `Drop ${seq}` }, `drop ${seq}`),
  ]
}

function there(where: Where | undefined): readonly Draft[] {
  if (!where?.url) return []
  const { name, url } = where
  return [
    {
      label: name ? { zh: `去“${name}”`, en: `Go to “${name}”` } : { zh: '去那里', en: 'Go there' },
      url,
    },
  ]
}

const pageOf = (todo: 'open' | 'link', words: string | undefined, page: number): string =>
  [todo === 'link' ? 'link' : 'chats', ...(words ? [words] : []), `-${page}`].join(' ')

const policies = {
  notice: { zh: '通知', en: 'Notice' },
  redact: { zh: '撤回', en: 'Take back' },
  both: { zh: '都要', en: 'Both' },
  off: { zh: '不变', en: 'Nothing' },
} as const

const kinds = {
  auto: { zh: '由桥决定', en: 'as the bridge would' },
  linked: { zh: '群', en: 'a group' },
  own: { zh: '自己的房间', en: 'a room of its own' },
  private: { zh: '私聊话题', en: 'private topic' },
  forum: { zh: '群话题', en: 'topic in the group' },
  flat: { zh: '私聊', en: 'private chat' },
} as const
