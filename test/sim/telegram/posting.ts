import type { Message, MessageEntity, User } from '@grammyjs/types'
import { type ChatState, chatOf, type Kept, may, type State, seconds, type Topic } from './model.ts'
import type { NewUpdate } from './seam.ts'

/** What stands beside the content of a message. */
export interface Beside {
  readonly thread?: number | undefined
  /** A message of the same chat. */
  readonly replyTo?: Kept | undefined
  readonly quote?: Message['quote'] | undefined
  readonly album?: string | undefined
  readonly markup?: Message['reply_markup'] | undefined
}

/** Puts a message into a chat, and tells the bot unless it said it itself. */
export function put(
  state: State,
  chat: ChatState,
  from: User,
  content: Partial<Message>,
  beside: Beside = {},
): Kept {
  const id = ++chat.last
  const { media_group_id = beside.album } = content
  const message = {
    message_id: id,
    from,
    chat: chatOf(chat),
    date: seconds(state),
    ...threadOf(state, chat, beside),
    ...replyOf(state, chat, beside),
    ...filled(state, content),
    ...(media_group_id !== undefined && { media_group_id }),
    ...(beside.markup && { reply_markup: beside.markup }),
  } as Message
  const kept: Kept = { message, by: from.id, reactions: new Map() }
  chat.messages.set(id, kept)
  if ((from.id !== state.bot.id || isToldAnyway(message)) && hears(state, chat, message))
    state.ports.push({ message } as NewUpdate)
  return kept
}

// As the Bot API server decides it (`need_skip_update_message`).
const toldAnyway = new Set<keyof Message>([
  'left_chat_member',
  'pinned_message',
  'forum_topic_created',
  'forum_topic_edited',
  'forum_topic_closed',
  'forum_topic_reopened',
  'general_forum_topic_hidden',
  'general_forum_topic_unhidden',
])

/** A bot is not told what it says itself, but of what it did to a chat. */
const isToldAnyway = (message: Message): boolean =>
  Object.keys(message).some((key) => toldAnyway.has(key as keyof Message))

/** The topic that messages of this thread belong to. Undefined: it is none that is there. */
export const topicOf = (
  state: State,
  chat: ChatState,
  thread: number | undefined,
): Topic | undefined =>
  thread === undefined || (chat.type === 'private' && !state.privateTopics)
    ? undefined
    : chat.topics.get(thread)

function threadOf(state: State, chat: ChatState, { thread, replyTo }: Beside): Partial<Message> {
  if (topicOf(state, chat, thread))
    return { message_thread_id: thread as number, is_topic_message: true }
  // In a supergroup every reply is in a thread, which has nothing to do with topics.
  if (chat.type !== 'supergroup' || !replyTo) return {}
  const { message } = replyTo
  return { message_thread_id: message.message_thread_id ?? message.message_id }
}

function replyOf(state: State, chat: ChatState, beside: Beside): Partial<Message> {
  const { replyTo, thread, quote } = beside
  const topic = topicOf(state, chat, thread)
  if (!replyTo) {
    // In a topic everything that answers nothing else answers the message that made the topic.
    const root = topic && chat.messages.get(topic.thread)
    return root ? { reply_to_message: bare(root.message) } : {}
  }
  const where = replyTo.message.is_topic_message ? replyTo.message.message_thread_id : undefined
  if (where !== topic?.thread)
    return { external_reply: external(replyTo.message), ...(quote && { quote }) }
  return { reply_to_message: bare(replyTo.message), ...(quote && { quote }) }
}

/** A message as it is quoted: without what it answers itself. */
const bare = ({ reply_to_message: _, ...message }: Message) =>
  message as NonNullable<Message['reply_to_message']>

/** A message of another chat or topic that is answered. */
export function external(message: Message): NonNullable<Message['external_reply']> {
  const { chat, message_id, date, from } = message
  return {
    origin: { type: 'user', date, sender_user: from as User },
    chat,
    message_id,
  }
}

/** People who are mentioned by number only get their names; those nobody knows are no mention. */
function filled(state: State, content: Partial<Message>): Partial<Message> {
  const of = (entities: MessageEntity[]): MessageEntity[] =>
    entities.flatMap((one): MessageEntity[] => {
      if (one.type !== 'text_mention') return [one]
      const user = one.user.id === state.bot.id ? state.bot : state.people.get(one.user.id)
      return user ? [{ ...one, user }] : []
    })
  const { entities, caption_entities } = content
  return {
    ...content,
    ...(entities && { entities: of(entities) }),
    ...(caption_entities && { caption_entities: of(caption_entities) }),
  }
}

/** Is the bot told of this message? With privacy mode on only of commands, mentions and answers to it. */
export function hears(state: State, chat: ChatState, message: Message): boolean {
  const standing = chat.members.get(state.bot.id)
  if (standing?.status === 'left' || standing?.status === 'kicked' || !standing) return false
  if (chat.type === 'private' || state.ports.options.readsGroups !== false) return true
  if (standing.status === 'administrator') return true
  const { username = '' } = state.bot
  const text = message.text ?? message.caption
  if (isService(message)) return true
  if (
    message.reply_to_message?.from?.id === state.bot.id &&
    !message.reply_to_message.forum_topic_created
  )
    return true
  return (message.entities ?? message.caption_entities ?? []).some((one) => {
    const shown = text?.slice(one.offset, one.offset + one.length).toLowerCase() ?? ''
    const at = `@${username.toLowerCase()}`
    if (one.type === 'bot_command') return !shown.includes('@') || shown.endsWith(at)
    if (one.type === 'text_mention') return one.user.id === state.bot.id
    return one.type === 'mention' && shown === at
  })
}

const said = new Set<keyof Message>([
  'text',
  'photo',
  'video',
  'animation',
  'voice',
  'audio',
  'document',
  'video_note',
  'sticker',
  'location',
  'venue',
  'contact',
  'poll',
  'dice',
])

/** Did something happen, rather than somebody say something? */
export const isService = (message: Message): boolean =>
  !Object.keys(message).some((key) => said.has(key as keyof Message))

/** The message as it is after a change. People's changes are told the bot. */
export function change(
  state: State,
  chat: ChatState,
  kept: Kept,
  content: Partial<Message>,
  gone: readonly (keyof Message)[] = [],
): Message {
  const before = Object.fromEntries(
    Object.entries(kept.message).filter(([key]) => !gone.includes(key as keyof Message)),
  )
  kept.message = {
    ...before,
    ...filled(state, content),
    edit_date: seconds(state),
  } as Message
  if (kept.by !== state.bot.id && hears(state, chat, kept.message))
    state.ports.push({ edited_message: kept.message } as NewUpdate)
  return kept.message
}

/** May the bot write here although the topic is closed? Telegram lets some; here nobody, which is the harder case. */
export function isClosed(state: State, chat: ChatState, thread: number | undefined): boolean {
  const topic = topicOf(state, chat, thread)
  return topic ? topic.closed : chat.forum && chat.general.closed
}

/** Does the bot manage topics here, or has it made this one? */
export const manages = (state: State, chat: ChatState, topic: Topic): boolean =>
  may(chat, state.bot.id, 'can_manage_topics') || topic.by === state.bot.id
