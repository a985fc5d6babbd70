import { because } from './causes.ts'
import { withDoor } from './door-notice.ts'
import type { Notice, Place, Why } from './notice.ts'
import { roomWhys } from './room-whys.ts'
import type { Both } from './words.ts'

type About =
  | 'held'
  | 'doubt'
  | 'settled'
  | 'risk'
  | 'found'
  | 'requests'
  | 'members'
  | 'usage'
  | 'doneWith'
  | 'cannot'
  | 'notDone'
type PeopleWords = {
  readonly [T in About]: (notice: Extract<Notice, { readonly type: T }>) => Both
}

/** What the bridge says about who is who, and what became of commands about people and groups. */
export const peopleWords: PeopleWords = {
  held: ({ code }) => ({
    zh: `先不发送：还不确定这是谁。请先回答（!wx same ${code} …），之后你写的会自动发出。`,
    en: `Held back: it is not sure yet who this is. Answer the question first (!wx same ${code} …); what you wrote goes out then.`,
  }),
  doubt: ({ code, name, about, choices }) => {
    const known = about.length
      ? { zh: `（${about.join('，')}）`, en: ` (${about.join(', ')})` }
      : none
    const line = (choice: (typeof choices)[number], at: number): Both => ({
      zh: `!wx same ${code} ${at + 1}  是“${choice.name}”${choice.last ? `，最后一条：“${choice.last}”` : ''}`,
      en: `!wx same ${code} ${at + 1}  it is “${choice.name}”${choice.last ? `, whose last words are “${choice.last}”` : ''}`,
    })
    return {
      zh: [
        `这次登录里的“${name}”${known.zh}是以前的哪一位？微信没有给出可靠的线索，所以在你回答之前，写给对方的消息先不发送。`,
        ...choices.map((each, at) => line(each, at).zh),
        `!wx same ${code} new  都不是，是新的`,
      ].join('\n'),
      en: [
        `Which chat of before is “${name}”${known.en}? WeChat gives no sure sign in this login, so nothing is sent there until you answer.`,
        ...choices.map((each, at) => line(each, at).en),
        `!wx same ${code} new  none of them: somebody new`,
      ].join('\n'),
    }
  },
  settled: ({ name, same }) =>
    same
      ? {
          zh: `已确认：这是“${name}”。以后的消息都在“${name}”自己的房间里。`,
          en: `Settled: this is “${name}”. From now on everything is in the room of “${name}”.`,
        }
      : {
          zh: `已确认：“${name}”是新的，这里就是对应的房间。`,
          en: `Settled: “${name}” is somebody new, and this is their room.`,
        },
  risk: ({ door }) => ({
    zh: [
      '登录网页版微信有风险：2025 年 1 月以来，很多账号登录后几秒就被踢下线，有的收到安全警告，甚至被限制登录一天到一个月。',
      `请不要用重要的账号尝试。如果你明白并愿意承担风险，请输入 !wx login${withDoor(door)} yes。`,
    ].join('\n'),
    en: [
      'Web login is risky: since January 2025 many accounts are thrown out within seconds of it; some get a security warning, or are locked for a day to a month.',
      `Do not try it with an account you depend on. If you understand this and want it all the same, say !wx login${withDoor(door)} yes.`,
    ].join('\n'),
  }),
  found: ({ words, found, more, without }) => {
    if (found.length === 0) {
      return silent(without, {
        zh: `没有找到“${words}”。`,
        en: `Nothing was found for “${words}”.`,
      })
    }
    const lines = found.map((each, at) => {
      const beside = [each.alias ?? '', each.detail].filter((word) => word !== '')
      const kind = chatKinds[each.kind]
      return {
        zh: `${at + 1}. ${each.name}（${[kind.zh, ...beside].join('，')}）`,
        en: `${at + 1}. ${each.name} (${[kind.en, ...beside].join(', ')})`,
      }
    })
    return silent(without, {
      zh: [
        ...lines.map((each) => each.zh),
        ...(more ? [notAll.zh] : []),
        '输入 !wx start 编号 打开房间。',
      ].join('\n'),
      en: [
        ...lines.map((each) => each.en),
        ...(more ? [notAll.en] : []),
        'Say !wx start NUMBER to open the room.',
      ].join('\n'),
    })
  },
  requests: ({ requests, without }) => {
    if (requests.length === 0) {
      return silent(without, {
        zh: '没有待通过的好友请求。',
        en: 'There are no open friend requests.',
      })
    }
    const lines = (colon: string) =>
      requests.map(
        ({ request, name, greeting }) =>
          `!wx accept ${request}  ${name}${greeting ? `${colon}${greeting}` : ''}`,
      )
    return silent(without, {
      zh: ['待通过的好友请求：', ...lines('：')].join('\n'),
      en: ['Open friend requests:', ...lines(': ')].join('\n'),
    })
  },
  members: ({ names }) => {
    const lines = names.map((name, at) => `${at + 1}. ${name}`).join('\n')
    return { zh: lines || '没有成员。', en: lines || 'Nobody is in it.' }
  },
  usage: ({ usage, place }) => {
    const chinese = usage.replace(/[A-Z]{4,}/g, (word) => blanks[word] ?? word)
    const where = place && places[place]
    return {
      zh: where ? `请在${where.zh}的房间里写：${chinese}` : `这样写：${chinese}`,
      en: where ? `Write it in the room of ${where.en}: ${usage}` : `Write it like this: ${usage}`,
    }
  },
  doneWith: ({ what, name }) => done[what](name),
  cannot: ({ why }) => whys[why],
  notDone: (notice) => {
    const why = because(notice)
    return { zh: `没有做到：${why.zh}。`, en: `Was not done: ${why.en}.` }
  },
}

