import type { ShutWhy } from './hub.ts'
import { chatKinds } from './people-words.ts'
import type { HubLine, RoomNotice, Where } from './room-notice.ts'
import type { Both } from './words.ts'

type RoomWords = {
  readonly [T in RoomNotice['type']]: (notice: Extract<RoomNotice, { readonly type: T }>) => Both
}

/** What the bridge says about rooms, and who is in them. */
export const roomWords: RoomWords = {
  chats: ({ todo, words, page, chats, more }) => {
    const about = words === undefined ? undefined : oneOf(words)
    if (chats.length === 0) {
      return about && page === 1
        ? { zh: `没有找到${about.zh}。`, en: `Nothing was found for ${about.en}.` }
        : {
            zh: page > 1 ? '没有更多了。' : '还没有聊天。',
            en: page > 1 ? 'There are no more.' : 'There are no chats yet.',
          }
    }
    const head = todo === 'link' ? linking : opening
    const nth: Both =
      page > 1 ? { zh: `（第 ${page} 页）`, en: ` (page ${page})` } : { zh: '', en: '' }
    const next = `!wx ${[todo === 'link' ? 'link' : 'chats', words ?? '', `-${page + 1}`].filter((word) => word).join(' ')}`
    const line = (language: 'zh' | 'en') =>
      [
        `${head.title[language]}${nth[language]}`,
        ...chats.map(({ kind, name }, at) => {
          const [open, close] = language === 'zh' ? ['（', '）'] : [' (', ')']
          return `${at + 1}. ${name}${open}${chatKinds[kind][language]}${close}`
        }),
        head.todo[language],
        ...(more ? [{ zh: `更多：${next}`, en: `More: ${next}` }[language]] : []),
      ].join('\n')
    return { zh: line('zh'), en: line('en') }
  },
  opened: ({ name, where, muted }) => {
    const at = where ? placed(name, where) : made(name)
    const still = muted ? silently : none
    return { zh: `${at.zh}${still.zh}`, en: `${at.en}${still.en}` }
  },
  place: ({ name, where, now, only }) => {
    const at = where ? placed(name, where) : nowhere(name)
    const choices = only ? roomChoices : placeChoices
    return now
      ? { zh: `好了。${at.zh}`, en: `Done. ${at.en}` }
      : {
          zh: `${at.zh}\n${choices.zh}`,
          en: `${at.en}\n${choices.en}`,
        }
  },
  linkBy: ({ name, url }) => ({
    zh: `打开这个链接，选一个群：桥会加入那个群，“${name}”的消息就都在那里。\n${url}`,
    en: `Open this and pick a group: the bridge joins it, and “${name}” is there from then on.\n${url}`,
  }),
  home: ({ where }) =>
    where
      ? {
          zh: `好了。没有单独连接群的聊天，以后都在${group(where).zh}里各有一个话题。如果与机器人的私聊里有话题，聊天会留在那里，除非设置 telegram.place: forum。`,
          en: `Done. Chats without a group of their own get their topics in ${group(where).en} from now on. Where the private chat with the bot has topics, chats stay there unless telegram.place is forum.`,
        }
      : {
          zh: '好了。没有单独连接群的聊天，以后不再放到群的话题里。',
          en: 'Done. Chats without a group of their own do not go into topics of a group any more.',
        },
  muted: ({ name, muted }) =>
    muted
      ? {
          zh: `“${name}”的消息以后静音送达；有人 @ 你时仍会提醒。输入 !wx unmute 取消。`,
          en: `What comes from “${name}” arrives silently from now on, unless you are mentioned. !wx unmute undoes it.`,
        }
      : { zh: `“${name}”的消息会正常提醒。`, en: `What comes from “${name}” rings again.` },
  language: ({ now }) => ({
    zh: now ? '好了，以后用中文。' : '现在用中文。输入 !wx language en 改用英文（English）。',
    en: now
      ? 'Done: English from now on.'
      : 'This is English. !wx language zh changes to Chinese (中文).',
  }),
  users: ({ users, byId }) => {
    const todo = byId === undefined ? usersTodo : addingById(byId)
    const line = (language: 'zh' | 'en') =>
      [
        { zh: '能用这个桥的人：', en: 'Who may use the bridge here:' }[language],
        ...users.map(({ id, name, role }, at) => {
          const who = name && name !== id ? `${name}  ${id}` : id
          return `${at + 1}. ${who}: ${roles[role][language]}`
        }),
        todo[language],
      ].join('\n')
    return { zh: line('zh'), en: line('en') }
  },
  userAdded: ({ id, role }) => ({
    zh: `${id} 现在是${roles[role].zh}。${role === 'relay' ? inRelayed.zh : ''}`,
    en: `${id} is ${roles[role].en} now. ${role === 'relay' ? inRelayed.en : ''}`.trimEnd(),
  }),
  addById: ({ form, role }) => {
    const more = role === 'relay' ? ' relay' : ''
    return {
      zh: `这里不能用链接加人，请写上对方的账号：!wx users add ${form}${more}`,
      en: `People cannot be let in by a link here. Say whom you mean: !wx users add ${form}${more}`,
    }
  },
  linkHere: ({ name, portal }) => ({
    zh: `把机器人邀请进要用的房间，再在那里输入：\n!wx link ${portal}\n“${name}”以后就在那个房间里。`,
    en: `Invite the bot into the room you mean, and say there:\n!wx link ${portal}\nFrom then on “${name}” is in that room.`,
  }),
  puppet: ({ state, now }) => puppetWords[state](now === true),
  roomsCleared: ({ count }) => ({
    zh: `已退出微信，按设置清理了 ${count} 个聊天的房间。重新登录后，有新消息时会再建。`,
    en: `Logged out of WeChat; the rooms of ${count} chats were cleared, as configured. After the next login a chat gets a room again with its next message.`,
  }),
  userBy: ({ role, link }) => ({
    zh: `把它发给要加的人：第一个打开的人就成为${roles[role].zh}。请只给那一个人。\n${link}`,
    en: `Give this to the person you mean, and to nobody else: whoever follows it first becomes ${roles[role].en}.\n${link}`,
  }),
  userGone: ({ name }) => ({
    zh: `“${name}”不能再使用这个桥了。`,
    en: `“${name}” cannot use the bridge any more.`,
  }),
  relay: ({ allowed, form }) =>
    allowed && form !== undefined
      ? {
          zh: `现在这里由桥放行的人写的也会发到微信，前面带上各自的名字；其他人写的不会。放行一个人：在管理房间输入 !wx users add ${form} relay；也可以由管理员在 matrix.permissions 里放行（relay、user 或 admin）。输入 !wx relay off 关闭。`,
          en: `What people whom the bridge knows write here goes to WeChat from now on, too, with their name in front; what others write does not. To let somebody in, say in the management room: !wx users add ${form} relay. Those with a level in matrix.permissions (relay, user or admin) are in already. !wx relay off ends it.`,
        }
      : relayWords[allowed ? 'on' : 'off'],
  hubShut: ({ hub, why, detail }) => ({
    zh: `${hub} 收不到消息了：${shutWords[why].zh}（${detail}）要给那里的消息先留着，恢复后自动送达。`,
    en: `${hub} takes nothing any more: ${shutWords[why].en}. ${detail} What goes there is kept, and arrives once it works again.`,
  }),
  hubOpen: ({ hub }) => ({
    zh: `${hub} 恢复正常，留着的消息正在送达。`,
    en: `${hub} works again; what was kept is on its way.`,
  }),
}

