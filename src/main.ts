import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Database } from '../adapters/sql/open.ts'
import { systemClock } from '../adapters/system/clock.ts'
import type { Claim } from '../adapters/telegram/options.ts'
import { createLog } from '../adapters/telemetry/log.ts'
import { createWebHub } from '../adapters/web/hub.ts'
import type { WebPorts } from '../adapters/web/options.ts'
import { createWeChatWeb, type WeChatWebOptions } from '../adapters/wechat-web/connector.ts'
import { officialExtspam } from '../adapters/wechat-web/uos.ts'
import { type Config, telegramIsOn } from '../config/schema.ts'
import { restoredAt } from './backup/restored.ts'
import { startBeside } from './beside.ts'
import { type Bridge, createBridge } from './bridge/bridge.ts'
import type { Seat } from './bridge/parts.ts'
import { hubId } from './core/ids.ts'
import type { Voice } from './core/words.ts'
import { type DataFolder, openDataFolder } from './data-folder.ts'
import { flowOf } from './flow.ts'
import { healthOf } from './health.ts'
import type { Clock } from './ports/clock.ts'
import type { Log, Trace } from './ports/telemetry.ts'
import type { WeChatConnector } from './ports/wechat.ts'
import { rulesOf } from './rules.ts'
import type { Sandbox } from './sandbox/sandbox.ts'
import { startSandbox } from './sandbox/server.ts'
import { configError, matrixSeat, type Tools, telegramSeat } from './seats.ts'
import { openStorage } from './storage.ts'

/** What a caller may replace: tests watch the points of a delivery and keep the log. */
export interface Overrides {
  readonly trace?: Trace
  readonly log?: Log
  readonly clock?: Clock
  readonly timings?: WeChatWebOptions['timeouts']
  /** How long the echo of a send is waited for, in milliseconds, before the person is asked. */
  readonly echoMs?: number
  /** Hubs beside those of the configuration. */
  readonly seats?: (tools: Tools) => readonly Seat[]
}

export interface Running {
  /** The page's address with its one-time token, where the page is on. */
  readonly page: string | undefined
  /**
   * How to become the owner on Telegram, once that is known; undefined: there is one, or no Telegram. Never resolves
   * while Telegram cannot be asked for the name of the bot.
   */
  readonly claim: Promise<Claim | undefined>
  /** Resolves after `stop`; rejects if the bridge fails for good. */
  readonly done: Promise<void>
  stop(): Promise<void>
}

/**
 * The composition root: config → store → adapters → bridge. The only file that names concrete adapters. Rejects
 * with a BridgeError of code `config` if something it needs is missing or wrong.
 */
export async function start(config: Config, overrides: Overrides = {}): Promise<Running> {
  const opened = new AsyncDisposableStack()
  try {
    return await startWith(config, overrides, opened)
  } catch (error) {
    await opened.disposeAsync()
    throw error
  }
}

