import { because } from './causes.ts'
import { doorWords, lines, loginStates, ofDoor, withDoor } from './door-notice.ts'
import { helpWords } from './help-words.ts'
import { kindWord } from './kind-words.ts'
import type { Notice, OfflineReason, Refusal } from './notice.ts'
import { peopleWords } from './people-words.ts'
import { personWords } from './person-words.ts'
import { queueWords } from './queue-words.ts'
import { recallPolicyWords } from './recall-policy.ts'
import { hubWords, roomWords } from './room-words.ts'
import { routeWords } from './route-notice.ts'
import type { Both, Language } from './words.ts'
import { size } from './words.ts'

type NoticeWords = {
  readonly [T in Notice['type']]: (notice: Extract<Notice, { readonly type: T }>) => Both
}

const reasons: Readonly<Record<OfflineReason, Both>> = {
  starting: { zh: '尚未登录。', en: 'Not logged in yet.' },
  loggedOut: { zh: '已退出登录。', en: 'Logged out.' },
  kicked: {
    zh: '微信结束了这次登录（可能在手机上退出了，或在别处登录了网页版）。',
    en: 'WeChat ended this session (logged out on the phone, or web WeChat was opened elsewhere).',
  },
  refused: {
    zh: '微信拒绝此账号登录网页版。',
    en: 'WeChat refuses web login for this account.',
  },
  expired: {
    zh: '二维码无人扫描，已过期。',
    en: 'The login codes expired without being scanned.',
  },
  cancelled: { zh: '已在手机上取消登录。', en: 'The login was cancelled on the phone.' },
  unreachable: { zh: '连接不上微信服务器。', en: 'The WeChat server cannot be reached.' },
  risk: {
    zh: '登录网页版微信有风险，需要你先同意。',
    en: 'Web login is risky: you have to accept that first.',
  },
}

const turnedAway: Both = {
  zh: '刚登录就被结束：2025 年以来很多账号都这样，反复登录只会更糟。',
  en: 'It did so right after the login, as with many accounts since 2025; logging in again and again makes that worse.',
}

