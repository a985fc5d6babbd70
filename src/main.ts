import { join } from 'node:path'
import { levelOf } from '../adapters/matrix/permissions.ts'
import { systemClock } from '../adapters/system/clock.ts'
import type { Claim } from '../adapters/telegram/options.ts'
import { createLog } from '../adapters/telemetry/log.ts'
import { createWebHub } from '../adapters/web/hub.ts'
import type { WebPorts } from '../adapters/web/options.ts'
import { http } from '../adapters/wechat-http/kind.ts'
import { ilink } from '../adapters/wechat-ilink/kind.ts'
import { puppet } from '../adapters/wechat-puppet/kind.ts'
import type { WeChatWebOptions } from '../adapters/wechat-web/connector.ts'
import { web } from '../adapters/wechat-web/kind.ts'
import { type Config, telegramIsOn } from '../config/schema.ts'
import { newestCopy } from './backup/periodic.ts'
import { copiesOf, startControl } from './beside.ts'
import type { Seat } from './bridge/parts.ts'
import { hubId } from './core/ids.ts'
import { type DataFolder, openDataFolder } from './data-folder.ts'
import { flowOf } from './flow.ts'
import { healthOf, type WholeHealth } from './health.ts'
import { startMonitoring } from './monitor.ts'
import { createOperator } from './operator.ts'
import { type Housed, type Person, startPerson } from './person.ts'
import { createPersons, type Other, type Persons, type PersonsGround } from './persons.ts'
import { peopleIn } from './persons-folder.ts'
import { linesOf, operatorOf, residentsOf, toldOf } from './persons-told.ts'
import type { Clock } from './ports/clock.ts'
import type { ConnectorKind } from './ports/connector-kind.ts'
import type { Log, Trace } from './ports/telemetry.ts'
import { readingsOf } from './readings.ts'
import { configError, matrixHouse, matrixSeat, type Tools, telegramSeat } from './seats.ts'
import { doorViews } from './we-chat.ts'

/** All ways into WeChat but the sandbox. */
export const kinds: readonly ConnectorKind[] = [web, puppet, http, ilink]

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
  /** Where the login of one person begins, by their Matrix user; as configured where it is left out. */
  readonly loginBase?: (user: string) => string
}

export interface Running {
  /** The page's address with its one-time token, where the page is on. */
  readonly page: string | undefined
  /**
   * How to become the owner on Telegram, once that is known; undefined: there is one, or no Telegram. Never resolves
   * while Telegram cannot be asked for the name of the bot.
   */
  readonly claim: Promise<Claim | undefined>
  /** The port of the monitor, where that is on. */
  readonly monitor: number | undefined
  /** Resolves after `stop`; rejects if the bridge fails for good. */
  readonly done: Promise<void>
  stop(): Promise<void>
}

/**
 * The composition root: config → store → adapters → bridge, for the first person and all who live here beside them. Rejects
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
  const { timings, echoMs, loginBase } = overrides
  let house: Housed | undefined
  let main: Person | undefined
  let page: ReturnType<typeof webHub> | undefined
  let claim: Promise<Claim | undefined> | undefined
  let persons: Persons | undefined

  const others = () => persons?.all() ?? []
  const health = () => healthNow(house, others())
  const readings = () => main && readingsOf(main, running(others()), clock.now())
  // Before everything else: who watches wants an answer also while it starts. It ends last.
  const monitoring = await startMonitoring(config, tools, { health, readings })
  if (monitoring) opened.defer(() => monitoring.close())
  const meter = monitoring?.meter
  const folder = await openDataFolder(config)
  opened.defer(() => folder.drop())
  const owner = config.matrix.owner
  const residents = () => residentsOf(owner ?? '', main, others())
  /** The first person: all hubs, and the data folder itself. */
  const seats = async (housed: Housed): Promise<readonly Seat[]> => {
    const { database, voice, bridge } = housed
    house = housed
    const made: Seat[] = []
    if (config.web.enabled) {
      const told = {
        health,
        flow: () => flowOf(bridge()?.lines() ?? [], database.archive, clock),
        hubs: async () => (await bridge()?.hubs()) ?? [],
        doors: () => doorViews(config, bridge()?.doors() ?? []),
      }
      const hub = webHub(config, housed, folder, tools, told)
      page = hub
      opened.defer(() => hub.close())
      made.push({ adapter: hub, users: new Set(['owner']) })
    }
    if (config.matrix.enabled) {
      const about = { folder, timings, echoMs, meter, residents, ...(loginBase && { loginBase }) }
      const all = await matrixForAll(config, housed, tools, about)
      persons = all.persons
      made.push(all.seat)
    }
    if (telegramIsOn(config)) {
      const telegram = await telegramSeat(config, database, voice, tools)
      made.push(telegram.seat)
      claim = telegram.claim
    }
    made.push(...(overrides.seats?.(tools) ?? []))
    if (made.length) return made
    throw configError('web, matrix and telegram are all switched off: nobody would see anything.')
  }

  const first = await startPerson(
    {
      config,
      tools,
      kinds,
      folder,
      seats,
      timings,
      echoMs,
      meter,
      ...(loginBase && owner !== null && { loginBase: loginBase(owner) }),
      ...(config.matrix.enabled && { residents }),
    },
    opened,
  )
  main = first
  const beside = { config, folder: folder.path, clock, log }
  const operator = createOperator({
    ...toldOf(first, clock, config),
    copy: () => newestCopy(copiesOf(beside)),
    others: {
      lines: () => linesOf(others()),
      of: (user) => operatorOf(user, others(), clock, config),
    },
  })
  opened.defer(await startControl(beside, operator))
  if (!config.matrix.enabled) await tellOfAbsent(folder.path, log)
  const started = persons?.start()
  const stopOthers = async () => {
    await persons?.stop()
    await started
  }
  opened.defer(stopOthers)
  // An early failure (a port that is taken) ends the wait for the page's address.
  const address = page && (await Promise.race([page.address, first.running.then(() => undefined)]))
  const done = untilOver(first.running, opened.move())
  return {
    page: address,
    claim: claim ?? Promise.resolve(undefined),
    monitor: monitoring?.port,
    done,
    stop: async () => {
      await stopOthers()
      await first.stop()
      await done
    },
  }
}

