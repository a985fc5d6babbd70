import type { Update } from '@grammyjs/types'
import type { ShownLogin } from '../../src/ports/doors.ts'
import type { HubAdapter, HubSink, RoomPost } from '../../src/ports/hub.ts'
import { addressOfRoom } from './address.ts'
import type { TelegramApi } from './api.ts'
import { createBot } from './bot.ts'
import { createTelegramApi } from './client.ts'
import { createCommandsMenu } from './commands-menu.ts'
import { featuresOf, mostPosted } from './features.ts'
import { createIngress } from './ingress.ts'
import { createIntake } from './intake.ts'
import { createLoginCode } from './login-code.ts'
import type { Claim, TelegramHub, TelegramOptions, TelegramPorts } from './options.ts'
import type { Base, Parts } from './parts.ts'
import { createPatient } from './patient.ts'
import { createPeople } from './people-kept.ts'
import { createPlaces } from './places-kept.ts'
import { createInTurn } from './places-turn.ts'
import { poll } from './poll.ts'
import { createSending } from './send.ts'
import { answerMs } from './send-media.ts'
import { createStanding } from './standing.ts'
import { receiveWebhook } from './webhook.ts'

const defaultPollSeconds = 50
/** One chat takes one post after another; so many chats may do so at once. */
const concurrency = 32
/** How often what nobody tells us about is asked for: topics switched on, a bot unblocked. */
const lookMs = 600_000
const slowestMs = 60_000