const table: NoticeWords = {
  welcome: () => ({
    zh: '你好，这里是微信桥。微信里的每个聊天会各有一个房间；在这里输入 !wx help 查看命令。',
    en: 'Hello, this is the WeChat bridge. Each WeChat chat gets a room of its own; say !wx help here for the commands.',
  }),
  online: ({ name, door }) => ({
    zh: `微信已登录${ofDoor(door).zh}：${name}`,
    en: `WeChat${ofDoor(door).en} is online as ${name}`,
  }),
  offline: ({ reason, detail, early, relogin, door }) => ({
    zh: `微信已离线${ofDoor(door).zh}。${reasons[reason].zh}${early ? turnedAway.zh : ''}${quoted(detail)}${
      relogin ? `输入 !wx login${withDoor(door)} 重新登录；期间写下的消息会排队等待。` : ''
    }`,
    en: `WeChat${ofDoor(door).en} is offline. ${reasons[reason].en}${early ? ` ${turnedAway.en}` : ''}${quoted(detail)} ${
      relogin
        ? `Say !wx login${withDoor(door)} to log in again; what you write meanwhile waits in line.`
        : ''
    }`.trimEnd(),
  }),
  notSent: (notice) => {
    const { certain, seq } = notice
    const why = because(notice)
    return certain
      ? {
          zh: `没有发送：${why.zh}。输入 !wx resend ${seq} 再发一次。`,
          en: `Was not sent: ${why.en}. Say !wx resend ${seq} to try again.`,
        }
      : {
          zh: `可能没有发出：${why.zh}。请在手机上确认；若没有，输入 !wx resend ${seq} 再发一次。`,
          en: `May not have been sent: ${why.en}. Look on the phone; if it is not there, say !wx resend ${seq}.`,
        }
  },
  notRecalled: (notice) => {
    const why = because(notice)
    return notice.certain
      ? {
          zh: `没有撤回：${why.zh}。对方仍能看到这条消息。`,
          en: `Was not recalled: ${why.en}. The others still see the message.`,
        }
      : {
          zh: `可能没有撤回：${why.zh}。请在手机上确认。`,
          en: `May not have been recalled: ${why.en}. Look on the phone.`,
        }
  },
  noChat: ({ preview }) => ({
    zh: `没有发送：那个房间不对应任何微信聊天（“${preview}”）。请在聊天自己的房间里再发一次。`,
    en: `Was not sent: that room belongs to no WeChat chat ("${preview}"). Write it again in the room of the chat.`,
  }),
  refused: ({ refusal }) => refusalWords(refusal),
  notShown: (notice) => {
    const { what, seq } = notice
    const why = because(notice)
    return {
      zh: `微信里的一条消息没能显示在这里：${what}。原因：${why.zh}。${
        seq ? `输入 !wx resend ${seq} 再取一次，或` : '请'
      }在手机上查看。`,
      en: `A WeChat message could not be shown here: ${what}. Reason: ${why.en}. ${
        seq ? `Say !wx resend ${seq} to fetch it again, or see` : 'See'
      } it on the phone.`,
    }
  },
  ...doorWords,
  ...peopleWords,
  ...personWords,
  ...queueWords,
  ...roomWords,
  ...routeWords,
  recallPolicy: recallPolicyWords,
  help: helpWords,
  status: ({ state, name, chats, queued, dead, hubs = [], doors = [] }) => ({
    zh: [
      `微信：${stateWords(state).zh}${name ? `（${name}）` : ''}。聊天 ${chats} 个，排队 ${queued} 条，未发出 ${dead} 条。`,
      ...(queued ? ['输入 !wx queue 查看排队的消息。'] : []),
      ...(dead ? ['输入 !wx dead 查看未发出的消息，决定再发还是不发。'] : []),
      ...(doors.length ? [`\n${lines(doors).zh}`] : []),
      ...hubs.map((hub) => `\n${hubWords(hub).zh}`),
    ].join(''),
    en: [
      `WeChat: ${stateWords(state).en}${name ? ` (${name})` : ''}. ${chats} chats, ${queued} waiting, ${dead} not delivered.`,
      ...(queued ? [' !wx queue shows what waits.'] : []),
      ...(dead ? [' !wx dead lists what was not delivered and waits for your word.'] : []),
      ...(doors.length ? [`\n${lines(doors).en}`] : []),
      ...hubs.map((hub) => `\n${hubWords(hub).en}`),
    ].join(''),
  }),
  diskTrouble: ({ full }) =>
    full
      ? {
          zh: '桥的磁盘满了。图片、语音、视频和文件照常转发，但不再保存：撤回之后就看不到了。消息不会丢。请清理磁盘。',
          en: 'The disk of the bridge is full. Pictures, voices, videos and files are still relayed, but not kept: once recalled, they cannot be shown. No message is lost. Please make room.',
        }
      : {
          zh: '桥的磁盘写不进去。图片、语音、视频和文件照常转发，但不再保存：撤回之后就看不到了。消息不会丢。请检查磁盘。',
          en: 'The disk of the bridge cannot be written. Pictures, voices, videos and files are still relayed, but not kept: once recalled, they cannot be shown. No message is lost. Please look at the disk.',
        },
  diskWell: () => ({
    zh: '桥的磁盘恢复正常，图片、语音、视频和文件又会保存了。',
    en: 'The disk of the bridge works again: pictures, voices, videos and files are kept again.',
  }),
  unknownCommand: ({ word, near }) => ({
    zh: `没有“${word}”这个命令。${near ? `是 !wx ${near} 吗？` : ''}输入 !wx help 查看命令。`,
    en: `There is no command "${word}".${near ? ` Did you mean !wx ${near}?` : ''} Say !wx help for the commands.`,
  }),
  done: ({ what, door }) =>
    ({
      login: {
        zh: `正在登录${ofDoor(door).zh}：请在手机上确认，或扫描显示的二维码。`,
        en: `Logging in${ofDoor(door).en}: confirm on the phone, or scan the code that is shown.`,
      },
      logout: {
        zh: `正在退出微信${ofDoor(door).zh}。`,
        en: `Logging out of WeChat${ofDoor(door).en}.`,
      },
      code: {
        zh: `验证码已交给微信${ofDoor(door).zh}。`,
        en: `The code was given to WeChat${ofDoor(door).en}.`,
      },
    })[what],
  nothingToDo: ({ what, door }) =>
    ({
      login: {
        zh: `现在不能登录${ofDoor(door).zh}：已经登录、正在登录，或连接不上微信。输入 !wx status 查看。`,
        en: `Nothing to begin${ofDoor(door).en}: already logged in, logging in, or WeChat cannot be reached. See !wx status.`,
      },
      logout: {
        zh: `现在没有登录${ofDoor(door).zh}。`,
        en: `Nobody is logged in${ofDoor(door).en}.`,
      },
      code: {
        zh: `现在没有登录在等验证码${ofDoor(door).zh}。`,
        en: `No login waits for a code${ofDoor(door).en}.`,
      },
    })[what],
}

