import sharp from 'sharp'
import { onTestFinished } from 'vitest'
import type { TelegramApi } from '../../../adapters/telegram/api.ts'
import { createTelegramApi } from '../../../adapters/telegram/client.ts'
import type { Located, Places } from '../../../adapters/telegram/places.ts'
import { createSending } from '../../../adapters/telegram/send.ts'
import type { Chat } from '../../../src/core/chat.ts'
import { type MediaId, mediaId, portalId, type RoomId, roomId } from '../../../src/core/ids.ts'
import type { MediaKind, MediaRef } from '../../../src/core/message.ts'
import type { Language } from '../../../src/core/words.ts'
import type { RoomPost } from '../../../src/ports/hub.ts'
import type { Open } from '../../../src/ports/outlet.ts'
import { startTelegram } from '../../sim/telegram/server.ts'
import type { SimUser, TelegramSim } from '../../sim/telegram/sim.ts'
import { memoryLog, realClock } from '../../support/ports.ts'
import { chatOf } from './posts.ts'

/** Places as a test sets them. What is asked after a failure is answered by `judge`. */
export interface Table extends Pick<Places, 'ready' | 'failed'> {
  readonly rooms: Map<RoomId, Located>
  readonly asked: unknown[]
  judge: (room: RoomId, error: unknown) => 'again' | Error
}

function places(): Table {
  const rooms = new Map<RoomId, Located>()
  const table: Table = {
    rooms,
    asked: [],
    judge: (_, error) => error as Error,
    async ready(room) {
      const found = rooms.get(room)
      if (!found) throw new Error(`no room ${room}`)
      return found
    },
    async failed(room, error) {
      table.asked.push(error)
      return table.judge(room, error)
    },
  }
  return table
}

/** Sending into a simulated Telegram, with Anna as the owner: a topic each for a friend and a group, and her private chat. */
export async function sendingLab(language: Language = 'zh') {
  const sim = await startTelegram({ limits: false })
  onTestFinished(() => sim.close())
  const anna = sim.user('Anna')
  const chat = await anna.starts()
  const api = createTelegramApi({ token: sim.token, apiRoot: sim.apiRoot }, { clock: realClock })
  const table = places()
  const log = memoryLog()
  const voice = { language, timezone: 'Asia/Shanghai' }
  const parts = { api, places: table as unknown as Places, voice, clock: realClock, log }
  const lab = {
    sim,
    anna,
    chat,
    api,
    log,
    voice,
    table,
    media: new Map<MediaId, { readonly bytes: Uint8Array; readonly mime: string }>(),
    opened: [] as MediaId[],
    sending: createSending(parts),
    /** A new process: nothing is remembered. */
    restarted: () => createSending(parts),
    open: (async (media) => {
      lab.opened.push(media.id)
      const { bytes, mime } = lab.media.get(media.id)!
      return {
        stream: new Blob([bytes as Uint8Array<ArrayBuffer>]).stream(),
        mime,
        bytes: bytes.length,
      }
    }) as Open,
    send: (post: RoomPost) => lab.sending.send(post, lab.open, AbortSignal.timeout(20_000)),
    /** What Anna sees in a room. */
    sees: (room: RoomId) => {
      const { thread, chat: at } = table.rooms.get(room)!
      const all = anna.sees(Number(at), thread === undefined ? undefined : Number(thread))
      return all.filter((message) => !message.forum_topic_created && message.from?.is_bot)
    },
    calls: (method: string) => sim.calls.filter((call) => call.method === method),
    keep(kind: MediaKind, bytes: Uint8Array, mime: string, more: Partial<MediaRef> = {}): MediaRef {
      const id = mediaId(`media/${lab.media.size}`)
      lab.media.set(id, { bytes, mime })
      return { id, source: 'wechat/me', kind, mime, token: '', ...more }
    },
    async topic(name: string, shows: Chat): Promise<RoomId> {
      const made = await api.call(
        'createForumTopic',
        { chat_id: chat, name },
        AbortSignal.timeout(5000),
      )
      return place(table, {
        chat: String(chat),
        thread: String(made.message_thread_id),
        kind: 'private',
        shows,
      })
    },
    place: (located: Omit<Located, 'portal'>) => place(table, located),
  }
  const friend = await lab.topic('王五', chatOf('friend', '王五'))
  const group = await lab.topic('徒步群', chatOf('group', '徒步群'))
  const own = lab.place({
    chat: String(chat),
    kind: 'management',
    shows: chatOf('management', 'WeChat bridge'),
  })
  return { ...lab, friend, group, own }
}

export type SendingLab = Awaited<ReturnType<typeof sendingLab>>
export type { SimUser, TelegramApi, TelegramSim }

function place({ rooms }: Table, located: Omit<Located, 'portal'>): RoomId {
  const room = roomId(`portal${rooms.size}`)
  rooms.set(room, { ...located, portal: portalId(room) })
  return room
}

/** A picture that a camera could have made. */
export const picture = (
  width: number,
  height: number,
  as: 'jpeg' | 'png' | 'webp' | 'gif' = 'jpeg',
): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 3, background: '#38a' } })
    .toFormat(as)
    .toBuffer()