/** A hub that is shut, in one line: for `status` and the page. */
export function hubWords({ hub, why, detail, rooms }: HubLine): Both {
  if (why) {
    const more = detail ? { zh: `（${detail}）`, en: `. ${detail}` } : { zh: '。', en: '.' }
    return {
      zh: `${hub}：${shutWords[why].zh}${more.zh}`,
      en: `${hub}: ${shutWords[why].en}${more.en}`,
    }
  }
  return {
    zh: `${hub}：有 ${rooms} 个聊天的房间收不到消息。`,
    en: `${hub}: ${rooms === 1 ? 'the room of one chat takes' : `the rooms of ${rooms} chats take`} nothing.`,
  }
}

const shutWords: Readonly<Record<ShutWhy, Both>> = {
  unclaimed: { zh: '还没有主人', en: 'nobody has made it theirs yet' },
  blocked: { zh: '被主人屏蔽了', en: 'its owner has blocked it' },
  refused: { zh: '凭据不被接受', en: 'its credential is not accepted' },
}

const opening = {
  title: { zh: '聊天', en: 'Chats' },
  todo: { zh: '输入 !wx open 编号 打开。', en: 'Say !wx open NUMBER to open one.' },
} as const

const linking = {
  title: { zh: '要把哪个聊天放到这里？', en: 'Which chat belongs here?' },
  todo: {
    zh: '输入 !wx link 编号 放到这里。',
    en: 'Say !wx link NUMBER to put one here.',
  },
} as const

const roles: Readonly<Record<'owner' | 'user' | 'relay', Both>> = {
  owner: { zh: '主人', en: 'the owner' },
  user: { zh: '用户', en: 'a user' },
  relay: { zh: '只能写消息的人', en: 'someone who only writes' },
}

const addingById = (form: string): Both => ({
  zh: `!wx users add ${form} 加用户；后面加 relay：只能写消息；!wx users remove 编号 去掉`,
  en: `!wx users add ${form}: another user; with relay behind it: someone who only writes; !wx users remove NUMBER: no more`,
})

