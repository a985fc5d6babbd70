import type { User } from '@grammyjs/types'
import type { ChatState, State, Topic } from './model.ts'
import { chatHere } from './people-here.ts'
import type { SimUser } from './sim.ts'
import { createTopic, deleteTopic, renameTopic, toggleTopic } from './topics.ts'

type Deeds = Pick<
  SimUser,
  'topics' | 'makesTopic' | 'deletesTopic' | 'closesTopic' | 'reopensTopic' | 'renamesTopic'
>

/** What people do with topics. The bot hears of all but deletions. */
export function createTopicDeeds(state: State, me: User): Deeds {
  const here = (id: number, thread: number): { chat: ChatState; topic: Topic } => {
    const chat = chatHere(state, me, id)
    const topic = chat.topics.get(thread)
    if (!topic) throw new Error(`There is no topic ${thread} in chat ${id}.`)
    return { chat, topic }
  }
  const toggle = (id: number, thread: number, closed: boolean) => {
    const { chat, topic } = here(id, thread)
    if (!chat.forum) throw new Error('Topics of private chats cannot be closed.')
    toggleTopic(state, chat, topic, closed, me)
  }
  return {
    topics: (id) =>
      [...chatHere(state, me, id).topics.values()].map(({ thread, name, closed }) => ({
        thread,
        name,
        closed,
      })),
    makesTopic: async (id, name) => createTopic(state, chatHere(state, me, id), name, me).thread,
    async deletesTopic(id, thread) {
      const { chat, topic } = here(id, thread)
      deleteTopic(chat, topic)
    },
    closesTopic: async (id, thread) => toggle(id, thread, true),
    reopensTopic: async (id, thread) => toggle(id, thread, false),
    async renamesTopic(id, thread, name) {
      const { chat, topic } = here(id, thread)
      renameTopic(state, chat, topic, { name, emoji: topic.emoji }, me)
    },
  }
}
