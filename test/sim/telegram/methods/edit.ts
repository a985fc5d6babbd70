import type { Message } from '@grammyjs/types'
import { chatOfCall, messageOfCall } from '../access.ts'
import { inlineKeyboard, isSameKeyboard } from '../keyboard.ts'
import { kindOf, mediaKinds } from '../media.ts'
import { bad, type Call } from '../method.ts'
import type { ChatState, Kept, State } from '../model.ts'
import { object, text } from '../params.ts'
import { change, isService } from '../posting.ts'
import type { Methods } from '../seam.ts'
import { captionOf, textOfCall } from '../words.ts'
import { contentOfMember } from './album.ts'

/** Changes to the bot's own messages. Each resolves with the message as it is then. */
export function editMethods(state: State): Methods {
  const own = (call: Call): { chat: ChatState; kept: Kept } => {
    if (text(call, 'inline_message_id') !== undefined) throw bad('MESSAGE_ID_INVALID')
    const chat = chatOfCall(state, call)
    const kept = messageOfCall(chat, call, 'message to edit not found')
    if (kept.by !== state.bot.id || isService(kept.message)) throw bad("message can't be edited")
    return { chat, kept }
  }
  return {
    editMessageText(call) {
      const words = textOfCall(call)
      const { chat, kept } = own(call)
      if (kept.message.text === undefined) throw bad('there is no text in the message to edit')
      return edit(state, chat, kept, call, words, ['text', 'entities'])
    },
    editMessageCaption(call) {
      const caption = captionOf(call)
      const { chat, kept } = own(call)
      const kind = kindOf(kept.message)
      if (!kind || kind === 'sticker' || kind === 'video_note')
        throw bad('there is no caption in the message to edit')
      return edit(state, chat, kept, call, caption, ['caption', 'caption_entities'])
    },
    async editMessageMedia(call) {
      const media = object(call, 'media', 'InputMedia')
      if (!media) throw bad("can't parse InputMedia: expected an Object")
      if (!['photo', 'video', 'animation', 'audio', 'document'].includes(String(media.type)))
        throw bad('can\'t parse InputMedia: invalid value of "type" specified')
      own(call)
      const content = await contentOfMember(state, call, media)
      const { chat, kept } = own(call)
      checkAlbum(kept.message, content)
      const gone = [...mediaKinds, 'text', 'entities', 'caption', 'caption_entities'] as const
      return edit(state, chat, kept, call, content, gone)
    },
    editMessageReplyMarkup(call) {
      const { chat, kept } = own(call)
      return edit(state, chat, kept, call, {}, [])
    },
  }
}

/** Without `reply_markup` the buttons go, as on Telegram. */
function edit(
  state: State,
  chat: ChatState,
  kept: Kept,
  call: Call,
  content: Partial<Message>,
  gone: readonly (keyof Message)[],
): Message {
  const markup = inlineKeyboard(call)
  const { message } = kept
  const isSame = gone.every((key) => JSON.stringify(message[key]) === JSON.stringify(content[key]))
  if (isSame && isSameKeyboard(message.reply_markup, markup))
    throw bad(
      'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message',
    )
  return change(state, chat, kept, { ...content, ...(markup && { reply_markup: markup }) }, [
    ...gone,
    'reply_markup',
  ])
}

/** Members of an album stay of a kind that fits the others. */
function checkAlbum(message: Message, content: Partial<Message>): void {
  if (message.media_group_id === undefined) return
  const sort = (one: Partial<Message>) => (one.photo || one.video ? 'seen' : kindOf(one))
  if (sort(message) !== sort(content)) throw bad("message content type can't be edited")
}
