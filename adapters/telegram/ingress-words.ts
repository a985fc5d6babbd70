import type { Language } from '../../src/core/words.ts'

/** What is said about things that come from Telegram: to people there, and in what goes on to WeChat. */
export interface IngressWords {
  /** In front of what was forwarded. */
  forwarded(name: string): string
  readonly live: string
  /** A sticker in place of which a picture that does not move goes to WeChat, or nothing but this. */
  sticker(emoji: string, moves: boolean): string
  /** Media in an answer, by what they are. */
  readonly quoted: Readonly<Record<string, string | undefined>>

  readonly stranger: string
  readonly unclaimed: string
  readonly anonymous: string
  readonly wrongCode: string
  readonly presented: { readonly [P in 'owner' | 'user' | 'relay']: string }
  readonly notYours: string
}

const english: IngressWords = {
  forwarded: (name) => `[Forwarded from ${name}]`,
  live: 'Live location, as it was when it was sent',
  sticker: (emoji, moves) =>
    moves
      ? `[Animated sticker ${emoji}]`.replace(' ]', ']')
      : `[Sticker ${emoji}]`.replace(' ]', ']'),
  quoted: Object.assign(Object.create(null), {
    photo: '[picture]',
    live_photo: '[picture]',
    video: '[video]',
    video_note: '[video]',
    animation: '[GIF]',
    voice: '[voice message]',
    audio: '[audio]',
    document: '[file]',
    sticker: '[sticker]',
    location: '[location]',
    venue: '[location]',
    contact: '[contact]',
    poll: '[poll]',
    story: '[story]',
  }),
  stranger:
    'Hello! This bot carries somebody’s own WeChat messages, so it cannot do anything for you. What you write here is not read and not kept.',
  unclaimed:
    'Hello! Nobody owns this bot yet. If you run it, send the code that it has written to its log.',
  anonymous:
    'What is written anonymously, or in the name of a channel, does not go to WeChat: the bridge cannot see who writes. Write as yourself.',
  wrongCode:
    'This code is not valid, or not any more. The owner of the bridge can make a new one; the first one is in its log.',
  presented: {
    owner: 'This bridge is yours now. /login logs in to WeChat, /help shows what else there is.',
    user: 'You may use this bridge now. What you write in its chats goes to WeChat; /help shows what else there is.',
    relay:
      'You may write in this bridge’s chats now. What you write goes to WeChat with your name in front.',
  },
  notYours: 'This button is not for you.',
}

const chinese: IngressWords = {
  forwarded: (name) => `［转发自 ${name}］`,
  live: '实时位置（发送时的位置）',
  sticker: (emoji, moves) => (moves ? `［动态贴纸${emoji}］` : `［贴纸${emoji}］`),
  quoted: Object.assign(Object.create(null), {
    photo: '[图片]',
    live_photo: '[图片]',
    video: '[视频]',
    video_note: '[视频]',
    animation: '[动图]',
    voice: '[语音]',
    audio: '[音频]',
    document: '[文件]',
    sticker: '[贴纸]',
    location: '[位置]',
    venue: '[位置]',
    contact: '[联系人]',
    poll: '[投票]',
    story: '[动态]',
  }),
  stranger:
    '你好！这个机器人只转发它主人自己的微信消息，帮不了你。你在这里写的内容不会被读取，也不会被保存。',
  unclaimed: '你好！这个机器人还没有主人。如果它由你运行，请把它写在日志里的验证码发到这里。',
  anonymous: '匿名或以频道身份发出的内容不会发到微信：桥看不出是谁写的。请以自己的身份发送。',
  wrongCode: '这个验证码不对，或者已经失效。桥的主人可以生成新的；最初的那个在日志里。',
  presented: {
    owner: '这个桥现在归你了。用 /login 登录微信，用 /help 查看其他命令。',
    user: '你现在可以使用这个桥了。你在它的聊天里写的内容会发到微信；用 /help 查看其他命令。',
    relay: '你现在可以在这个桥的聊天里发言了。内容会带上你的名字发到微信。',
  },
  notYours: '这个按钮不是给你用的。',
}

export const ingressWords = (language: Language): IngressWords =>
  language === 'zh' ? chinese : english

/** The language of someone we know nothing of but their client's; else that of the bridge. */
export function languageOf(code: string | undefined, otherwise: Language): Language {
  if (code === undefined) return otherwise
  return /^zh\b/i.test(code) ? 'zh' : 'en'
}
