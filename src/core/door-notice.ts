import type { Both } from './words.ts'

/** How one door stands. `name` is that of the account; `waiting`: so many sends of that account are in line. */
export interface DoorLine {
  readonly door: string
  /** As of a login; `taken`: another door (`by`) has the account it is logged in as. */
  readonly state: string
  readonly by?: string
  readonly name?: string
  readonly chats?: number
  readonly waiting?: number
  /** It tells in WeChat when another account was logged out. */
  readonly alerts?: true
}

/** What the bridge says about its doors (ways into WeChat), as data (see `Notice`). */
export type DoorNotice =
  | { readonly type: 'doors'; readonly doors: readonly DoorLine[] }
  /** A command that needs the name of a door: these are the ones it may mean. */
  | {
      readonly type: 'whichDoor'
      readonly what: 'login' | 'logout' | 'code'
      readonly doors: readonly string[]
    }
  /** There is no door of this name (hostile). */
  | { readonly type: 'noDoor'; readonly door: string; readonly doors: readonly string[] }
  /** The phone shows a number, and the login waits for it (`Login.verify`). */
  | { readonly type: 'askCode'; readonly door?: string }
  /** Someone logged in through a door as an account that another one (`by`) has. */
  | { readonly type: 'doorTaken'; readonly door: string; readonly by: string }

type DoorWords = {
  readonly [T in DoorNotice['type']]: (notice: Extract<DoorNotice, { readonly type: T }>) => Both
}

export const doorWords: DoorWords = {
  doors: ({ doors }) => lines(doors),
  whichDoor: ({ what, doors }) => ({
    zh: `哪个入口？请写上名字：${doors.map((door) => usage(what, door, 'zh')).join('，')}`,
    en: `Which door? Say its name: ${doors.map((door) => usage(what, door, 'en')).join(', ')}`,
  }),
  noDoor: ({ door, doors }) => ({
    zh: `没有叫“${door}”的入口。入口有：${doors.join('、')}。`,
    en: `There is no door "${door}". The doors are: ${doors.join(', ')}.`,
  }),
  askCode: ({ door }) => ({
    zh: `手机上显示了一个验证码${ofDoor(door).zh}。请在这里输入 !wx code${withDoor(door)} 验证码。如果又问一次，就是上一个不对。`,
    en: `The phone shows a number${ofDoor(door).en}. Say it here: !wx code${withDoor(door)} NUMBER. Asked once more, the last one was wrong.`,
  }),
  doorTaken: ({ door, by }) => ({
    zh: `入口 ${door} 登录的账号已经在入口 ${by} 在线，所以 ${door} 暂不收发。退出其中一个：!wx logout ${door} 或 !wx logout ${by}。`,
    en: `The account logged in through ${door} is online through ${by} already, so nothing is received or sent through ${door}. Log one of them out: !wx logout ${door} or !wx logout ${by}.`,
  }),
}

/** A line for each door. */
export function lines(doors: readonly DoorLine[]): Both {
  return {
    zh: doors.map((each) => line(each).zh).join('\n'),
    en: doors.map((each) => line(each).en).join('\n'),
  }
}

/** What is said of a door where there are several; nothing where there is but one. */
export const ofDoor = (door: string | undefined): Both =>
  door === undefined ? { zh: '', en: '' } : { zh: `（${door}）`, en: ` (${door})` }

/** `!wx login`, with the door where there are several. */
export const withDoor = (door: string | undefined): string => (door === undefined ? '' : ` ${door}`)

export const loginStates: Readonly<Record<string, Both | undefined>> = {
  scan: { zh: '等待扫码', en: 'waiting for the code to be scanned' },
  scanned: { zh: '等待手机确认', en: 'waiting for the phone to confirm' },
  online: { zh: '在线', en: 'online' },
  offline: { zh: '离线', en: 'offline' },
}

function line({ door, state, by = '', name, chats, waiting, alerts }: DoorLine): Both {
  const now =
    state === 'taken'
      ? { zh: `账号已在 ${by} 在线`, en: `its account is online through ${by}` }
      : (loginStates[state] ?? { zh: state, en: state })
  return {
    zh: [
      `${door}：${now.zh}${name ? `（${name}）` : ''}`,
      ...(chats === undefined ? [] : [`聊天 ${chats} 个`]),
      ...(waiting ? [`排队 ${waiting} 条`] : []),
      ...(alerts ? ['负责提醒'] : []),
    ].join('，'),
    en: [
      `${door}: ${now.en}${name ? ` (${name})` : ''}`,
      ...(chats === undefined ? [] : [`${chats} chats`]),
      ...(waiting ? [`${waiting} waiting`] : []),
      ...(alerts ? ['alerts'] : []),
    ].join(', '),
  }
}

const usage = (what: 'login' | 'logout' | 'code', door: string, language: 'zh' | 'en'): string =>
  what === 'code'
    ? `!wx code ${door} ${{ zh: '验证码', en: 'CODE' }[language]}`
    : `!wx ${what} ${door}`
