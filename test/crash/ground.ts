import type { Sandbox, SandboxOptions, Who } from '../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../src/sandbox/server.ts'
import { type BridgeProcess, startBridgeProcess } from '../support/bridge-process.ts'
import { fastPace } from '../support/fast-pace.ts'
import { tempFolder } from '../support/ports.ts'
import { RawHub, type RawHubOptions } from '../support/raw-hub.ts'
import { until } from '../support/until.ts'
import type { ProcessOptions } from './process.ts'

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
  readonly hub: RawHub
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

export interface GroundOptions {
  readonly sandbox?: SandboxOptions
  readonly hub?: RawHubOptions
  /** Default: a new folder of its own. */
  readonly folder?: string
  readonly sets?: readonly string[]
  readonly process?: Omit<ProcessOptions, 'sets'>
}

export async function crashGround(options: GroundOptions = {}): Promise<Ground> {
  const own = await tempFolder()
  const begun = Date.now()
  const { speed = 1 } = options.process ?? {}
  const now = () => Math.round(begun + (Date.now() - begun) * speed)
  const folder = options.folder ?? own.path
  const sandbox = await startSandbox({ holdMs: 20_000, now, ...options.sandbox })
  const hub = await RawHub.start({ now, ...options.hub })
  const { control } = sandbox
  const running = new Set<BridgeProcess>()
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
      ...(options.sets ?? []),
    ],
    hub: hub.url,
    begun,
    ...options.process,
  }
  return {
    sandbox,
    hub,
    folder,
    options: processOptions,
    start(more = {}) {
      const bridge = startBridgeProcess({ ...processOptions, ...more }, `${own.path}/compiled`)
      running.add(bridge)
      bridge.ended.then(
        () => running.delete(bridge),
        () => undefined,
      )
      return bridge
    },
    async logIn() {
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
          for (const { room, post } of hub.posts) {
            const text = post.body.kind === 'text' ? (post.body.text[0]?.text ?? '') : ''
            const who = /^hello (\w+)\.$/.exec(text)?.[1]
            if (who) rooms.set(who, room)
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
      await hub.close()
      await sandbox.close()
      await own.drop()
    },
  }
}
