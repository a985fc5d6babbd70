import type { Chat, Sender } from './chat.ts'
import { accountsRoom } from './chat.ts'
import { contentWords, mediaWords } from './content-words.ts'
import type { Content, MediaKind, Message } from './message.ts'
import type { Both, Language } from './words.ts'

export type { Language } from './words.ts'

/** What a content says as plain text, in one or several lines. Hostile text stays plain text. */
export function words(content: Content, language: Language): string {
  return contentWords(content, language)
}

/** The word for a kind of media, for sentences: `picture`, `图片`. */
export const mediaWord = (kind: MediaKind, language: Language): string => mediaWords[kind][language]

/**
 * What a message says, for a room to tell once more: without the private names that WeChat puts into a recall, and on
 * our own phone into what we quote.
 */
export function openly({ content, sender }: Message): Content {
  if (content.kind === 'recall') return { ...content, text: '' }
  if (content.kind !== 'quote' || sender.type !== 'myself') return content
  return { ...content, target: { ...content.target, who: '' } }
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
  if (chat.id === accountsRoom.id) return { zh: '公众号', en: 'Official accounts' }[language]
  if (chat.kind === 'self') return { zh: '文件传输助手', en: 'File transfer' }[language]
  const name = chat.kind === 'group' ? chat.name : chat.remark || chat.name
  const shown =
    name || (chat.kind === 'group' ? { zh: '群聊', en: 'Group chat' } : unnamed)[language]
  return chat.unconfirmed
    ? `${shown}${{ zh: '（待确认）', en: ' (unconfirmed)' }[language]}`
    : shown
}
