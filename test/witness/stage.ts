import { type Running, start } from '../../src/main.ts'
import type { Control } from '../../src/sandbox/sandbox.ts'
import { loadConfig } from '../support/config.ts'
import { type MatrixGround, type MatrixWorld, matrixGround } from '../support/matrix-world.ts'
import { memoryLog, realClock } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { PatientUser } from './person.ts'
import { openWitness, type Witness } from './witness.ts'

/** How a homeserver treats people and bridges, and the version of the rooms. */
export interface Profile {
  readonly limits: 'raised' | 'default'
  readonly rateLimited: boolean
  readonly roomVersion: '11' | '12'
}

/** Nothing is in the way. */
export const raisedLimits: Profile = { limits: 'raised', rateLimited: false, roomVersion: '11' }

/** What an admin gets who changes nothing, where even the bridge is held to it. */
export const defaultLimits: Profile = { limits: 'default', rateLimited: true, roomVersion: '12' }

/** A whole bridge between a real homeserver and a made-up WeChat, its owner, and a client of the owner's. */
export interface Stage {
  readonly profile: Profile
  readonly ground: MatrixGround
  readonly world: MatrixWorld
  readonly weChat: Control
  readonly alice: PatientUser
  readonly eye: Witness
  readonly log: ReturnType<typeof memoryLog>
  /** The bot's own user, and that of the ghost which stands for the owner. */
  readonly bot: string
  readonly meGhost: string
  /** The management room. */
  readonly management: string
  /** The bridge stops and starts again with these `--set` lines, unless it has them already. */
  again(...sets: readonly string[]): Promise<void>
  /** For the bridge it is so much later from now on, in milliseconds. */
  later(ms: number): void
  drop(): Promise<void>
}

export async function openStage(profile: Profile): Promise<Stage> {
  const opened = new AsyncDisposableStack()
  try {
    return await stageOf(profile, opened)
  } catch (error) {
    await opened.disposeAsync()
    throw error
  }
}

async function stageOf(profile: Profile, opened: AsyncDisposableStack): Promise<Stage> {
  const { limits, rateLimited, roomVersion } = profile
  const ground = await matrixGround({ limits, rateLimited })
  opened.defer(() => ground.drop())
  const world = await ground.world()
  opened.defer(() => world.drop())
  const alice = new PatientUser(ground.synapse.url, ground.alice.id, ground.alice.token)
  const log = memoryLog()
  let skew = 0
  const clock = { ...realClock, now: () => realClock.now() + skew }
  const common = [...world.sets, `matrix.roomVersion=${roomVersion}`, 'reactions.policy=line']
  const run = (sets: readonly string[]) =>
    start(loadConfig({ files: [], env: {}, sets: [...common, ...sets] }).config, { log, clock })
  let now = ''
  let bridge: Running = await run([])
  opened.defer(() => bridge.stop())
  const eye = await openWitness(alice)
  opened.defer(() => eye.stop())
  const { domain } = ground.synapse
  const room = await eye.roomNamed('WeChat bridge')
  await eye.hears(room, ({ kind }) => kind === 'm.image')

  return {
    profile,
    ground,
    world,
    weChat: world.sandbox.control,
    alice,
    eye,
    log,
    bot: `@wechatbot:${domain}`,
    meGhost: `@wechat_me:${domain}`,
    management: room.roomId,
    async again(...sets) {
      if (sets.join() === now) return
      now = sets.join()
      await bridge.stop()
      const count = log.lines.length
      bridge = await run(sets)
      await until(
        () => log.lines.slice(count).some((line) => line.includes('reach each other.')),
        'the bridge to be back',
      )
    },
    later(ms) {
      skew = ms
    },
    drop: () => opened.disposeAsync(),
  }
}
