import type { MediaWords } from './media-name.ts'

/** The few words this adapter says itself. Everything else is worded by the bridge. */
export interface Words {
  readonly bridge: string
  readonly nameless: { readonly contact: string; readonly group: string; readonly chat: string }
  /** The owner, speaking on the phone. */
  phone(name: string): string
  ownName(name: string): string
  /** Why something was taken back. */
  readonly recalled: string
  readonly scan: string
  readonly scanned: string
  /** What a medium without a name is called. */
  readonly media: MediaWords
  /** What became of something that the owner wrote, for clients that show it. */
  readonly unsure: string
  failed(cause: string): string
}

export type Language = 'zh' | 'en'

const english: Words = {
  bridge: 'WeChat bridge',
  nameless: { contact: 'WeChat user', group: 'Group chat', chat: 'WeChat chat' },
  phone: (name) => `${name} (WeChat)`,
  ownName: (name) => `Calls themselves: ${name}`,
  recalled: 'recalled in WeChat',
  scan: 'Scan this code with WeChat on your phone to log in.',
  scanned: 'Scanned. Now confirm the login on your phone.',
  media: { image: 'image', voice: 'voice', video: 'video', file: 'file', sticker: 'sticker' },
  unsure: 'It may have arrived or not: look on your phone before you write it again.',
  failed: (cause) => `Did not arrive in WeChat: ${cause}.`,
}

const chinese: Words = {
  bridge: '微信桥',
  nameless: { contact: '微信用户', group: '群聊', chat: '微信聊天' },
  phone: (name) => `${name} (微信)`,
  ownName: (name) => `昵称：${name}`,
  recalled: '已在微信撤回',
  scan: '请用手机微信扫描此二维码登录。',
  scanned: '已扫描，请在手机上确认登录。',
  media: { image: '图片', voice: '语音', video: '视频', file: '文件', sticker: '表情' },
  unsure: '不确定微信是否收到；重发之前请先看一下手机。',
  failed: (cause) => `微信没有收到：${cause}。`,
}

export const words = (language: Language): Words => (language === 'zh' ? chinese : english)

/** In the language that is spoken at the moment they are said. */
export function wordsOf(speaker: { readonly language: Language }): Words {
  const now = () => words(speaker.language)
  return {
    get bridge() {
      return now().bridge
    },
    get nameless() {
      return now().nameless
    },
    phone: (name) => now().phone(name),
    ownName: (name) => now().ownName(name),
    get recalled() {
      return now().recalled
    },
    get scan() {
      return now().scan
    },
    get scanned() {
      return now().scanned
    },
    get media() {
      return now().media
    },
    get unsure() {
      return now().unsure
    },
    failed: (cause) => now().failed(cause),
  }
}
