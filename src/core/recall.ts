import { weChatMessageId } from './ids.ts'
import type { MediaRef, Message } from './message.ts'
import { allMediaOf } from './message.ts'
import { openly, senderName } from './render.ts'
import { richOf } from './rich.ts'
import type { Rich } from './runs.ts'
import type { Both, Language, Voice } from './words.ts'
import { moment } from './words.ts'

/**
 * The lines of a recall notice: who took back what, when it was said and when taken back. Without the original
 * it says that the original is unknown, or not kept any more. The original itself stands apart ({@link recallQuote}).
 */
export function recallLines(recall: Message, original: Message | undefined, voice: Voice): string {
  const { language } = voice
  const who = senderName(recall.sender, language)
  const when = moment(recall.at, recall.at, voice)
  if (!original) {
    return {
      zh: `${who}撤回了一条消息（${when}）。${unknown(recall).zh}。`,
      en: `${who} recalled a message (${when}). ${unknown(recall).en}.`,
    }[language]
  }
  const sent = moment(original.at, recall.at, voice)
  const whose = recalledFrom(recall, original, language)
  return {
    zh: `${who}撤回了${whose ? `${whose}的` : ''}一条消息（发送 ${sent}，撤回 ${when}）`,
    en: `${who} recalled a message${whose ? ` of ${whose}` : ''} (sent ${sent}, recalled ${when})`,
  }[language]
}

/** Why the original is not shown. */
export const unknown = ({ content }: Message): Both =>
  content.kind === 'recall' && content.forgotten
    ? { zh: '原文收到过，但已不再保留', en: 'The original is not kept any more' }
    : { zh: '这座桥没有见过原文', en: 'The bridge has not seen the original' }

/** Whose message was recalled, where it was not the operator's own. */
export const recalledFrom = (
  recall: Message,
  original: Message,
  language: Language,
): string | undefined =>
  isSame(recall, original) ? undefined : senderName(original.sender, language)

/**
 * A recall notice for a room: the lines, and the original's words as a quotation, its links still to be followed.
 * Media comes as bodies of its own.
 */
export function recallQuote(recall: Message, original: Message | undefined, voice: Voice): Rich {
  const lines = recallLines(recall, original, voice)
  if (!original) return [{ text: lines }]
  const said = richOf(openly(original), voice.language)
  return [{ text: `${lines}\n` }, ...said.map((run) => ({ ...run, quote: true as const }))]
}

/**
 * Who really recalled it. In a private chat one of our own messages can only have been recalled by us, whatever
 * the notice's sender fields say (protocol §5.7).
 */
export function recallOperator(recall: Message, original: Message | undefined): Message['sender'] {
  if (!original || recall.sender.type === 'group') return recall.sender
  const isPrivate = original.sender.type !== 'group'
  if (isPrivate && original.sender.type === 'myself' && recall.sender.type === 'contact') {
    return original.sender
  }
  return recall.sender
}

/** Did it come from WeChat, as what one writes on the phone does? Then it was never sent from here. */
export const isFromWeChat = ({ id, account, aliases: [alias] }: Message): boolean =>
  alias !== undefined && id === weChatMessageId(account, alias)

/** The bytes of the original that the notice shows again: pictures beside its words as well. */
export const recallMedia = (original: Message | undefined): readonly MediaRef[] =>
  original ? allMediaOf(original.content) : []

function isSame(recall: Message, original: Message): boolean {
  const one = recall.sender
  const other = original.sender
  if ('contact' in one && 'contact' in other) return one.contact.id === other.contact.id
  return one.type === other.type
}
