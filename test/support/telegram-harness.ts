import type { Message } from '@grammyjs/types'
import { eventOf, messageOf, roomOfAddress } from '../../adapters/telegram/address.ts'
import { createTelegramHub } from '../../adapters/telegram/hub.ts'
import type { TelegramHub, TelegramOptions } from '../../adapters/telegram/options.ts'
import type { Places } from '../../adapters/telegram/places.ts'
import { type EventId, eventId, hubId, type RoomId } from '../../src/core/ids.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { HubSink } from '../../src/ports/hub.ts'
import type { Trace } from '../../src/ports/telemetry.ts'
import type { HubHarness, Seen } from '../contract/hub.ts'
import { picture } from '../contract/hub-posts.ts'
import { readsAs } from '../e2e/qr-reader.ts'
import { startTelegram } from '../sim/telegram/server.ts'
import type { SimOptions, SimUser, TelegramSim } from '../sim/telegram/sim.ts'
import { freePort } from './free-port.ts'
import { memoryLog, memoryVault, realClock } from './ports.ts'
import { until } from './until.ts'

/** The Telegram adapter on a simulator of its own, as the contract wants it and with what only Telegram has. */
export interface TelegramHarness extends HubHarness {
  readonly hub: TelegramHub
  readonly sim: TelegramSim
  /** The owner, from the first `start` on. */
  readonly ann: SimUser
  readonly vault: ReturnType<typeof memoryVault>
  readonly log: ReturnType<typeof memoryLog>
  /** Where a room is. */
  at(room: RoomId): { readonly chat: number; readonly thread?: number }
}

export interface HarnessOptions extends SimOptions {
  readonly webhook?: boolean
  readonly place?: TelegramOptions['place']
  /** Chats get topics in a group. */
  readonly forum?: boolean
  readonly trace?: Trace
  /** That of the adapter. */
  readonly hubClock?: Clock
  /** Nobody is made the owner. */
  readonly unowned?: boolean
}

