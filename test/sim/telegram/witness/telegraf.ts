import type { Message } from '@grammyjs/types'
import { Markup, Telegraf, type Telegram, TelegramError } from 'telegraf'
import { saying } from './errors.ts'
import { telegrafBot } from './telegraf-bot.ts'
import type { Client, Media, Place, Refusal, Said, Upload, Witness, Words } from './witness.ts'

/** telegraf, as its documentation would have it used. Its types are of Bot API 7.1: what is newer passes by them. */
export const telegraf: Witness = {
  name: 'telegraf',
  lacks: {},
  unknown: [],
  cut: { class: 'FetchError' },
  sayingOf: ({ code, description, retryAfter, movedTo }: Refusal): Said => ({
    class: 'TelegramError',
    code,
    message: description,
    ...(retryAfter !== undefined && { retryAfter }),
    ...(movedTo !== undefined && { movedTo }),
  }),
  async connect(apiRoot, token) {
    const bot = new Telegraf(token, { telegram: { apiRoot, webhookReply: false } })
    return saying({ ...(deeds(bot.telegram) as Deeds), ...telegrafBot(bot) }, said)
  },
}

function said(error: unknown): Said | undefined {
  // telegraf lets through what node-fetch throws, and has no class of its own for it.
  if (error instanceof Error && error.name === 'FetchError') return { class: 'FetchError' }
  if (!(error instanceof TelegramError)) return undefined
  const { retry_after: retryAfter, migrate_to_chat_id: movedTo } = error.parameters ?? {}
  return {
    class: 'TelegramError',
    code: error.code,
    message: error.description,
    ...(retryAfter !== undefined && { retryAfter }),
    ...(movedTo !== undefined && { movedTo }),
  }
}

type Deeds = Omit<Client, 'polls' | 'listens' | 'heard' | 'stops'>
type Loose = { readonly [Name in keyof Deeds]: (how: Parameters<Deeds[Name]>[0] & {}) => unknown }

function deeds(api: Telegram): Loose {
  return {
    me: () => api.getMe(),
    text: (how) => api.sendMessage(how.chat, how.text ?? '', { ...beside(how), ...marked(how) }),
    file: (how) => send(api, how),
    album: ({ members, ...how }) =>
      api.sendMediaGroup(how.chat, members.map(member) as never, inForm(beside(how))),
    spot: ({ chat, latitude, longitude, title, address, ...how }) =>
      title === undefined
        ? api.sendLocation(chat, latitude, longitude, beside(how))
        : api.sendVenue(chat, latitude, longitude, title, address ?? '', beside(how)),
    contact: (how) => api.sendContact(how.chat, how.phone, how.name, beside(how)),
    poll: (how) => api.sendPoll(how.chat, how.question, how.options, beside(how)),
    dice: (how) => api.sendDice(how.chat, beside(how)),
    typing: ({ chat }) => api.sendChatAction(chat, 'typing'),
    editText: async (how) =>
      asMessage(
        await api.editMessageText(how.chat, how.message, undefined, how.text ?? '', {
          ...marked(how),
          ...keyboard(how),
        }),
      ),
    editCaption: async ({ chat, message, text, ...how }) =>
      asMessage(await api.editMessageCaption(chat, message, undefined, text, captioned(how))),
    editFile: async ({ chat, message, ...media }) =>
      asMessage(await api.editMessageMedia(chat, message, undefined, member(media) as never)),
    editButtons: async ({ chat, message, buttons }) =>
      asMessage(
        await api.editMessageReplyMarkup(chat, message, undefined, buttons && markup(buttons)),
      ),
    remove: ({ chat, message }) => api.deleteMessage(chat, message),
    removeAll: ({ chat, messages }) => api.deleteMessages(chat, [...messages]),
    forward: ({ chat, from, message }) => api.forwardMessage(chat, from, message),
    copy: ({ chat, from, message }) => api.copyMessage(chat, from, message),
    pin: ({ chat, message }) => api.pinChatMessage(chat, message),
    react: ({ chat, message, emoji }) =>
      api.setMessageReaction(chat, message, [{ type: 'emoji', emoji: emoji as '👍' }]),
    answer: ({ query, text }) => api.answerCbQuery(query, text),
    createTopic: ({ chat, name }) => api.createForumTopic(chat, name),
    renameTopic: ({ chat, thread, name }) => api.editForumTopic(chat, thread, { name }),
    closeTopic: ({ chat, thread }) => api.closeForumTopic(chat, thread),
    reopenTopic: ({ chat, thread }) => api.reopenForumTopic(chat, thread),
    deleteTopic: ({ chat, thread }) => api.deleteForumTopic(chat, thread),
    setMenu: ({ commands, language }) =>
      api.setMyCommands(commands, language ? { language_code: language } : {}),
    menu: ({ language }) => api.getMyCommands(language ? { language_code: language } : {}),
    chat: ({ chat }) => api.getChat(chat),
    member: ({ chat, user }) => api.getChatMember(chat, user),
    admins: ({ chat }) => api.getChatAdministrators(chat),
    async download({ file }) {
      const answer = await fetch(await api.getFileLink(file))
      return Buffer.from(await answer.arrayBuffer()).toString('base64')
    },
    updates: ({ offset = 0, limit = 100, timeout = 0, allowed }) =>
      api.getUpdates(timeout, limit, offset, allowed as never),
    setHook: ({ url, secret, drop }) =>
      api.setWebhook(url, {
        ...(secret !== undefined && { secret_token: secret }),
        ...(drop && { drop_pending_updates: true }),
      }),
    dropHook: ({ drop = false }) => api.deleteWebhook({ drop_pending_updates: drop }),
    hook: () => api.getWebhookInfo(),
    raw: ({ method, params }) => api.callApi(method as 'getMe', params),
  }
}

function asMessage(result: unknown): Message {
  if (result === true) throw new Error('An edit was answered without its message')
  return result as Message
}

const input = (file: Upload) =>
  'known' in file ? file.known : { source: Buffer.from(file.bytes, 'base64'), filename: file.name }

function send(api: Telegram, { kind, file, cover, ...how }: Place & Media) {
  const other = {
    ...inForm(beside(how)),
    ...captioned(how),
    ...(cover && { thumbnail: input(cover) as never }),
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
      return api.sendVideoNote(chat, given as never, other)
    case 'sticker':
      return api.sendSticker(chat, given, other)
  }
}

/** telegraf leaves out of forms what is an object, but for a few: `reply_parameters` has to be text there. */
function inForm<T extends { readonly reply_parameters?: object }>(extra: T): T {
  const { reply_parameters: reply } = extra
  return reply ? { ...extra, reply_parameters: JSON.stringify(reply) } : extra
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
  ...(entities && { entities: [...entities] as never[] }),
})

const captioned = ({ text, mode, entities }: Words) => ({
  ...(text !== undefined && { caption: text }),
  ...(mode && { parse_mode: mode }),
  ...(entities && { caption_entities: [...entities] as never[] }),
})

const keyboard = ({ buttons }: Pick<Place, 'buttons'>) =>
  buttons ? { reply_markup: markup(buttons) } : {}

const markup = (buttons: NonNullable<Place['buttons']>) =>
  Markup.inlineKeyboard(
    buttons.map((row) =>
      row.map(({ label, data, url }) =>
        url === undefined
          ? Markup.button.callback(label, data ?? '')
          : Markup.button.url(label, url),
      ),
    ),
  ).reply_markup