const inRelayed: Both = {
  zh: '在输入过 !wx relay on 的房间里可以写。',
  en: 'They can write in rooms where you said !wx relay on.',
}

const puppetWords: Readonly<Record<'none' | 'configured' | 'given', (now: boolean) => Both>> = {
  none: (now) =>
    now
      ? {
          zh: '好了：桥不再以你的身份发言，你给的令牌已经忘掉。',
          en: 'Done: the bridge does not post as you any more, and has forgotten your token.',
        }
      : {
          zh: '你在手机上发的消息，这里由桥代为显示。想让它们以你自己的身份出现，输入 !wx puppet 令牌（你的 access token；写完就会从房间里删掉）。',
          en: 'What you write on the phone is shown here by a stand-in. To have it appear as your own, say !wx puppet TOKEN (your access token; it is removed from the room at once).',
        },
  given: (now) =>
    now
      ? {
          zh: '好了：你在手机上发的消息，以后在这里就是你自己发的。输入 !wx puppet off 关闭。',
          en: 'Done: from now on what you write on the phone is your own here. !wx puppet off ends it.',
        }
      : {
          zh: '桥以你的身份发言，用的是你给的令牌。输入 !wx puppet off 关闭。',
          en: 'The bridge posts as you, with the token you gave. !wx puppet off ends it.',
        },
  configured: () => ({
    zh: '桥以你的身份发言，这由运行这座桥的人在配置里设定，不能在这里改。',
    en: 'The bridge posts as you, as whoever runs it has configured. That cannot be changed here.',
  }),
}

const usersTodo: Both = {
  zh: '!wx users add 加用户；!wx users add relay 加只能写消息的人；!wx users remove 编号 去掉',
  en: '!wx users add: another user; !wx users add relay: someone who only writes; !wx users remove NUMBER: no more',
}

const placeChoices: Both = {
  zh: '!wx place auto  由桥决定\n!wx place private  私聊里的话题\n!wx place forum  群里的话题\n!wx place flat  直接在私聊里，回复消息来写',
  en: '!wx place auto  as the bridge would\n!wx place private  a topic in the private chat\n!wx place forum  a topic in the group\n!wx place flat  the private chat itself, where you write by replying',
}

const roomChoices: Both = {
  zh: '想放到你自己的房间：把机器人邀请进去，在那里输入 !wx link 编号；!wx unlink 取消。',
  en: 'To show it in a room of yours, invite the bot there and say !wx link NUMBER; !wx unlink undoes it.',
}

function placed(name: string, where: Where): Both {
  switch (where.kind) {
    case 'linked':
      return { zh: `“${name}”在${group(where).zh}里。`, en: `“${name}” is in ${group(where).en}.` }
    case 'own':
      return {
        zh: `“${name}”有自己的房间。`,
        en: `“${name}” has a room of its own.`,
      }
    case 'forum':
      return {
        zh: `“${name}”是${group(where).zh}里的一个话题。`,
        en: `“${name}” is a topic in ${group(where).en}.`,
      }
    case 'private':
      return {
        zh: `“${name}”是私聊里的一个话题。`,
        en: `“${name}” is a topic in the private chat with the bot.`,
      }
    case 'flat':
      return {
        zh: `“${name}”的消息就在私聊里：要写给对方，请回复其中一条。`,
        en: `“${name}” is in the private chat with the bot: to write there, reply to one of its messages.`,
      }
  }
}

const group = ({ name }: Where): Both =>
  name ? { zh: `群“${name}”`, en: `the group “${name}”` } : { zh: '群', en: 'the group' }

const made = (name: string): Both => ({
  zh: `“${name}”的房间已打开。`,
  en: `The room of “${name}” is open.`,
})

const nowhere = (name: string): Both => ({
  zh: `“${name}”还没有地方：有消息时才会有。`,
  en: `“${name}” has no place yet: it gets one with its next message.`,
})

const oneOf = (words: string): Both => ({ zh: `“${words}”`, en: `“${words}”` })

const silently: Both = { zh: '消息静音送达。', en: ' It arrives silently.' }
const none: Both = { zh: '', en: '' }

const relayWords: Readonly<Record<'on' | 'off', Both>> = {
  on: {
    zh: '现在这里的每个人写的都会发到微信，前面带上各自的名字。输入 !wx relay off 关闭。',
    en: 'What anyone writes here goes to WeChat from now on, with their name in front. !wx relay off ends it.',
  },
  off: {
    zh: '现在这里只有桥的主人和用户写的才会发到微信。',
    en: 'Only what the owner and users of the bridge write here goes to WeChat now.',
  },
}
