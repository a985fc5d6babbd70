import type { ChatKind } from '../../src/core/chat.ts'
import { BridgeError } from '../../src/core/errors.ts'
import type { Address } from './address.ts'
import type { TelegramApi } from './api.ts'
import { troubleOf } from './places-trouble.ts'

/** The calls about topics. Each throws what Telegram answers. */
export interface Topics {
  /** The number of the new topic. */
  make(chat: string, name: string, kind: ChatKind, signal: AbortSignal): Promise<string>
  rename(topic: Address, name: string, signal: AbortSignal): Promise<void>
  reopen(topic: Address, signal: AbortSignal): Promise<void>
  /** The topic of a forum that has no number. */
  reopenGeneral(chat: string, signal: AbortSignal): Promise<void>
  close(topic: Address, signal: AbortSignal): Promise<void>
  /** With all that was said in it. */
  remove(topic: Address, signal: AbortSignal): Promise<void>
}

/** Telegram knows six, and none of them can be changed later (createForumTopic). */
const colours = {
  friend: 0x6fb9f0,
  group: 0x8eee98,
  mp: 0xffd67e,
  self: 0xcb86db,
  management: 0xff93b2,
} as const satisfies Record<ChatKind, number>

/** `api` waits out a 429 by itself. */
export function createTopics(api: TelegramApi): Topics {
  const naming = ({ chat, thread }: Address) => ({
    chat_id: chat,
    message_thread_id: Number(thread),
  })
  const unlessDone = async (work: Promise<unknown>) => {
    try {
      await work
    } catch (error) {
      if (!isDone(error)) throw error
    }
  }

  return {
    async make(chat, name, kind, signal) {
      const args = { chat_id: chat, name, icon_color: colours[kind] }
      const made = await api.call('createForumTopic', args, signal)
      const thread: unknown = made.message_thread_id
      if (Number.isSafeInteger(thread) && Number(thread) > 0) return String(thread)
      throw new BridgeError(
        'Telegram made a topic without a number; nothing was delivered, it is tried again.',
        { code: 'server', heal: 'retry', certain: true },
      )
    },
    rename: (topic, name, signal) =>
      unlessDone(api.call('editForumTopic', { ...naming(topic), name }, signal)),
    reopen: (topic, signal) => unlessDone(api.call('reopenForumTopic', naming(topic), signal)),
    reopenGeneral: (chat, signal) =>
      unlessDone(api.call('reopenGeneralForumTopic', { chat_id: chat }, signal)),
    remove: (topic, signal) => unlessDone(api.call('deleteForumTopic', naming(topic), signal)),
    close: (topic, signal) => unlessDone(api.call('closeForumTopic', naming(topic), signal)),
  }
}

/** It is so already. */
const isDone = (error: unknown): boolean =>
  error instanceof BridgeError &&
  troubleOf(error) === undefined &&
  /NOT_MODIFIED|not modified/i.test(error.failure.said ?? '')