/** Before there is anything to look at it is starting. */
async function healthNow(
  housed: Housed | undefined,
  others: readonly Other[],
): Promise<WholeHealth> {
  if (!housed) {
    return { ok: true, ready: false, waits: { bridge: 'starting' }, detail: { login: 'offline' } }
  }
  const bridge = housed.bridge()
  const { database } = housed
  return healthOf(database, bridge?.login(), systemClock, others, bridge?.doors(), bridge?.lanes())
}

const running = (others: readonly Other[]) => others.flatMap(({ person }) => person ?? [])

/** Without Matrix there are no others; somebody may have expected them. */
async function tellOfAbsent(folder: string, log: Log): Promise<void> {
  const absent = await peopleIn(folder).catch(() => [])
  if (absent.length === 0) return
  log.warn(
    { people: absent.length },
    'others have an account here, and do not run while matrix.enabled is off; their data stays',
  )
}

async function untilOver(running: Promise<void>, opened: AsyncDisposableStack): Promise<void> {
  try {
    await running
  } finally {
    await opened.disposeAsync()
  }
}

type About = Pick<
  PersonsGround,
  'folder' | 'timings' | 'echoMs' | 'meter' | 'loginBase' | 'residents'
>

/** One application service, the first person's hub in it, and what lets others in. */
async function matrixForAll(
  config: Config,
  { database, voice, bridge }: Housed,
  tools: Tools,
  about: About,
): Promise<{ readonly seat: Seat; readonly persons: Persons }> {
  const { permissions, owner } = config.matrix
  // `missing` in the schema has made sure of the owner.
  const first = owner ?? ''
  const house = await matrixHouse(config, database, tools, {
    newcomer: (user) => persons.newcomer(user),
    provisioning: (user) =>
      user === first ? bridge()?.provisioning(hubId('matrix')) : persons.provisioning(user),
  })
  const persons = createPersons({
    ...about,
    config,
    tools,
    kinds,
    first,
    house,
    levelOf: (user) => levelOf(permissions, user),
    seat: ({ user, id }, own, its, housed) =>
      matrixSeat(own, house, housed.database, housed.voice, its, { owner: user, person: id }),
  })
  await persons.prepare()
  const seat = await matrixSeat(config, house, database, voice, tools, { owner: first })
  return { seat, persons }
}

/** What each way into WeChat can do, as configured. */
const waysOf = ({ wechat }: Config) =>
  kinds.map((kind) => ({ name: kind.name, record: kind.record(wechat.sections[kind.name]) }))

function webHub(
  config: Config,
  { database, voice, sandbox }: Housed,
  folder: DataFolder,
  { clock, log }: Tools,
  told: Pick<WebPorts, 'health' | 'flow' | 'hubs' | 'doors'>,
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
      sandbox: sandbox !== undefined,
      maxUploadBytes,
      uploads,
    },
    {
      archive: database.archive,
      vault: database.vault('web'),
      clock,
      log,
      ways: waysOf(config),
      ...told,
    },
  )
}