export async function telegramHarness(options: HarnessOptions = {}): Promise<TelegramHarness> {
  const {
    webhook,
    place = 'auto',
    forum,
    trace,
    unowned,
    hubClock = realClock,
    ...simulated
  } = options
  const sim = await startTelegram({ limits: false, ...simulated })
  const ann = sim.user('Ann')
  const vault = memoryVault()
  const log = memoryLog()
  const port = webhook ? await freePort() : 0
  const fresh = () =>
    createTelegramHub(
      {
        id: hubId('telegram'),
        token: sim.token,
        apiRoot: sim.apiRoot,
        place,
        rate: { perChatSecond: 1, perGroupMinute: 20, perSecond: 30 },
        ...(simulated.filesDir !== undefined && { filesDir: simulated.filesDir }),
        ...(webhook && {
          webhook: { url: `http://127.0.0.1:${port}/telegram`, host: '127.0.0.1', port },
        }),
        voice: { language: 'en', timezone: 'UTC' },
      },
      { vault, clock: hubClock, random: Math.random, log, ...(trace && { trace }) },
    )
  let hub = fresh()
  let stopping = new AbortController()
  let running: Promise<void> = Promise.resolve()

  const at = (room: RoomId) => {
    const place = (hub.places as Places).located(room)
    if (!place) throw new Error(`Nobody knows where the room ${room} is.`)
    const { chat, thread } = place
    return { chat: Number(chat), ...(thread !== undefined && { thread: Number(thread) }) }
  }
  const visible = (room: RoomId): readonly Message[] => {
    const { chat, thread } = at(room)
    const all = ann.sees(chat, thread)
    return thread === undefined ? all.filter((one) => !one.is_topic_message) : all
  }
  const seen = (message: Message): Seen => {
    const { text, picture } = contentOf(message, ann)
    const entities = message.entities ?? message.caption_entities ?? []
    const lead = entities.find(({ type, offset }) => type === 'bold' && offset === 0)
    // Telegram leaves the blank at its end out of what is bold.
    const bold = lead ? text.slice(0, lead.length).trimEnd() : ''
    const end = bold.endsWith(':') ? bold.length + 1 : 0
    const answered = message.reply_to_message
    return {
      id: eventOf(message.chat.id, message.message_id),
      who: end ? text.slice(0, end - 2) : (message.from?.first_name ?? ''),
      text: text.slice(end),
      ...(picture && { picture }),
      ...(answered &&
        !answered.forum_topic_created && {
          replyTo: eventOf(message.chat.id, answered.message_id),
        }),
    }
  }
  const how = (room: RoomId, replyTo?: string) => {
    const { thread } = at(room)
    const answered = replyTo === undefined ? undefined : messageOf(eventId(replyTo))
    return {
      ...(thread !== undefined && { thread }),
      ...(answered && { replyTo: answered.message }),
    }
  }
  const eventFor = (message: Message): EventId => eventOf(message.chat.id, message.message_id)
  const codes = () =>
    ann.sees(ann.id).filter((message) => message.photo && !message.is_topic_message)

  const stop = async () => {
    stopping.abort(new Error('stopping'))
    await running
  }
  const start = async (sink: HubSink) => {
    stopping = new AbortController()
    running = hub.run(sink, stopping.signal)
    running.catch(() => undefined)
    const claim = await Promise.race([hub.claim, running.then(() => undefined)])
    if (!claim || unowned) return
    await ann.starts(claim.code)
    await until(async () => (await hub.people?.list())?.length, 'the owner')
    if (!forum) return
    const group = await ann.makesGroup('WeChat', { type: 'forum' })
    const here = roomOfAddress({ chat: String(group) })
    await until(() => hub.places?.home(here), 'the group for all chats')
  }

  return {
    get hub() {
      return hub
    },
    sim,
    ann,
    vault,
    log,
    at,
    picture: () => ({ bytes: Buffer.concat([jpeg, picture().subarray(-20)]), mime: 'image/jpeg' }),
    names: { me: 'You', bridge: sim.bot.name },
    start,
    stop,
    async restart() {
      hub = fresh()
    },
    person: {
      says: async (room, text, replyTo) =>
        eventFor(await ann.says(at(room).chat, text, how(room, replyTo))),
      async sendsPicture(room, bytes, mime) {
        const file = { bytes, mime, name: 'picture.jpg' }
        return eventFor(await ann.sends(at(room).chat, 'photo', file, how(room)))
      },
      async commands(room, words) {
        await ann.says(at(room).chat, `/${words.join(' ')}`, how(room))
      },
      sees: async (room) => visible(room).filter(isSaid).map(seen),
      codes: async () => codes().length,
      seesCode: async (qr) =>
        codes().some((message) => readsAs(Buffer.from(ann.bytesOf(message)), qr)),
    },
    intruder: {
      async says(room, text) {
        const { chat, thread } = at(room)
        if (!webhook) {
          const mallory = sim.user('Mallory')
          await mallory.says(await mallory.starts(), text)
          return
        }
        const update = {
          update_id: 900_000_000,
          message: {
            message_id: 900_000_000,
            date: Math.floor(Date.now() / 1000),
            from: { id: ann.id, is_bot: false, first_name: 'Ann' },
            chat: { id: chat, type: 'private', first_name: 'Ann' },
            ...(thread !== undefined && { message_thread_id: thread, is_topic_message: true }),
            text,
          },
        }
        for (const secret of ['', 'guess']) {
          const answer = await fetch(await hub.address, {
            method: 'POST',
            body: JSON.stringify(update),
            headers: secret ? { 'x-telegram-bot-api-secret-token': secret } : {},
          })
          if (answer.status !== 401) throw new Error(`the door answered ${answer.status}`)
        }
      },
    },
    async drop() {
      await stop().catch(() => undefined)
      await sim.close()
    },
  }
}

/** One pixel. Telegram makes a JPEG of every photo, whatever it was. */
const jpeg = Buffer.from(
  '/9j/2wBDAFA3PEY8MlBGQUZaVVBfeMiCeG5uePWvuZHI////////////////////////////////////////////////////2wBDAVVaWnhp' +
    'eOuCguv/////////////////////////////////////////////////////////////////////////wAARCAABAAEDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAA' +
    'AAAAAAAAAAH/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFAEBAAAAAAAAAAAAAAAAAAAAAP/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/AKAD/9k=',
  'base64',
)

function contentOf(message: Message, of: SimUser): { text: string; picture?: Uint8Array } {
  const text = message.text ?? message.caption ?? ''
  return message.photo || message.document ? { text, picture: of.bytesOf(message) } : { text }
}

const isSaid = (message: Message): boolean =>
  Boolean(message.text ?? message.caption ?? message.photo ?? message.document)
