import { historyWords } from './history.ts'
import { kindLine, kindWord } from './kind-words.ts'
import type { Content, Kind, MediaKind, Of, Target } from './message.ts'
import { noticeWords } from './notice-words.ts'
import type { Both, Language } from './words.ts'

/** The words for each kind of content: a kind without words does not compile. */
type Words = { readonly [K in Kind]: (content: Of<K>, language: Language) => string }

export const mediaWords: Readonly<Record<MediaKind, Both>> = {
  image: { zh: '图片', en: 'picture' },
  voice: { zh: '语音', en: 'voice message' },
  video: { zh: '视频', en: 'video' },
  file: { zh: '文件', en: 'file' },
  sticker: { zh: '表情', en: 'sticker' },
}

const table: Words = {
  text: ({ text }) => text,
  image: mediaLine,
  voice: mediaLine,
  video: mediaLine,
  file: mediaLine,
  sticker: mediaLine,
  bareSticker: (_, language) =>
    ({ zh: '[表情：请在手机上查看]', en: '[sticker: see it on the phone]' })[language],
  throw: throwLine,
  location: ({ poi, label }, language) =>
    titled({ zh: '位置', en: 'location' }, language, join([poi, label], commas[language])),
  liveLocation: ({ phase }, language) =>
    ({
      started: {
        zh: '[发起了位置共享：请在手机上查看]',
        en: '[shares a live location: see it on the phone]',
      },
      ended: { zh: '[位置共享已结束]', en: '[live location ended]' },
    })[phase][language],
  card: ({ name, mp, alias, region }, language) => {
    const label = mp
      ? { zh: '公众号名片', en: 'official account' }
      : { zh: '个人名片', en: 'contact card' }
    const id = alias ? { zh: `微信号 ${alias}`, en: `WeChat ID ${alias}` }[language] : ''
    return titled(label, language, join([name, id, region ?? ''], commas[language]))
  },
  link: ({ title, url }, language) =>
    titled({ zh: '链接', en: 'link' }, language, join([title, url], ' ')),
  articles: ({ articles }, language) =>
    titled(
      { zh: '文章', en: articles.length > 1 ? 'articles' : 'article' },
      language,
      articles.map(({ title, url }) => join([title, url], ' ')).join('\n'),
    ),
  music: ({ title, artist, url }, language) =>
    titled(
      { zh: '音乐', en: 'music' },
      language,
      join([join([title, artist ?? ''], ' - '), url], ' '),
    ),
  channel: ({ what, author, text, url }, language) =>
    titled(channels[what], language, join([join([author, text], colons[language]), url], ' ')),
  miniProgram: ({ app, title, url }, language) =>
    titled(
      { zh: '小程序', en: 'mini program' },
      language,
      join([join([app, title], colons[language]), url], ' '),
    ),
  history: ({ title, lines }, language) =>
    titled(
      { zh: '聊天记录', en: 'chat history' },
      language,
      join([title, historyWords(lines, language)], '\n'),
    ),
  quote: ({ text, target }, language) => {
    const quoted = quotedWords(target.who ?? '', previewWords(target, language), language)
    return quoted ? `${{ zh: `「${quoted}」`, en: `“${quoted}”` }[language]}\n${text}` : text
  },
  recall: ({ text }, language) =>
    text || { zh: '撤回了一条消息', en: 'recalled a message' }[language],
  friendRequest: ({ name, greeting, request }, language) => {
    const said = greeting ? { zh: `：“${greeting}”`, en: `: “${greeting}”` }[language] : ''
    return {
      zh: `${name} 请求添加你为好友${said}。输入 !wx accept ${request} 通过。`,
      en: `${name} wants to be your friend${said}. Say !wx accept ${request} to accept.`,
    }[language]
  },
  groupInvite: ({ text, url }, language) =>
    titled(
      { zh: '群聊邀请：请在手机上接受', en: 'group invitation: accept it on the phone' },
      language,
      join([text, url], ' '),
    ),
  solitaire: ({ text }, language) => titled({ zh: '接龙', en: 'sign-up list' }, language, text),
  announcement: ({ text }, language) =>
    text
      ? titled({ zh: '群公告', en: 'group announcement' }, language, text)
      : titled({ zh: '群公告已清空', en: 'the group announcement was taken away' }, language, ''),
  redPacket: ({ greeting, mine }, language) =>
    titled(
      mine
        ? { zh: '发出了红包：请在手机上查看', en: 'red packet sent: see it on the phone' }
        : { zh: '红包：请在手机上领取', en: 'red packet: open it on the phone' },
      language,
      greeting,
    ),
  transfer: ({ amount, memo, phase }, language) =>
    titled(transfers[phase], language, join([amount, memo], ' ')),
  call: callLine,
  pat: ({ text }) => text,
  system: ({ text }) => text,
  note: ({ text }) => text,
  unsupported: (content, language) => {
    const what = unsupportedWords(content, language)
    return {
      zh: what
        ? `[暂不支持的消息：${what}，请在手机上查看]`
        : '[网页版看不到的消息：请在手机上查看]',
      en: what
        ? `[not supported yet: ${what}; see it on the phone]`
        : '[not shown to the web: see it on the phone]',
    }[language]
  },
  notice: ({ notice }, language) => noticeWords(notice, language),
}

