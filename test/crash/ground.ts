import type { Sandbox, SandboxOptions, Who } from '../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { startTelegram } from '../sim/telegram/server.ts'
import { type BridgeProcess, startBridgeProcess } from '../support/bridge-process.ts'
import { fastPace } from '../support/fast-pace.ts'
import { tempFolder } from '../support/ports.ts'
import { RawHub, type RawHubOptions } from '../support/raw-hub.ts'
import { until } from '../support/until.ts'
import { type HubWorld, rawWorld } from './hub-world.ts'
import { openMatrix } from './matrix-world.ts'
import type { ProcessOptions } from './process.ts'
import { telegramWorld } from './telegram-world.ts'

/** A chat of the sandbox: who is talked to, and who talks there. */
export interface Place {
  readonly who: Who
  readonly from: Who
  /** Set for a group. */
  readonly group?: Who
}

/** Both worlds around a bridge that comes and goes: they live in this process, it in its own. */
export interface Ground {
  readonly sandbox: Sandbox
  readonly world: HubWorld
  /** The data folder's parent; the data is in `data` within. */
  readonly folder: string
  /** What every process of the bridge is started with. */
  readonly options: ProcessOptions
  start(more?: Partial<ProcessOptions>): BridgeProcess
  /** Scans and confirms the code the bridge shows. */
  logIn(): Promise<void>
  /** Says something in each place, and finds the rooms it arrives in. */
  greet(places: readonly Place[]): Promise<ReadonlyMap<Who, string>>
  drop(): Promise<void>
}

/** A ground whose hub is a raw one. */
export interface RawGround extends Ground {
  readonly hub: RawHub
}

export interface GroundOptions {
  readonly sandbox?: SandboxOptions
  readonly hub?: RawHubOptions
  /** Default: a new folder of its own. */
  readonly folder?: string
  readonly sets?: readonly string[]
  readonly process?: Omit<ProcessOptions, 'sets'>
}

/** The hub of a ground, and what a bridge is told of it. */
interface Hubs {
  readonly world: HubWorld
  readonly sets: readonly string[]
  readonly process: Omit<ProcessOptions, 'sets'>
  /** Before WeChat is logged in to. */
  begun?(bridge: BridgeProcess): Promise<void>
  close(): Promise<void>
}

export async function crashGround(options: GroundOptions = {}): Promise<RawGround> {
  let hub: RawHub | undefined
  const ground = await groundWith(options, async (now) => {
    const raw = await RawHub.start({ now, ...options.hub })
    hub = raw
    const close = () => raw.close()
    return { world: rawWorld(raw), sets: [], process: { hub: raw.url }, close }
  })
  if (!hub) throw new Error('the hub was not made')
  return { ...ground, hub }
}

/** A ground whose hub is Telegram, as the simulator has it. */
export function telegramGround(options: Omit<GroundOptions, 'hub'> = {}): Promise<Ground> {
  return groundWith(options, openTelegram)
}

/** A ground whose hub is a real Synapse. */
export function matrixCrashGround(options: Omit<GroundOptions, 'hub'> = {}): Promise<Ground> {
  return groundWith(options, async () => ({ ...(await openMatrix()), process: { quick: true } }))
}

async function groundWith(
  options: GroundOptions,
  open: (now: () => number) => Promise<Hubs>,
): Promise<Ground> {
  const own = await tempFolder()
  const begun = Date.now()
  const { speed = 1 } = options.process ?? {}
  const now = () => Math.round(begun + (Date.now() - begun) * speed)
  const folder = options.folder ?? own.path
  const sandbox = await startSandbox({ holdMs: 20_000, now, ...options.sandbox })
  const hubs = await open(now)
  const { control } = sandbox
  const running = new Set<BridgeProcess>()
  let last: BridgeProcess | undefined
  const processOptions: ProcessOptions = {
    sets: [
      'language=en',
      'timezone=UTC',
      'log.level=warn',
      `data.dir=${folder}/data`,
      'wechat.connector=web',
      `wechat.web.loginBase=${sandbox.origin}`,
      'wechat.web.acceptRisk=true',
      ...fastPace,
      'recall.policy=notice',
      'web.enabled=false',
      ...hubs.sets,
      ...(options.sets ?? []),
    ],
    ...hubs.process,
    begun,
    ...options.process,
  }
  return {
    sandbox,
    world: hubs.world,
    folder,
    options: processOptions,
    start(more = {}) {
      const bridge = startBridgeProcess({ ...processOptions, ...more }, `${own.path}/compiled`)
      last = bridge
      running.add(bridge)
      bridge.ended.then(
        () => running.delete(bridge),
        () => undefined,
      )
      return bridge
    },
    async logIn() {
      if (last) await hubs.begun?.(last)
      await control.code()
      await control.scan()
      await control.confirm()
      await control.settled()
    },
    async greet(places) {
      for (const { who, from, group } of places) await control.say(from, `hello ${who}.`, group)
      const rooms = new Map<Who, string>()
      await until(
        () => {
          for (const { room, lines } of hubs.world.posts) {
            for (const line of lines) {
              const who = /(?:^|: )hello (\w+)\.$/.exec(line)?.[1]
              if (who) rooms.set(who, room)
            }
          }
          return rooms.size >= places.length
        },
        () => `a room for each place; there are ${rooms.size} of ${places.length}`,
        60_000,
      )
      return rooms
    },
    async drop() {
      for (const bridge of running) await bridge.kill()
      await hubs.close()
      await sandbox.close()
      await own.drop()
    },
  }
}

/** Nothing is refused for being too much: what is tested here are deaths. */
async function openTelegram(now: () => number): Promise<Hubs> {
  const sim = await startTelegram({ clock: { now }, limits: false })
  const owner = sim.user('Ann')
  return {
    world: telegramWorld(sim, owner),
    sets: [
      `telegram.token=${sim.token}`,
      `telegram.apiRoot=${sim.apiRoot}`,
      ...rates.map((name) => `telegram.rate.${name}=100000`),
    ],
    process: { quick: true },
    begun: async (bridge) => void (await owner.starts(await bridge.claim)),
    close: () => sim.close(),
  }
}

const rates = ['perChatSecond', 'perGroupMinute', 'perSecond']
