import type { Chat, Sender } from './chat.ts'
import type { Content, Kind, MediaKind, Of } from './message.ts'
import { noticeWords } from './notice-words.ts'
import type { Both, Language } from './words.ts'

export type { Language } from './words.ts'

/** One line for each kind of content: a kind without words does not compile. */
type Words = { readonly [K in Kind]: (content: Of<K>, language: Language) => string }

const media: Readonly<Record<MediaKind, Both>> = {
  image: { zh: '图片', en: 'picture' },
  voice: { zh: '语音', en: 'voice message' },
  video: { zh: '视频', en: 'video' },
  file: { zh: '文件', en: 'file' },
  sticker: { zh: '表情', en: 'sticker' },
}

const table: Words = {
  text: (content) => content.text,
  image: mediaLine,
  voice: mediaLine,
  video: mediaLine,
  file: mediaLine,
  sticker: mediaLine,
  recall: (content, language) =>
    content.text || { zh: '撤回了一条消息', en: 'recalled a message' }[language],
  system: (content) => content.text,
  note: (content) => content.text,
  unsupported: (content, language) =>
    ({
      zh: `［暂不支持：${content.summary || content.type}，请在手机上查看］`,
      en: `[not supported yet: ${content.summary || content.type}; see it on the phone]`,
    })[language],
  notice: (content, language) => noticeWords(content.notice, language),
}

/** What a content says in one plain line, as a chat list or a fallback shows it. Hostile text stays plain text. */
export function words(content: Content, language: Language): string {
  const line = table[content.kind] as (content: Content, language: Language) => string
  return line(content, language)
}

/** The word for a kind of media, for sentences: `picture`, `图片`. */
export const mediaWord = (kind: MediaKind, language: Language): string => media[kind][language]

function mediaLine(content: Of<MediaKind>, language: Language): string {
  const name = content.kind === 'file' && content.media.name ? ` ${content.media.name}` : ''
  return `[${media[content.kind][language]}${name}]${content.caption ? ` ${content.caption}` : ''}`
}

/** The name a sender is shown under. The private remark is not used: a room may have other people in it. */
export function senderName(sender: Sender, language: Language): string {
  if ('contact' in sender) {
    const nick = sender.type === 'group' ? sender.nick : ''
    return nick || sender.contact.name || unnamed[language]
  }
  if (sender.type === 'myself') return { zh: '我', en: 'You' }[language]
  if (sender.type === 'system') return { zh: '微信', en: 'WeChat' }[language]
  return { zh: '微信桥', en: 'WeChat bridge' }[language]
}

const unnamed: Both = { zh: '（无名）', en: '(no name)' }

/** The name of a chat's room. A friend's room is the owner's own, so there the remark leads. */
export function roomName(chat: Chat, language: Language): string {
  if (chat.kind === 'management') return { zh: '微信桥', en: 'WeChat bridge' }[language]
  if (chat.kind === 'self') return { zh: '文件传输助手', en: 'File transfer' }[language]
  const name = chat.kind === 'group' ? chat.name : chat.remark || chat.name
  return name || (chat.kind === 'group' ? { zh: '群聊', en: 'Group chat' } : unnamed)[language]
}
