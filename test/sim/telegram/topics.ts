import type { Message, User } from '@grammyjs/types'
import type { ChatState, State, Topic } from './model.ts'
import { put } from './posting.ts'

/** Makes a topic: its number is that of the message that says so. */
export function createTopic(
  state: State,
  chat: ChatState,
  name: string,
  by: User,
  color = 7322096,
  emoji = '',
): Topic {
  const thread = chat.last + 1
  const topic: Topic = { thread, name, color, emoji, closed: false, by: by.id }
  chat.topics.set(thread, topic)
  const forum_topic_created = {
    name,
    icon_color: color,
    ...(emoji && { icon_custom_emoji_id: emoji }),
  } as NonNullable<Message['forum_topic_created']>
  put(state, chat, by, { forum_topic_created }, { thread })
  return topic
}

export function renameTopic(
  state: State,
  chat: ChatState,
  topic: Topic,
  to: { readonly name: string; readonly emoji: string },
  by: User,
): void {
  const forum_topic_edited = {
    ...(to.name !== topic.name && { name: to.name }),
    ...(to.emoji !== topic.emoji && { icon_custom_emoji_id: to.emoji }),
  }
  Object.assign(topic, to)
  put(state, chat, by, { forum_topic_edited }, { thread: topic.thread })
}

export function toggleTopic(
  state: State,
  chat: ChatState,
  topic: Topic,
  closed: boolean,
  by: User,
): void {
  topic.closed = closed
  put(state, chat, by, closed ? { forum_topic_closed: {} } : { forum_topic_reopened: {} }, {
    thread: topic.thread,
  })
}

/** With all its messages. Nobody is told. */
export function deleteTopic(chat: ChatState, topic: Topic): void {
  chat.topics.delete(topic.thread)
  for (const [id, { message }] of chat.messages)
    if (message.is_topic_message && message.message_thread_id === topic.thread)
      chat.messages.delete(id)
}
