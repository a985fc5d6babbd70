import type { MediaKind } from '../../src/core/message.ts'
import type { Language } from '../../src/core/words.ts'

/** The few words this part of the adapter says itself. Everything else is worded by the bridge. */
export interface PostWords {
  /** The account's owner, on the phone. */
  readonly me: string
  /** Whose name nobody can see. */
  readonly nameless: string
  /** In front of what may be there already. */
  readonly repeat: string
  /** Instead of a text in which there is nothing to see. */
  readonly blank: string
  /** What a file without a name is called. */
  readonly media: { readonly [K in MediaKind]: string }
  /** A place without a name. */
  readonly place: string
  /** Under the code. */
  readonly scan: string
  readonly scanned: string
  /** Where a code could not be taken away. */
  readonly over: string
}

const english: PostWords = {
  me: 'You',
  nameless: '(no name)',
  repeat: '↻ may be a repeat',
  blank: '(a message with nothing to see in it)',
  media: { image: 'picture', voice: 'voice', video: 'video', file: 'file', sticker: 'sticker' },
  place: 'Location',
  scan:
    'Log in to WeChat: open WeChat on your phone, tap + and “Scan”, and scan this code from another screen. ' +
    'It is renewed by itself, here, until it is used.',
  scanned: 'Scanned. Now confirm the login in WeChat on your phone.',
  over: 'This code is over. Nothing needs to be done.',
}

const chinese: PostWords = {
  me: '我',
  nameless: '（无名）',
  repeat: '↻ 可能重复',
  blank: '（一条没有可见内容的消息）',
  media: { image: '图片', voice: '语音', video: '视频', file: '文件', sticker: '表情' },
  place: '位置',
  scan: '登录微信：在手机上打开微信，点“+”→“扫一扫”，扫描另一块屏幕上的这个二维码。二维码会在此处自动更新，直到登录为止。',
  scanned: '已扫描，请在手机微信上确认登录。',
  over: '此二维码已失效，无需任何操作。',
}

export const postWords = (language: Language): PostWords => (language === 'zh' ? chinese : english)
