import type { Update } from '@grammyjs/types'
import { isSame } from '../../../adapters/telegram/address.ts'
import type { TelegramApi } from '../../../adapters/telegram/api.ts'
import { createBot } from '../../../adapters/telegram/bot.ts'
import { createTelegramApi } from '../../../adapters/telegram/client.ts'
import type { TelegramOptions } from '../../../adapters/telegram/options.ts'
import type { Base } from '../../../adapters/telegram/parts.ts'
import { createPatient } from '../../../adapters/telegram/patient.ts'
import type { People } from '../../../adapters/telegram/people.ts'
import { createPeople } from '../../../adapters/telegram/people-kept.ts'
import type { Located, Places } from '../../../adapters/telegram/places.ts'
import { createPlaces } from '../../../adapters/telegram/places-kept.ts'
import type { Chat } from '../../../src/core/chat.ts'
import { accountId, chatId, hubId, type PortalId, portalId } from '../../../src/core/ids.ts'
import type { Language } from '../../../src/core/words.ts'
import type { Clock } from '../../../src/ports/clock.ts'
import type { Vault } from '../../../src/ports/vault.ts'
import type { SimUser, TelegramSim } from '../../sim/telegram/sim.ts'
import { memoryLog, memoryVault, realClock } from '../../support/ports.ts'

/** A clock that can be put forward; who sleeps by it wakes only then. */
export function movableClock(): Clock & { forward(ms: number): void } {
  let ahead = 0
  const asleep = new Set<{ due: number; wake: () => void }>()
  const steady = () => realClock.steady() + ahead
  return {
    now: () => realClock.now() + ahead,
    steady,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const one = { due: steady() + ms, wake: resolve }
        asleep.add(one)
        signal.addEventListener('abort', () => reject(signal.reason), { once: true })
      }),
    forward(ms) {
      ahead += ms
      for (const one of asleep) {
        if (one.due > steady()) continue
        asleep.delete(one)
        one.wake()
      }
    },
  }
}

export interface StageOptions {
  readonly place?: TelegramOptions['place']
  readonly language?: Language
  readonly vault?: Vault
  readonly clock?: Clock
  /** Around what Telegram is asked with. */
  readonly wrap?: (api: TelegramApi) => TelegramApi
}

/** The part of the adapter that knows people and places, over a simulated Telegram. */
export interface Stage {
  readonly base: Base
  readonly people: People
  readonly places: Places
  readonly changes: () => number
  /** Passes on what Telegram has to tell, once. Resolves with what was not about places. */
  hears(): Promise<readonly Update[]>
  /** Posts as the adapter does: with everything that can be mended mended. */
  posts(portal: PortalId, text: string): Promise<Located>
}

/** What was heard so far, by the simulator: another stage over the same vault goes on there. */
const heard = new WeakMap<TelegramSim, number>()

export async function stage(sim: TelegramSim, how: StageOptions = {}): Promise<Stage> {
  const { vault = memoryVault(), clock = realClock, place = 'auto', language = 'en' } = how
  const options: TelegramOptions = {
    id: hubId('telegram'),
    token: sim.token,
    apiRoot: sim.apiRoot,
    place,
    rate: { perChatSecond: 1, perGroupMinute: 20, perSecond: 30 },
    voice: { language, timezone: 'Asia/Shanghai' },
  }
  const client = createTelegramApi(options, { clock: realClock })
  const api = how.wrap?.(client) ?? client
  const patient = createPatient(api, realClock)
  let changes = 0
  const base: Base = {
    ...{ hub: options.id, options, voice: options.voice, api, patient, bot: createBot(patient) },
    ...{ vault, clock, random: () => 0.5, log: memoryLog(), trace: () => undefined },
    changed: () => {
      changes++
    },
  }
  const people = createPeople(base)
  const places = createPlaces({ ...base, people })
  await people.load()
  await places.load()
  await base.bot.info(signal)
  return {
    base,
    people,
    places,
    changes: () => changes,
    async hears() {
      const left: Update[] = []
      for (let at = heard.get(sim) ?? 0; at < sim.updates.length; at++) {
        const update = sim.updates[at] as Update
        if (!(await places.happened(update, signal))) left.push(update)
        heard.set(sim, at + 1)
      }
      return left
    },
    async posts(portal, text) {
      for (let tries = 0; ; tries++) {
        const place = await places.ready(roomOf(portal), signal)
        const thread = place.thread === undefined ? {} : { message_thread_id: Number(place.thread) }
        try {
          const sent = await api.call(
            'sendMessage',
            { chat_id: place.chat, ...thread, text },
            signal,
          )
          const got = sent.message_thread_id
          const landed = { chat: place.chat, ...(got && { thread: String(got) }) }
          if (!isSame(landed, place)) await places.strayed(roomOf(portal), place)
          return place
        } catch (error) {
          const judged = await places.failed(roomOf(portal), error, signal, place)
          if (judged !== 'again') throw judged
          if (tries > 4) throw error
        }
      }
    },
  }
}

export const signal = new AbortController().signal
export const roomOf = (portal: PortalId) =>
  portal as unknown as import('../../../src/core/ids.ts').RoomId

/** The owner: has shown to be it. */
export async function ownedBy(one: Stage, user: SimUser): Promise<number> {
  const chat = await user.starts()
  const code = one.people.claim('bot')?.code ?? ''
  const by = { id: user.id, is_bot: false, first_name: user.name }
  await one.people.present(code, by)
  return chat
}

export const chatOf = (name: string, more: Partial<Chat> = {}): Chat => ({
  id: chatId(`chat/${name}`),
  account: accountId('acct'),
  kind: 'friend',
  name,
  ...more,
})

export const a = portalId('aaaaaaaaaaaa')
export const b = portalId('bbbbbbbbbbbb')
export const managing = portalId('mmmmmmmmmmmm')

/** The texts that a person sees in a place. */
export const textsIn = (user: SimUser, chat: number, thread?: number): readonly string[] =>
  user.sees(chat, thread).flatMap((message) => (message.text === undefined ? [] : [message.text]))
