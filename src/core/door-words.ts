import type { ChatKind } from './chat.ts'
import type { DoorNeed, DoorRecord, DoorRisk } from './door.ts'
import type { MediaKind } from './message.ts'
import type { ConnectorFeatures } from './post.ts'
import type { Both, Language } from './words.ts'
import { size, span } from './words.ts'

/** What ways into WeChat can do, cost and risk, beside each other: one row for each question, one cell for each way. */
export interface DoorTable {
  /** The names of the ways, as `wechat.connector` has them. */
  readonly names: readonly string[]
  readonly rows: readonly { readonly what: string; readonly cells: readonly string[] }[]
}

/** Made from the records alone, so that it says of each way what the code does. */
export function doorTable(
  doors: readonly { readonly name: string; readonly record: DoorRecord }[],
  language: Language,
): DoorTable {
  return {
    names: doors.map(({ name }) => name),
    rows: questions.map(({ what, answer }) => ({
      what: what[language],
      cells: doors.map(({ record }) => answer(record)[language]),
    })),
  }
}

interface Question {
  readonly what: Both
  answer(record: DoorRecord): Both
}

const yes: Both = { zh: '是', en: 'yes' }
const no: Both = { zh: '否', en: 'no' }
const ifGateway: Both = { zh: '看网关', en: 'if the gateway can' }

const sure = (is: boolean, { depends }: DoorRecord): Both => (is ? (depends ? ifGateway : yes) : no)

const questions: readonly Question[] = [
  {
    what: { zh: '官方提供', en: 'offered by WeChat itself' },
    answer: ({ official }) => (official ? yes : no),
  },
  {
    what: { zh: '账号风险', en: 'risk for the account' },
    answer: ({ risk }) => risks[risk],
  },
  {
    what: { zh: '需要', en: 'what you need' },
    answer: ({ needs }) => listed(needs.map((need) => needWords[need])),
  },
  {
    what: { zh: '能收到的聊天', en: 'chats it mirrors' },
    answer: ({ features }) =>
      features.oneChat
        ? { zh: '只有你和机器人的对话', en: 'only the one between you and your bot' }
        : listed(features.chats.map((kind) => chatWords[kind])),
  },
  {
    what: { zh: '聊天重新登录后不变', en: 'chats last over logins' },
    answer: ({ features, depends }) => {
      if (features.ids === 'stable') return depends ? ifGateway : yes
      return { zh: '靠资料重新认出', en: 'found again by what is known' }
    },
  },
  {
    what: { zh: '收：图片、语音、视频、文件', en: 'receives pictures, voices, videos, files' },
    answer: (record) => sure(record.receives.includes('media'), record),
  },
  {
    what: { zh: '收：撤回提醒（附原文）', en: 'tells recalls, with the original' },
    answer: (record) => sure(record.receives.includes('recalls'), record),
  },
  {
    what: { zh: '收：引用', en: 'tells what is quoted' },
    answer: (record) => sure(record.receives.includes('quotes'), record),
  },
  {
    what: { zh: '群成员', en: 'members of groups' },
    answer: (record) => sure(record.receives.includes('members'), record),
  },
  {
    what: { zh: '通讯录、加好友、群管理', en: 'address book, friends, groups' },
    answer: (record) => sure(record.features.contacts, record),
  },
  {
    what: { zh: '发：文字（每条字数）', en: 'sends texts (characters each)' },
    answer: ({ features: { text } }) => ({ zh: String(text), en: String(text) }),
  },
  {
    what: { zh: '发：媒体（每个最大）', en: 'sends media (largest each)' },
    answer: (record) => mediaOf(record.features),
  },
  {
    what: { zh: '发：引用、@成员', en: 'sends quotes; calls members' },
    answer: ({ features: { quote, mentions }, depends }) => {
      const can = (is: boolean | undefined) => (is ? (depends ? ifGateway : yes) : no)
      const [one, other] = [can(quote), can(mentions)]
      return { zh: `${one.zh}；${other.zh}`, en: `${one.en}; ${other.en}` }
    },
  },
  {
    what: { zh: '发：撤回自己的消息', en: 'takes back what you sent' },
    answer: ({ features: { recallMs }, depends }) => {
      if (recallMs === 0) return no
      const { zh, en } = span(recallMs)
      const also = depends ? { zh: '，看网关', en: ', if the gateway can' } : { zh: '', en: '' }
      return { zh: `${zh}内${also.zh}`, en: `within ${en}${also.en}` }
    },
  },
  {
    what: { zh: '发送限额', en: 'how much may be sent' },
    answer: ({ features: { quota } }) => {
      if (!quota) return { zh: '按桥的节奏', en: "at the bridge's pace" }
      const { zh, en } = span(quota.withinMs)
      return {
        zh: `对方每来一条可回 ${quota.sends} 条，${zh}内有效；其余等下一条`,
        en: `${quota.sends} for each message from there, for ${en}; the rest waits for the next`,
      }
    },
  },
]

const risks: Readonly<Record<DoorRisk, Both>> = {
  none: { zh: '没有已知风险', en: 'none known' },
  behind: { zh: '取决于网关背后的东西', en: 'that of whatever stands behind the gateway' },
  high: {
    zh: '高：2025 年 1 月以来许多账号被踢或被封',
    en: 'high: since January 2025 many accounts were thrown out or locked',
  },
  sandbox: { zh: '没有：虚构的账号', en: "none: nobody's account" },
}

const needWords: Readonly<Record<DoorNeed, Both>> = {
  phone: { zh: '手机扫码', en: 'your phone, to scan a code' },
  gateway: { zh: '你自己运行的网关程序', en: 'a gateway that you run' },
  package: { zh: '安装一个 npm 包', en: 'an npm package' },
}

const chatWords: Readonly<Record<ChatKind, Both>> = {
  friend: { zh: '好友', en: 'friends' },
  group: { zh: '群', en: 'groups' },
  mp: { zh: '公众号', en: 'official accounts' },
  self: { zh: '文件传输助手', en: 'yourself' },
  management: { zh: '', en: '' },
}

const mediaWords: Readonly<Record<MediaKind, Both>> = {
  image: { zh: '图片', en: 'pictures' },
  sticker: { zh: '动图', en: 'animated pictures' },
  video: { zh: '视频', en: 'videos' },
  voice: { zh: '语音', en: 'voices' },
  file: { zh: '文件', en: 'files' },
}

function mediaOf({ media }: ConnectorFeatures): Both {
  const kinds = Object.keys(mediaWords) as MediaKind[]
  const taken = kinds.flatMap((kind) => {
    const limit = media[kind]
    if (!limit) return []
    const most = size(limit.maxBytes)
    const { zh, en } = mediaWords[kind]
    return [{ zh: `${zh} ${most}`, en: `${en} ${most}` }]
  })
  return taken.length > 0 ? listed(taken) : no
}

const listed = (all: readonly Both[]): Both => ({
  zh: all.map(({ zh }) => zh).join('、'),
  en: all.map(({ en }) => en).join(', '),
})
