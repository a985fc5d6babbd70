import type { Message } from '@grammyjs/types'
import { type Running, start } from '../../src/main.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Trace } from '../../src/ports/telemetry.ts'
import type { Sandbox } from '../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { readsAs } from '../e2e/qr-reader.ts'
import { startTelegram } from '../sim/telegram/server.ts'
import type { SimOptions, SimUser, TelegramSim } from '../sim/telegram/sim.ts'
import { loadConfig } from './config.ts'
import { fastPace } from './fast-pace.ts'
import { memoryLog, realClock, tempFolder } from './ports.ts'
import { type Spot, saidAt } from './telegram-world-seen.ts'
import { until } from './until.ts'

export interface TelegramWorldOptions extends SimOptions {
  readonly seed?: number
  /** `--set` lines, behind those of the world. */
  readonly sets?: readonly string[]
  /** Nobody has claimed the bridge yet, and nobody logs in. */
  readonly unowned?: true
}

/**
 * A WeChat (the sandbox), a Telegram (the simulator) and the bridge between them, all over real HTTP and by the
 * configuration only. Its clocks are one, which `pass` puts forward.
 */
export interface TelegramWorld {
  readonly sandbox: Sandbox
  readonly sim: TelegramSim
  /** Whom the bridge belongs to. */
  readonly ann: SimUser
  readonly log: ReturnType<typeof memoryLog>
  readonly sets: readonly string[]
  /** The private chat with the bot, outside topics. */
  readonly management: Spot
  /** Puts all clocks forward. */
  pass(ms: number): void
  start(): Promise<Running>
  stop(): Promise<void>
  /** Once the bridge knows that all of what was written in this message is in WeChat. */
  sent(message: Message): Promise<void>
  /** Scans the code that Telegram shows, and confirms. */
  logIn(): Promise<void>
  /** Waits for a message that says this there. */
  saying(spot: Spot, what: string | RegExp): Promise<Message>
  /** The topic of this name, in the private chat or another. */
  topic(name: string, chat?: number): Promise<Spot>
  drop(): Promise<void>
}

export async function telegramWorld(options: TelegramWorldOptions = {}): Promise<TelegramWorld> {
  const { seed = 1, sets: more = [], unowned, ...simulated } = options
  let ahead = 0
  const clock: Clock = {
    now: () => realClock.now() + ahead,
    steady: () => realClock.steady() + ahead,
    sleep: realClock.sleep,
  }
  const folder = await tempFolder()
  const sandbox = await startSandbox({ seed, holdMs: 400, now: clock.now })
  const sim = await startTelegram({ clock, limits: false, ...simulated })
  const ann = sim.user('Ann')
  const log = memoryLog()
  const sets = [
    ...['language=en', 'timezone=UTC', `data.dir=${folder.path}/data`],
    ...['wechat.connector=web', `wechat.web.loginBase=${sandbox.origin}`],
    ...['wechat.web.acceptRisk=true', 'web.enabled=false', ...fastPace],
    ...[`telegram.token=${sim.token}`, `telegram.apiRoot=${sim.apiRoot}`],
    ...rates.map((name) => `telegram.rate.${name}=100000`),
    ...more,
  ]
  const management: Spot = { chat: ann.id }
  const receipts: string[] = []
  let running: Running | undefined

  const world: TelegramWorld = {
    ...{ sandbox, sim, ann, log, sets, management },
    pass(ms) {
      ahead += ms
    },
    async start() {
      const { config } = loadConfig({ files: [], env: {}, sets })
      const trace: Trace = (point, about) => {
        if (point === 'afterReceipt') receipts.push(about)
      }
      running = await start(config, { log, clock, trace })
      return running
    },
    async stop() {
      await running?.stop()
      running = undefined
    },
    async sent({ chat, message_id: number }) {
      const key = `/${chat.id}/${number}/`
      await until(() => receipts.some((about) => about.includes(key)), `a receipt for ${key}`)
    },
    async logIn() {
      const uuid = await sandbox.control.code()
      const qr = `${sandbox.origin}/l/${uuid}`
      await until(
        () =>
          saidAt(ann, management).some(
            (message) => message.photo && readsAs(Buffer.from(ann.bytesOf(message)), qr),
          ),
        'the code of the login in Telegram',
      )
      await sandbox.control.scan()
      await sandbox.control.confirm()
      await sandbox.control.settled()
    },
    saying: (spot, what) =>
      until(
        () =>
          saidAt(ann, spot).find(({ text, caption }) => {
            const words = text ?? caption ?? ''
            return typeof what === 'string' ? words === what : what.test(words)
          }),
        () => `${what} in Telegram; there is ${wordsAt(ann, spot)}`,
      ),
    async topic(name, chat = ann.id) {
      const found = await until(
        () => ann.topics(chat).find((topic) => topic.name === name),
        () => `a topic ${name}; there are ${JSON.stringify(ann.topics(chat))}`,
      )
      return { chat, thread: found.thread }
    },
    async drop() {
      await world.stop()
      await sim.close()
      await sandbox.close()
      await folder.drop()
    },
  }
  if (unowned) return world
  try {
    const { claim } = await world.start()
    await ann.starts((await claim)?.code)
    await world.logIn()
    return world
  } catch (error) {
    await world.drop()
    throw error
  }
}

const rates = ['perChatSecond', 'perGroupMinute', 'perSecond']

const wordsAt = (user: SimUser, spot: Spot): string =>
  saidAt(user, spot)
    .slice(-12)
    .map(({ text, caption }) => JSON.stringify(text ?? caption ?? '(no words)'))
    .join(', ')