/** What a notice says, in one or a few plain lines. `prefix` is how commands begin where it is read. */
export function noticeWords(notice: Notice, language: Language, prefix = usual): string {
  const line = table[notice.type] as (notice: Notice) => Both
  if (prefix === usual) return line(notice)[language]
  const said = line(JSON.parse(JSON.stringify(notice), kept))[language]
  return said.replaceAll(usual, prefix).replaceAll(apart, '')
}

/** How the tables, and `usage`, write commands. */
const usual = '!wx '
/** Nothing that a text from outside has. */
const apart = '\ue0ff\ue0fe'

/** What people wrote stays as they wrote it, be it the prefix itself. */
const kept = (name: string, value: unknown): unknown =>
  typeof value === 'string' && name !== 'usage' ? value.replaceAll(usual, `!${apart}wx `) : value

function refusalWords(refusal: Refusal): Both {
  switch (refusal.why) {
    case 'kind': {
      return {
        zh: `没有发送：这个桥还不能把“${kindWord(refusal.kind, 'zh')}”发到微信。`,
        en: `Was not sent: the bridge cannot send this to WeChat yet (${kindWord(refusal.kind, 'en')}).`,
      }
    }
    case 'tooLarge':
      return {
        zh: `没有发送：大小 ${size(refusal.bytes)}，超过上限 ${size(refusal.limit)}。请缩小后再发。`,
        en: `Was not sent: it has ${size(refusal.bytes)}, the limit is ${size(refusal.limit)}. Make it smaller and send it again.`,
      }
    case 'format': {
      const cure = cureOf(refusal.mime)
      return {
        zh: `没有发送：微信不接受这种格式（${refusal.mime}）。${cure.zh}`,
        en: `Was not sent: WeChat does not take this format (${refusal.mime}). ${cure.en}`,
      }
    }
    case 'empty':
      return { zh: '没有发送：消息是空的。', en: 'Was not sent: the message is empty.' }
    case 'tooLate':
      return {
        zh: '没有撤回：微信只允许在两分钟内撤回。',
        en: 'Was not recalled: WeChat allows it for two minutes only.',
      }
    case 'notMine':
      return {
        zh: '没有撤回：只能撤回自己的消息。',
        en: 'Was not recalled: you can recall your own messages only.',
      }
  }
}

function cureOf(mime: string): Both {
  if (mime.startsWith('video/')) return { zh: '请转换成 MP4。', en: 'Convert it to MP4.' }
  if (mime.startsWith('image/')) {
    return { zh: '请转换成 JPEG 或 PNG。', en: 'Convert it to JPEG or PNG.' }
  }
  return { zh: '请打包成压缩文件再发。', en: 'Send it as an archive (zip).' }
}

const stateWords = (state: string): Both => loginStates[state] ?? { zh: state, en: state }

const quoted = (detail: string | undefined): string => (detail ? ` “${detail}” ` : '')
