import type { Notice } from './notice.ts'
import type { Both } from './words.ts'

type Help = Extract<Notice, { readonly type: 'help' }>

/** The commands there are for whoever asked, in the words of their hub, grouped by what they are about. */
export function helpWords({ full, places, people, puppet, residents, doors }: Help): Both {
  const shown = full
    ? [
        head,
        ...group(line('【登录与状态】', '— Login, and how things stand —'), [
          ...account,
          ...(doors ? [several] : []),
          ...(puppet ? [puppeting] : []),
        ]),
        ...group(line('【聊天】', '— Chats —'), chats),
        ...group(line('【只在这里有】', '— Only here —'), [
          ...(places ? (places === 'rooms' ? linking : placing) : []),
          ...(people ? [people === 'ids' ? lettingById : letting] : []),
          ...(residents ? [living] : []),
        ]),
        ...group(line('【在聊天的房间里】', '— In the rooms of chats —'), inRooms),
        ...group(
          line('【排队和没发出的消息】', '— What waits, and what was not delivered —'),
          lists,
        ),
      ]
    : [head, ...forUsers]
  return {
    zh: [...shown, last].map(({ zh }) => zh).join('\n'),
    en: [...shown, last].map(({ en }) => en).join('\n'),
  }
}

const line = (zh: string, en: string): Both => ({ zh, en })

const group = (title: Both, lines: readonly Both[]): readonly Both[] =>
  lines.length > 0 ? [title, ...lines] : []

const head = line('命令：', 'Commands:')

const account: readonly Both[] = [
  line(
    '!wx login  登录微信；!wx login code  用二维码登录',
    '!wx login  log in to WeChat; !wx login code  with a code to scan',
  ),
  line('!wx logout  退出微信', '!wx logout  log out of WeChat'),
  line('!wx status  查看状态', '!wx status  how things stand'),
  line('!wx language zh|en  换语言', '!wx language zh|en  the language of the bridge'),
  line(
    '!wx reactions on|off  表情回应是否以一行文字发到微信',
    '!wx reactions on|off  does a reaction go to WeChat as a line of text',
  ),
]

const several = line(
  '!wx doors  有哪些入口；!wx login 入口、!wx logout 入口  登录或退出其中一个',
  '!wx doors  the ways into WeChat there are; !wx login DOOR, !wx logout DOOR  log in or out through one of them',
)

const puppeting = line(
  '!wx puppet 令牌|off  手机上发的消息，在这里是否以你自己的身份出现',
  '!wx puppet TOKEN|off  is what you write on the phone your own here',
)

const chats: readonly Both[] = [
  line(
    '!wx chats [关键字]  最近的聊天，或找一个；!wx open 编号  打开它的房间',
    '!wx chats [WORDS]  the latest chats, or those that fit; !wx open NUMBER  opens the room',
  ),
  line(
    '!wx search 关键字  找好友、群聊或公众号；!wx start 编号  打开它的房间',
    '!wx search WORDS  find friends, groups, official accounts; !wx start NUMBER  opens the room',
  ),
  line(
    '!wx accept [编号]  通过好友请求（不写编号则列出；也可以回复那条请求）',
    '!wx accept [NUMBER]  accept a friend request (without a number: list them; or as a reply to one)',
  ),
  line('!wx same 编号 选项  回答“这是谁”', '!wx same NUMBER CHOICE  answer "who is this?"'),
  line(
    '!wx group 编号 编号… 群名  用 !wx search 列出的编号新建群聊',
    '!wx group NUMBER NUMBER… NAME  make a new group, with the numbers of !wx search',
  ),
]

const placing: readonly Both[] = [
  line(
    '!wx link  把一个聊天放到一个群里；!wx link all  让所有聊天都在这个群里各有一个话题；!wx unlink（或 all）取消',
    '!wx link  give a chat a group of its own; !wx link all  this group gets a topic for each chat; !wx unlink (or all) undoes it',
  ),
  line(
    '!wx place auto|private|forum|flat  一个聊天放在哪里',
    '!wx place auto|private|forum|flat  where a chat goes',
  ),
]

const linking: readonly Both[] = [
  line(
    '!wx link 编号  把一个聊天放到你自己的房间：把机器人邀请进去，在那里输入；!wx unlink 取消',
    '!wx link NUMBER  show a chat in a room of yours: invite the bot there, and say it there; !wx unlink undoes it',
  ),
]

const letting = line(
  '!wx users  谁能用；!wx users add、!wx users remove 编号；!wx relay on|off  群里的其他人能不能写',
  '!wx users  who may use the bridge; !wx users add, !wx users remove NUMBER; !wx relay on|off  may others in a group write',
)

const lettingById = line(
  '!wx users  谁能用；!wx users add 账号 [relay]、!wx users remove 编号；!wx relay on|off  这个房间里的其他人能不能写',
  '!wx users  who may use the bridge; !wx users add ID [relay], !wx users remove NUMBER; !wx relay on|off  may others in this room write',
)

const living = line(
  '!wx people  谁在这个桥上有自己的微信',
  '!wx people  who has a WeChat account of their own on this bridge',
)

const inRooms: readonly Both[] = [
  line(
    '在聊天的房间里：!wx remark 备注、!wx pin、!wx unpin、!wx mute、!wx unmute、!wx refresh、!wx recall',
    'In the room of a chat: !wx remark NAME, !wx pin, !wx unpin, !wx mute, !wx unmute, !wx refresh, !wx recall',
  ),
  line(
    '回复自己的消息写 !wx recall  在微信里撤回它；回复没发出的消息写 !wx resend、!wx drop 或 !wx fetch',
    'As a reply to a message of your own, !wx recall takes it back in WeChat; to one that was not delivered, !wx resend, !wx drop or !wx fetch',
  ),
  line(
    '在群聊的房间里：!wx rename 群名；!wx members 列出成员，再用其中的编号：!wx remove 编号…、!wx add 编号 招呼；先 !wx search，再 !wx invite 编号…',
    'In the room of a group: !wx rename NAME; !wx members, and with its numbers !wx remove NUMBER… and !wx add NUMBER GREETING; after !wx search, !wx invite NUMBER…',
  ),
]

const lists: readonly Both[] = [
  line(
    '!wx queue  查看排队的消息：第几位，大约什么时候发出',
    '!wx queue  what waits in line: its place, and about when it goes out',
  ),
  line(
    '!wx dead  列出没发出、要你决定的消息；!wx resend 编号（或 all）再发一次，!wx drop 编号（或 all）不再发',
    '!wx dead  what was not sent and waits for your word; !wx resend NUMBER (or all) sends it again, !wx drop NUMBER (or all) forgets it',
  ),
]

/** For those who write in somebody else's rooms. */
const forUsers: readonly Both[] = [
  line('!wx status  查看状态', '!wx status  how things stand'),
  line(
    '在聊天的房间里：!wx mute、!wx unmute、!wx recall、!wx queue、!wx dead、!wx members',
    'In the room of a chat: !wx mute, !wx unmute, !wx recall, !wx queue, !wx dead, !wx members',
  ),
  line(
    '回复自己的消息写 !wx recall  在微信里撤回它；回复没发出的消息写 !wx resend、!wx drop 或 !wx fetch',
    'As a reply to a message of your own, !wx recall takes it back in WeChat; to one that was not delivered, !wx resend, !wx drop or !wx fetch',
  ),
]

const last = line('!wx help  显示这段说明', '!wx help  this text')