/** What is missing is said: nobody should take it for everything there is. */
function silent(doors: readonly string[] | undefined, said: Both): Both {
  if (!doors?.length) return said
  return {
    zh: `${said.zh}\n没有回答的入口：${doors.join('、')}。`,
    en: `${said.en}\nThese doors did not answer: ${doors.join(', ')}.`,
  }
}

/** What stands for a person's own words in the lines of usage. */
const blanks: Readonly<Record<string, string | undefined>> = {
  CODE: '代号',
  DOOR: '入口',
  GREETING: '招呼',
  MESSAGE: '消息编号',
  NAME: '名字',
  NUMBER: '编号',
  TOKEN: '令牌',
  WORDS: '关键字',
}

const places: Readonly<Record<Place, Both>> = {
  friend: { zh: '好友', en: 'a friend' },
  group: { zh: '群聊', en: 'a group' },
  chat: { zh: '聊天', en: 'a chat' },
}

const whys: Readonly<Record<Why, Both>> = {
  noSearch: {
    zh: '这个房间里最近列出的结果中没有这个编号。请先在这里输入 !wx search 关键字，再用列表里的编号。',
    en: 'The list last shown in this room has no such number. Say !wx search WORDS here first, and take a number of its list.',
  },
  noMembers: {
    zh: '这个房间里最近列出的成员中没有这个编号。请先在这里输入 !wx members，再用列表里的编号。',
    en: 'The list of members last shown in this room has no such number. Say !wx members here first, and take a number of its list.',
  },
  noRequest: {
    zh: '没有这个编号的好友请求。输入 !wx accept 查看待通过的请求。',
    en: 'There is no open friend request with this number. Say !wx accept to list them.',
  },
  otherAccount: {
    zh: '这些聊天属于不同的微信账号，不能放在一个群里。',
    en: 'These chats are of different WeChat accounts; they cannot be in one group.',
  },
  noMessage: { zh: '这里没有这条消息。', en: 'There is no such message here.' },
  nothingLost: {
    zh: '这条消息里没有下载失败的内容。',
    en: 'Nothing of this message was given up.',
  },
  tooLong: {
    zh: '命令太长，没有执行。请写短一些。',
    en: 'This command is too long, so it was not done. Make it shorter.',
  },
  noPeople: { zh: '这个连接方式没有通讯录。', en: 'This connector has no address book.' },
  noLetter: {
    zh: '没有这个编号的未发消息。输入 !wx dead 查看。',
    en: 'There is no undelivered message with this number. Say !wx dead to list them.',
  },
  otherChat: {
    zh: '这个编号的消息属于另一个聊天：请在那个聊天的房间里或管理房间里输入。什么都没有做。',
    en: 'The message with this number is of another chat: say it in the room of that chat, or in the management room. Nothing was done.',
  },
  restored: {
    zh: '这个命令是从备份恢复之前写的，可能已经执行过，所以没有再执行。需要的话请再输入一次。',
    en: 'This command is from before the restored backup and may have been carried out then, so it was not done again. Say it once more if you want it.',
  },
  ...roomWhys,
}

type Done = Extract<Notice, { readonly type: 'doneWith' }>['what']

const done: Readonly<Record<Done, (name: string) => Both>> = {
  start: (name) => ({ zh: `“${name}”的房间已打开。`, en: `The room of “${name}” is open.` }),
  remark: (name) => ({ zh: `备注已改为“${name}”。`, en: `The remark is now “${name}”.` }),
  unremark: (name) => ({ zh: `已去掉“${name}”的备注。`, en: `“${name}” has no remark any more.` }),
  pin: (name) => ({ zh: `“${name}”已置顶。`, en: `“${name}” is pinned.` }),
  unpin: (name) => ({ zh: `“${name}”已取消置顶。`, en: `“${name}” is not pinned any more.` }),
  accept: (name) => ({
    zh: `已通过，现在可以和“${name}”聊天了。`,
    en: `Accepted: “${name}” is a friend now.`,
  }),
  add: (name) => ({ zh: `已向“${name}”发出好友请求。`, en: `A friend request went to “${name}”.` }),
  create: (name) => ({ zh: `群聊“${name}”已建立。`, en: `The group “${name}” is made.` }),
  added: (name) => ({ zh: `已加入：${name}。`, en: `Added: ${name}.` }),
  invited: (name) => ({
    zh: `已邀请，等待对方接受：${name}。`,
    en: `Invited; they have to accept: ${name}.`,
  }),
  remove: (name) => ({ zh: `已移出：${name}。`, en: `Removed: ${name}.` }),
  rename: (name) => ({ zh: `群名已改为“${name}”。`, en: `The group is called “${name}” now.` }),
  refresh: (name) => ({
    zh: `“${name}”的资料已更新。`,
    en: `What WeChat knows of “${name}” was fetched anew.`,
  }),
  recall: (name) => ({ zh: `正在撤回：${name}。`, en: `Taking back: ${name}.` }),
  fetch: (name) => ({ zh: `正在重新下载：${name}。`, en: `Fetching again: ${name}.` }),
}

/** What a chat is. */
export const chatKinds: Readonly<Record<'friend' | 'group' | 'mp' | 'self' | 'management', Both>> =
  {
    friend: { zh: '好友', en: 'friend' },
    group: { zh: '群聊', en: 'group' },
    mp: { zh: '公众号', en: 'official account' },
    self: { zh: '文件传输助手', en: 'file transfer' },
    management: { zh: '微信桥', en: 'bridge' },
  }

const notAll: Both = {
  zh: '…还有更多，请把关键字写得更具体。',
  en: '…and more: say more of the name.',
}

const none: Both = { zh: '', en: '' }
