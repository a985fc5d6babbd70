import type { ForumTopic, Message } from '@grammyjs/types'
import { chatOfCall, checkRight } from '../access.ts'
import { bad, type Call } from '../method.ts'
import { type ChatState, hasTopics, type State, type Topic } from '../model.ts'
import { int, text } from '../params.ts'
import { manages, put, topicOf } from '../posting.ts'
import type { Methods } from '../seam.ts'
import { createTopic, deleteTopic, renameTopic, toggleTopic } from '../topics.ts'

/** Topics of forums, and of private chats where the bot has them (Bot API 9.4). */
export function topicMethods(state: State): Methods {
  const topicOfCall = (call: Call, what: string): { chat: ChatState; topic: Topic } => {
    const chat = chatWithTopics(state, call)
    const topic = topicOf(state, chat, int(call, 'message_thread_id'))
    if (!topic) throw bad('TOPIC_ID_INVALID')
    if (!manages(state, chat, topic)) throw bad(`not enough rights to ${what} the topic`)
    return { chat, topic }
  }
  const toggle = (closed: boolean) => (call: Call) => {
    onlyForum(state, call)
    const { chat, topic } = topicOfCall(call, 'close or open')
    if (topic.closed === closed) throw bad('TOPIC_NOT_MODIFIED')
    toggleTopic(state, chat, topic, closed, state.bot)
    return true
  }
  return {
    createForumTopic(call): ForumTopic {
      const chat = chatWithTopics(state, call)
      checkRight(state, chat, 'can_manage_topics', 'create a topic')
      const emoji = text(call, 'icon_custom_emoji_id') ?? ''
      const topic = createTopic(state, chat, nameOf(call), state.bot, colorOf(call), emoji)
      return {
        message_thread_id: topic.thread,
        name: topic.name,
        icon_color: topic.color as ForumTopic['icon_color'],
        ...(topic.emoji && { icon_custom_emoji_id: topic.emoji }),
      }
    },
    editForumTopic(call) {
      const { chat, topic } = topicOfCall(call, 'edit')
      const name = text(call, 'name') === undefined ? topic.name : nameOf(call)
      const given = call.params.icon_custom_emoji_id
      const emoji = given === undefined || given === null ? topic.emoji : String(given)
      if (name === topic.name && emoji === topic.emoji) throw bad('TOPIC_NOT_MODIFIED')
      renameTopic(state, chat, topic, { name, emoji }, state.bot)
      return true
    },
    closeForumTopic: toggle(true),
    reopenForumTopic: toggle(false),
    deleteForumTopic(call) {
      const chat = chatWithTopics(state, call)
      const topic = topicOf(state, chat, int(call, 'message_thread_id'))
      if (!topic) throw bad('TOPIC_ID_INVALID')
      if (topic.by !== state.bot.id)
        checkRight(state, chat, 'can_delete_messages', 'delete the topic')
      deleteTopic(chat, topic)
      return true
    },
    unpinAllForumTopicMessages(call) {
      const chat = chatWithTopics(state, call)
      const topic = topicOf(state, chat, int(call, 'message_thread_id'))
      if (!topic) throw bad('TOPIC_ID_INVALID')
      chat.pinned = chat.pinned.filter(
        (id) => chat.messages.get(id)?.message.message_thread_id !== topic.thread,
      )
      return true
    },
    ...generalMethods(state),
    getForumTopicIconStickers: () => [],
  }
}

function generalMethods(state: State): Methods {
  const change = (call: Call, act: (chat: ChatState) => Partial<Message>) => {
    const chat = onlyForum(state, call)
    checkRight(state, chat, 'can_manage_topics', 'edit the topic')
    put(state, chat, state.bot, act(chat))
    return true
  }
  const set =
    (field: 'closed' | 'hidden', value: boolean, message: Partial<Message>) => (call: Call) =>
      change(call, ({ general }) => {
        if (general[field] === value) throw bad('TOPIC_NOT_MODIFIED')
        general[field] = value
        // What is hidden is closed; what is opened is shown.
        if (field === 'hidden' && value) general.closed = true
        if (field === 'closed' && !value) general.hidden = false
        return message
      })
  return {
    editGeneralForumTopic: (call) =>
      change(call, ({ general }) => {
        const name = nameOf(call)
        if (general.name === name) throw bad('TOPIC_NOT_MODIFIED')
        general.name = name
        return { forum_topic_edited: { name } }
      }),
    closeGeneralForumTopic: set('closed', true, { forum_topic_closed: {} }),
    reopenGeneralForumTopic: set('closed', false, { forum_topic_reopened: {} }),
    hideGeneralForumTopic: set('hidden', true, { general_forum_topic_hidden: {} }),
    unhideGeneralForumTopic: set('hidden', false, { general_forum_topic_unhidden: {} }),
    unpinAllGeneralForumTopicMessages(call) {
      const chat = onlyForum(state, call)
      checkRight(state, chat, 'can_pin_messages', 'manage pinned messages in the chat')
      chat.pinned = chat.pinned.filter((id) => chat.messages.get(id)?.message.is_topic_message)
      return true
    },
  }
}

function chatWithTopics(state: State, call: Call): ChatState {
  const chat = chatOfCall(state, call)
  if (!hasTopics(state, chat)) throw bad('the chat is not a forum')
  return chat
}

/** Only forums have topics that close, and a General one. */
function onlyForum(state: State, call: Call): ChatState {
  const chat = chatOfCall(state, call)
  if (!chat.forum) throw bad('the chat is not a forum')
  return chat
}

function nameOf(call: Call): string {
  // Cut by characters, as Telegram does.
  const name = [...(text(call, 'name') ?? '').replace(/\s+/g, ' ').trim()].slice(0, 128).join('')
  if (name === '') throw bad('title must be non-empty')
  return name
}

const colors = [7322096, 16766590, 13338331, 9367192, 16749490, 16478047]

function colorOf(call: Call): number {
  const color = int(call, 'icon_color')
  if (color === undefined) return 7322096
  if (!colors.includes(color)) throw bad('invalid icon color specified')
  return color
}
