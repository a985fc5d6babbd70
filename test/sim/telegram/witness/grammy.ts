import { type Api, Bot, GrammyError, HttpError, InlineKeyboard, InputFile } from 'grammy'
import { saying } from './errors.ts'
import { grammyBot } from './grammy-bot.ts'
import type {
  Client,
  Media,
  Place,
  Refusal,
  Said,
  Upload,
  Which,
  Witness,
  Words,
} from './witness.ts'

/** grammY, as its documentation would have it used. */
export const grammy: Witness = {
  name: 'grammY',
  lacks: {},
  unknown: [],
  cut: { class: 'HttpError' },
  sayingOf: ({ code, description, retryAfter, movedTo }: Refusal): Said => ({
    class: 'GrammyError',
    code,
    message: description,
    ...(retryAfter !== undefined && { retryAfter }),
    ...(movedTo !== undefined && { movedTo }),
  }),
  async connect(apiRoot, token) {
    const bot = new Bot(token, { client: { apiRoot } })
    return saying({ ...deeds(bot.api, apiRoot, token), ...grammyBot(bot) }, said)
  },
}

function said(error: unknown): Said | undefined {
  if (error instanceof HttpError) return { class: 'HttpError' }
  if (!(error instanceof GrammyError)) return undefined
  const { retry_after: retryAfter, migrate_to_chat_id: movedTo } = error.parameters
  return {
    class: 'GrammyError',
    code: error.error_code,
    message: error.description,
    ...(retryAfter !== undefined && { retryAfter }),
    ...(movedTo !== undefined && { movedTo }),
  }
}

type Deeds = Omit<Client, 'polls' | 'listens' | 'heard' | 'stops'>

function deeds(api: Api, apiRoot: string, token: string): Deeds {
  return {
    me: () => api.getMe(),
    text: (how) => api.sendMessage(how.chat, how.text ?? '', { ...beside(how), ...marked(how) }),
    file: (how) => send(api, how),
    album: ({ members, ...how }) =>
      api.sendMediaGroup(how.chat, members.map(member) as never, beside(how)),
    spot: ({ chat, latitude, longitude, title, address, ...how }) =>
      title === undefined
        ? api.sendLocation(chat, latitude, longitude, beside({ chat, ...how }))
        : api.sendVenue(chat, latitude, longitude, title, address ?? '', beside({ chat, ...how })),
    contact: (how) => api.sendContact(how.chat, how.phone, how.name, beside(how)),
    poll: (how) =>
      api.sendPoll(
        how.chat,
        how.question,
        how.options.map((text) => ({ text })),
        beside(how),
      ),
    dice: (how) => api.sendDice(how.chat, '🎲', beside(how)),
    typing: ({ chat }) => api.sendChatAction(chat, 'typing'),
    editText: async (how) =>
      asMessage(
        await api.editMessageText(how.chat, how.message, how.text ?? '', {
          ...marked(how),
          ...keyboard(how),
        }),
      ),
    editCaption: async ({ chat, message, ...words }) =>
      asMessage(await api.editMessageCaption(chat, message, captioned(words))),
    editFile: async ({ chat, message, ...media }: Which & Media) =>
      asMessage(await api.editMessageMedia(chat, message, member(media) as never)),
    editButtons: async ({ chat, message, buttons }) =>
      asMessage(
        await api.editMessageReplyMarkup(chat, message, keyboard({ ...(buttons && { buttons }) })),
      ),
    remove: ({ chat, message }) => api.deleteMessage(chat, message),
    removeAll: ({ chat, messages }) => api.deleteMessages(chat, [...messages]),
    forward: ({ chat, from, message }) => api.forwardMessage(chat, from, message),
    copy: ({ chat, from, message }) => api.copyMessage(chat, from, message),
    pin: ({ chat, message }) => api.pinChatMessage(chat, message),
    react: ({ chat, message, emoji }) =>
      api.setMessageReaction(chat, message, [{ type: 'emoji', emoji: emoji as '👍' }]),
    answer: ({ query, text }) => api.answerCallbackQuery(query, { text }),
    createTopic: ({ chat, name }) => api.createForumTopic(chat, name),
    renameTopic: ({ chat, thread, name }) => api.editForumTopic(chat, thread, { name }),
    closeTopic: ({ chat, thread }) => api.closeForumTopic(chat, thread),
    reopenTopic: ({ chat, thread }) => api.reopenForumTopic(chat, thread),
    deleteTopic: ({ chat, thread }) => api.deleteForumTopic(chat, thread),
    setMenu: ({ commands, language }) =>
      api.setMyCommands([...commands], language ? { language_code: language as 'zh' } : {}),
    menu: ({ language }) => api.getMyCommands(language ? { language_code: language as 'zh' } : {}),
    chat: ({ chat }) => api.getChat(chat),
    member: ({ chat, user }) => api.getChatMember(chat, user),
    admins: ({ chat }) => api.getChatAdministrators(chat),
    async download({ file }) {
      const { file_path: path } = await api.getFile(file)
      const answer = await fetch(`${apiRoot}/file/bot${token}/${path}`)
      return Buffer.from(await answer.arrayBuffer()).toString('base64')
    },
    updates: ({ allowed, ...how }) =>
      api.getUpdates({ ...how, ...(allowed && { allowed_updates: [...allowed] as never }) }),
    setHook: ({ url, secret, drop }) =>
      api.setWebhook(url, {
        ...(secret !== undefined && { secret_token: secret }),
        ...(drop && { drop_pending_updates: true }),
      }),
    dropHook: ({ drop = false }) => api.deleteWebhook({ drop_pending_updates: drop }),
    hook: () => api.getWebhookInfo(),
    raw: ({ method, params }) => api.raw[method as 'getMe'](params as never),
  }
}