/** Whatever is opened is put on the stack, to be closed in reverse order at the end or when a later step fails. */
async function startWith(
  config: Config,
  overrides: Overrides,
  opened: AsyncDisposableStack,
): Promise<Running> {
  const log = overrides.log ?? createLog(config.log.level)
  const clock = overrides.clock ?? systemClock
  const tools: Tools = { clock, log, ...(overrides.trace && { trace: overrides.trace }) }
  const timezone =
    config.timezone === 'auto' ? Intl.DateTimeFormat().resolvedOptions().timeZone : config.timezone
  const voice = { language: config.language, timezone }
  const folder = await openDataFolder(config)
  opened.defer(() => folder.drop())
  const { database, mediaStore } = await openStorage(config, folder, clock)
  opened.defer(() => database.close())
  const sandbox =
    config.wechat.connector === 'sandbox'
      ? await startSandbox({ alive: true, autoConfirmMs: 1_500 })
      : undefined
  if (sandbox) opened.defer(() => sandbox.close())
  const stopping = new AbortController()
  let bridge: Bridge | undefined

  const health = () => healthOf(database, bridge?.login(), systemClock)
  const flow = () => flowOf(bridge?.line(), database.archive, clock)
  const hubs = async () => (await bridge?.hubs()) ?? []
  const web = config.web.enabled
    ? webHub(config, database, folder, voice, tools, { health, flow, hubs }, sandbox !== undefined)
    : undefined
  if (web) opened.defer(() => web.close())
  const seats: Seat[] = []
  if (web) seats.push({ adapter: web, users: new Set(['owner']) })
  if (config.matrix.enabled) seats.push(await matrixSeat(config, database, voice, tools))
  const telegram = telegramIsOn(config)
    ? await telegramSeat(config, database, voice, tools)
    : undefined
  if (telegram) seats.push(telegram.seat)
  seats.push(...(overrides.seats?.(tools) ?? []))
  if (!seats.length)
    throw configError('web, matrix and telegram are all switched off: nobody would see anything.')

  const restored = await restoredAt(database.vault('bridge'))
  bridge = createBridge(
    {
      store: database.store,
      mediaStore,
      vault: database.vault('bridge'),
      clock,
      random: Math.random,
      log,
      trace: overrides.trace ?? (() => undefined),
      seats,
      voice,
      maxMediaBytes: config.media.maxBytes,
      ...rulesOf(config),
      ...(overrides.echoMs !== undefined && { echoMs: overrides.echoMs }),
      ...(restored !== undefined && { restoredAt: restored }),
    },
    weChat(config, database, tools, sandbox, overrides.timings),
    randomUUID(),
  )
  const running = bridge.run(stopping.signal)
  const stop = async () => {
    stopping.abort(new Error('The bridge is stopping.'))
    await running
  }
  // Stopped before anything it uses is closed.
  opened.defer(() => stop().catch(() => undefined))
  const { line, login } = bridge
  opened.defer(
    await startBeside({
      config,
      folder: folder.path,
      database,
      restoredAt: restored,
      clock,
      log,
      login,
      line,
    }),
  )
  // An early failure (a port that is taken) ends the wait for the page's address.
  const page = web && (await Promise.race([web.address, running.then(() => undefined)]))
  const done = untilOver(running, opened.move())
  return {
    page,
    claim: telegram?.claim ?? Promise.resolve(undefined),
    done,
    stop: async () => {
      await stop()
      await done
    },
  }
}

async function untilOver(running: Promise<void>, opened: AsyncDisposableStack): Promise<void> {
  try {
    await running
  } finally {
    await opened.disposeAsync()
  }
}

function webHub(
  config: Config,
  database: Database,
  folder: DataFolder,
  voice: Voice,
  { clock, log }: Tools,
  told: Pick<WebPorts, 'health' | 'flow' | 'hubs'>,
  sandbox: boolean,
) {
  const { host, port, publicUrl, maxUploadBytes } = config.web
  const uploads = join(folder.path, 'uploads')
  return createWebHub(
    {
      id: hubId('web'),
      host,
      port,
      ...(publicUrl !== null && { publicUrl }),
      get language() {
        return voice.language
      },
      sandbox,
      maxUploadBytes,
      uploads,
    },
    { archive: database.archive, vault: database.vault('web'), clock, log, ...told },
  )
}

function weChat(
  config: Config,
  database: Database,
  { clock, log, trace }: Tools,
  sandbox: Sandbox | undefined,
  timings: WeChatWebOptions['timeouts'],
): WeChatConnector {
  const { web } = config.wechat
  const { qrBase, entryBase, fileBase, pushBase } = web
  return createWeChatWeb(
    {
      loginBase: sandbox?.origin ?? web.loginBase,
      ...(qrBase !== null && { qrBase }),
      ...(entryBase !== null && { entryBase }),
      ...(fileBase !== null && { fileBase }),
      ...(pushBase !== null && { pushBase }),
      ...(web.desktop && {
        desktop: { clientVersion: web.clientVersion, extspam: web.extspam ?? officialExtspam },
      }),
      userAgent: web.userAgent,
      maxImageBytes: web.maxImageBytes,
      maxVideoBytes: web.maxVideoBytes,
      maxFileBytes: web.maxFileBytes,
      // The sandbox's accounts are nobody's.
      risk: sandbox === undefined && !web.acceptRisk,
      ...(timings && { timeouts: timings }),
    },
    {
      vault: database.vault('wechat-web'),
      clock,
      random: Math.random,
      log,
      ...(trace && { trace }),
    },
  )
}