/** Every kind there is. */
export const kinds = Object.keys(table) as readonly Kind[]

/** What a content says, as plain text without what its media shows. One or several lines. */
export function contentWords(content: Content, language: Language): string {
  const line = table[content.kind] as (content: Content, language: Language) => string
  return line(content, language)
}

/** A quotation in one line: who said it, and what, as far as either is known. */
export const quotedWords = (who: string, said: string, language: Language): string =>
  join([who, said], colons[language])

/** What a pointing message quotes of another, with the kind of it where it is no text. */
export const previewWords = ({ what, preview }: Target, language: Language): string =>
  kindLine(what, preview, language)

/** What something that cannot be read is called, and what WeChat says of it; may be empty. */
export const unsupportedWords = (
  { type, summary }: Of<'unsupported'>,
  language: Language,
): string => join([kindWord(type, language), summary], colons[language])

function mediaLine(content: Of<MediaKind>, language: Language): string {
  const { caption, kind, media, via } = content
  const name = kind === 'file' ? (media.name ?? '') : ''
  const from = via ? { zh: `来自 ${via}`, en: `from ${via}` }[language] : ''
  const length =
    kind === 'voice' && media.ms
      ? { zh: seconds(media.ms, '秒'), en: seconds(media.ms, ' s') }[language]
      : ''
  const detail = join([name, length, from], commas[language])
  return titled(mediaWords[kind], language, join([detail, caption ?? ''], ' '))
}

const seconds = (ms: number, unit: string) => `${Math.max(1, Math.round(ms / 1000))}${unit}`

function throwLine({ game, result }: Of<'throw'>, language: Language): string {
  if (game === 'dice') {
    const fell = result >= 1 && result <= 6
    return titled({ zh: '骰子', en: 'dice' }, language, fell ? `🎲 ${result}` : '🎲')
  }
  const sign = {
    zh: ['', '✌️ 剪刀', '✊ 石头', '✋ 布'],
    en: ['', '✌️ scissors', '✊ rock', '✋ paper'],
  }[language][result]
  return titled({ zh: '猜拳', en: 'rock, paper, scissors' }, language, sign ?? '')
}

function callLine({ medium, phase, text }: Of<'call'>, language: Language): string {
  const what = {
    voice: { zh: '语音通话', en: 'voice call' },
    video: { zh: '视频通话', en: 'video call' },
    unknown: { zh: '通话', en: 'call' },
  }[medium][language]
  const how = {
    ringing: { zh: '来电，请在手机上接听', en: 'ringing, take it on the phone' },
    ended: { zh: '已结束', en: 'ended' },
    unknown: { zh: '请在手机上查看', en: 'see the phone' },
  }[phase][language]
  return join([`[${quotedWords(what, how, language)}]`, text], ' ')
}

const channels: Readonly<Record<Of<'channel'>['what'], Both>> = {
  card: { zh: '视频号', en: 'channel' },
  video: { zh: '视频号动态', en: 'channel video' },
  live: { zh: '视频号直播', en: 'channel live show' },
}

const transfers: Readonly<Record<Of<'transfer'>['phase'], Both>> = {
  offered: { zh: '转账：请在手机上查看', en: 'transfer: see it on the phone' },
  taken: { zh: '转账已收款', en: 'transfer taken' },
  returned: { zh: '转账已退还', en: 'transfer returned' },
  unknown: { zh: '转账：请在手机上查看', en: 'transfer: see it on the phone' },
}

const commas: Both = { zh: '，', en: ', ' }
const colons: Both = { zh: '：', en: ': ' }

const titled = (label: Both, language: Language, rest: string): string =>
  rest ? `[${label[language]}] ${rest}` : `[${label[language]}]`

const join = (parts: readonly string[], between: string): string =>
  parts.filter((each) => each !== '').join(between)
