import type { Message } from '@grammyjs/types'
import type { SimMediaKind, SimUser, TelegramSim } from '../sim/telegram/sim.ts'
import { sha256 } from './bytes.ts'
import type { HubWorld, Shown } from './hub-world.ts'

/** What people said, as the tests word it: with the speaker's name in front of it in groups. */
const ofPeople = /^(?:[^:\n]{1,60}: )?(?:(?:in|out) \d+ \w+|hello \w+\.)$/

/** Telegram as its owner uses it, in topics of the private chat with the bot. Rooms are `CHAT/THREAD`, or `CHAT`. */
export function telegramWorld(sim: TelegramSim, owner: SimUser): HubWorld {
  const posts: Shown[] = []
  let read = 0
  return {
    get posts() {
      for (; read < sim.calls.length; read++) {
        const call = sim.calls[read]
        // What has taken the place of something else is no new post.
        if (!call?.ok || !call.method.startsWith('send') || call.method === 'sendChatAction')
          continue
        posts.push(shown(call.result as Message, owner))
      }
      return posts
    },
    get waiting() {
      return sim.waiting
    },
    async say(room, text, replyTo) {
      const { chat, thread } = placeOf(room)
      const answers = replyTo === undefined ? {} : { replyTo: numberOf(replyTo) }
      return idOf(await owner.says(chat, text, { ...thread, ...answers }))
    },
    async give(room, { kind, mime, name, stream }) {
      const { chat, thread } = placeOf(room)
      const chunks: Uint8Array[] = []
      for await (const chunk of stream()) chunks.push(chunk)
      const as: SimMediaKind = kind === 'image' ? 'photo' : 'document'
      const file = { bytes: Buffer.concat(chunks), mime, ...(name && { name }) }
      return idOf(await owner.sends(chat, as, file, thread))
    },
    async redact(room, target) {
      const { chat, thread } = placeOf(room)
      await owner.says(chat, '/recall', { ...thread, replyTo: numberOf(target) })
    },
  }
}

function shown(message: Message, owner: SimUser): Shown {
  const id = idOf(message)
  const entities = message.entities ?? message.caption_entities ?? []
  const isMarked = entities[0]?.type === 'italic' && entities[0].offset === 0
  const whole = message.text ?? message.caption ?? ''
  const said = isMarked ? whole.slice((entities[0]?.length ?? 0) + ' · '.length) : whole
  const isMedia = message.photo !== undefined || message.document !== undefined
  const lines = said.split('\n')
  const replyTo = message.reply_to_message
  // A picture that answers something is one that a recall shows again.
  const isBridge = isMedia ? isAnswer(message) : !lines.every((line) => ofPeople.test(line))
  return {
    id,
    room: roomOf(message),
    key: id,
    lines,
    isBridge,
    ...(replyTo && isAnswer(message) && { replyTo: idOf(replyTo) }),
    ...(isMedia && { sha256: sha256(owner.bytesOf(message)) }),
    ...(isMarked && { isMarked }),
  }
}

/** In a topic everything answers what began it, so to speak. */
const isAnswer = ({ reply_to_message: to, message_thread_id: thread }: Message): boolean =>
  to !== undefined && to.message_id !== thread

const idOf = ({ chat, message_id }: Pick<Message, 'chat' | 'message_id'>): string =>
  `${chat.id}/${message_id}`

const roomOf = ({ chat, message_thread_id: thread }: Message): string =>
  thread === undefined ? String(chat.id) : `${chat.id}/${thread}`

function placeOf(room: string) {
  const [chat, thread] = room.split('/').map(Number)
  return { chat: chat ?? 0, thread: thread === undefined ? {} : { thread } }
}

const numberOf = (event: string): number => Number(event.split('/')[1])