/** One of ours is told with an edit of an inline message, which none of these are. */
function asMessage<T>(result: T | true): T {
  if (result === true) throw new Error('An edit was answered without its message')
  return result
}

const input = (file: Upload): InputFile | string =>
  'known' in file ? file.known : new InputFile(Buffer.from(file.bytes, 'base64'), file.name)

function send(api: Api, { kind, file, cover, ...how }: Place & Media) {
  const other = {
    ...beside(how),
    ...captioned(how),
    ...(cover && { thumbnail: input(cover) as InputFile }),
  }
  const { chat } = how
  const given = input(file)
  switch (kind) {
    case 'photo':
      return api.sendPhoto(chat, given, other)
    case 'video':
      return api.sendVideo(chat, given, other)
    case 'animation':
      return api.sendAnimation(chat, given, other)
    case 'voice':
      return api.sendVoice(chat, given, other)
    case 'audio':
      return api.sendAudio(chat, given, other)
    case 'document':
      return api.sendDocument(chat, given, other)
    case 'video_note':
      return api.sendVideoNote(chat, given, other)
    case 'sticker':
      return api.sendSticker(chat, given, other)
  }
}

const member = ({ kind, file, cover, ...words }: Media) => ({
  type: kind,
  media: input(file),
  ...captioned(words),
  ...(cover && { thumbnail: input(cover) }),
})

const beside = ({ thread, replyTo, alone, buttons }: Partial<Place>) => ({
  ...(thread !== undefined && { message_thread_id: thread }),
  ...(replyTo !== undefined && {
    reply_parameters: {
      message_id: replyTo,
      ...(alone && { allow_sending_without_reply: true }),
    },
  }),
  ...keyboard({ ...(buttons && { buttons }) }),
})

const marked = ({ mode, entities }: Words) => ({
  ...(mode && { parse_mode: mode }),
  ...(entities && { entities: [...entities] }),
})

const captioned = ({ text, mode, entities }: Words) => ({
  ...(text !== undefined && { caption: text }),
  ...(mode && { parse_mode: mode }),
  ...(entities && { caption_entities: [...entities] }),
})

function keyboard({ buttons }: Pick<Place, 'buttons'>): { reply_markup?: InlineKeyboard } {
  if (!buttons) return {}
  return {
    reply_markup: InlineKeyboard.from(
      buttons.map((row) =>
        row.map(({ label, data, url }) =>
          url === undefined ? InlineKeyboard.text(label, data) : InlineKeyboard.url(label, url),
        ),
      ),
    ),
  }
}