/** The bridge as one Telegram bot (architecture §8). */
export function createTelegramHub(options: TelegramOptions, ports: TelegramPorts): TelegramHub {
  const { vault, clock, random, log } = ports
  const trace = ports.trace ?? (() => undefined)
  const isLocal = options.filesDir !== undefined
  const standing = createStanding({
    vault,
    owner: () => people.owner(),
    shut: () => places.shut(),
  })
  const api: TelegramApi = standing.observed(createTelegramApi(options, ports))
  const patient = createPatient(api, clock)
  const bot = createBot(patient)
  const common = { hub: options.id, options, voice: options.voice, api, patient, bot }
  let owned = Promise.withResolvers<void>()
  const changed = () => {
    standing.look()
    owned.resolve()
  }
  const base: Base = { ...common, ...{ vault, clock, random, log, trace }, changed }
  const people = createPeople(base)
  const places = createPlaces({ ...base, people })
  const parts: Parts = { ...base, people, places }
  const sending = createSending(parts)
  const ingress = createIngress(parts)
  const showLogin = createLoginCode(parts)
  const showCommands = createCommandsMenu(parts)
  const inTurn = createInTurn()
  const claim = Promise.withResolvers<Claim | undefined>()
  const address = Promise.withResolvers<string>()

  let login: ShownLogin | undefined
  let loading: Promise<void> | undefined
  /** What is kept is read before anything is done, once. */
  const loaded = (): Promise<void> => {
    const reading = loading ?? people.load().then(() => places.load())
    loading = reading
    // A vault that could not be read is asked again.
    reading.catch(() => {
      loading = undefined
    })
    return reading
  }

  /** Does it until it works. */
  const insist = async (what: string, work: () => Promise<unknown>, signal: AbortSignal) => {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        await work()
        return
      } catch (error) {
        if (signal.aborted) return
        const reason = error instanceof Error ? error.message : String(error)
        log.warn({ reason, attempt }, `${what} did not work; it is tried again.`)
      }
      const ms = Math.min(slowestMs, 500 * 2 ** Math.min(attempt, 10)) * (0.5 + random() / 2)
      await clock.sleep(ms, signal).catch(() => undefined)
    }
  }

  const receive = (sink: HubSink, signal: AbortSignal): Promise<void> => {
    const translate = (update: Update, until: AbortSignal) => {
      standing.heard(update)
      return ingress.translate(update, until)
    }
    const take = createIntake(ports, translate, sink, signal)
    const receiving = { api, vault, clock, random, log, trace }
    if (options.webhook) {
      const told = { ...receiving, listening: address.resolve }
      return receiveWebhook(options.webhook, told, take, signal)
    }
    return poll({ ...receiving, seconds: options.pollSeconds ?? defaultPollSeconds }, take, signal)
  }

  const lookAround = async (signal: AbortSignal) => {
    for (;;) {
      await clock.sleep(lookMs, signal).catch(() => undefined)
      if (signal.aborted) return
      const owner = people.owner()
      try {
        await bot.refresh(signal)
        // Answered well, it says that the owner has let the bot in again.
        if (owner !== undefined && standing.isBlocked()) {
          await patient.call('sendChatAction', { chat_id: owner, action: 'typing' }, signal)
        }
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        log.debug({ reason }, 'Looking around in Telegram did not work.')
      }
    }
  }

  /** Shows the owner what there is to do, and where the login stands; also one who has just become it. */
  const welcome = async (signal: AbortSignal) => {
    signal.addEventListener('abort', () => owned.resolve(), { once: true })
    for (let shown: string | undefined | null = null; !signal.aborted; ) {
      const owner = people.owner()
      if (owner !== shown) {
        shown = owner
        await insist("Showing the bot's commands", () => showCommands(signal), signal)
        if (login && owner !== undefined) {
          await insist(
            'Showing the login',
            // As it is by then: another may have been shown between two tries.
            () => inTurn('login', async () => login && showLogin(login, signal)),
            signal,
          )
        }
      }
      await owned.promise
      owned = Promise.withResolvers<void>()
    }
  }

  const bucketOf = ({ room }: RoomPost): string =>
    places.located(room)?.chat ?? addressOfRoom(room)?.chat ?? room

  return {
    id: options.id,
    features: featuresOf(isLocal),
    rate: ratesOf(options.rate),
    claim: claim.promise,
    address: address.promise,
    people,
    places,
    bucket: bucketOf,
    tellsStanding: true,
    // The client gives up before, and knows what may have become of it.
    stuckMs: answerMs(mostPosted(isLocal)) + slowestMs,
    roleOf: people.roleOf,

    async run(sink, signal) {
      if (signal.aborted) return
      const begin = () => loaded().then(() => standing.begin((now) => sink.standing?.(now)))
      await insist('Reading what is kept', begin, signal)
      await insist('Reaching Telegram', () => bot.info(signal), signal)
      const known = bot.known()
      if (signal.aborted || !known) return
      log.info({ bot: known.username, topics: known.topics }, 'The Telegram bot is there.')
      claim.resolve(people.claim(known.username))
      const beside = [welcome(signal), lookAround(signal), places.watch(signal)]
      await receive(sink, signal)
      await Promise.all(beside)
    },

    async ensureRoom(portal, chat, _open, signal) {
      await loaded()
      return places.ensure(portal, chat, signal)
    },
    async showLogin(now, signal) {
      login = now
      await loaded()
      // Whoever becomes the owner is shown it then.
      if (people.owner() !== undefined) await inTurn('login', () => showLogin(now, signal))
    },
    async send(post, open, signal) {
      await loaded()
      return sending.send(post, open, signal)
    },
    async find(post, since, signal) {
      await loaded()
      return sending.find(post, since, signal)
    },
    answers: async (signal) => void (await api.call('getMe', undefined, signal)),
    download: ingress.download,
  }
}

/** Telegram counts by chat, whatever the topic, and groups by the minute as well (ecosystem §2.1). */
function ratesOf(rate: TelegramOptions['rate']): HubAdapter['rate'] {
  const { perChatSecond } = rate
  // Less than one a second is one in so many seconds.
  const second =
    perChatSecond < 1
      ? { count: 1, perMs: 1_000 / perChatSecond }
      : { count: Math.floor(perChatSecond), perMs: 1_000 }
  const minute = { count: rate.perGroupMinute, perMs: 60_000 }
  return {
    concurrency,
    lane: { count: rate.perSecond, perMs: 1_000 },
    buckets: (bucket) => (bucket.startsWith('-') ? [second, minute] : [second]),
  }
}
