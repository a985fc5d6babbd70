import type { BridgeProcess } from '../support/bridge-process.ts'
import { until } from '../support/until.ts'
import type { Verdict } from './books.ts'
import { crashGround, type GroundOptions, type Place, type RawGround } from './ground.ts'
import { Talk } from './talk.ts'

/** What a verdict says when all is well. */
export const allWell: Verdict = {
  lost: [],
  disordered: [],
  doubled: [],
  misplaced: [],
  unrecalled: [],
  unquoted: [],
  echoed: [],
  dead: [],
}

/** A bridge between two worlds that have talked once, everyone with everyone. */
export interface Scene extends AsyncDisposable {
  readonly ground: RawGround
  readonly talk: Talk
  /** The process that runs now. */
  bridge(): BridgeProcess
  /** So many rounds of a message each way in each place. */
  say(rounds: number): Promise<void>
  /** Everything said has arrived, or was said not to: the verdict. */
  settled(ms?: number): Promise<Verdict>
  /** Another process. */
  again(): Promise<BridgeProcess>
}

const places: readonly Place[] = [
  { who: 'lin', from: 'lin' },
  { who: 'zhou', from: 'zhou' },
  { who: 'html', from: 'html' },
  { who: 'hikers', from: 'wu', group: 'hikers' },
  { who: 'family', from: 'lin', group: 'family' },
  { who: 'market', from: 'mei', group: 'market' },
]

/** Disposing of it ends everything, whatever became of the test. */
export async function openScene(options: GroundOptions = {}): Promise<Scene> {
  const ground = await crashGround({
    ...options,
    sandbox: { takesTwice: true, ...options.sandbox },
  })
  try {
    return await opened(ground)
  } catch (error) {
    await ground.drop()
    throw error
  }
}

async function opened(ground: RawGround): Promise<Scene> {
  let bridge = ground.start()
  await ground.logIn()
  const talk = new Talk(ground, places, await ground.greet(places))
  let n = 0
  return {
    ground,
    talk,
    bridge: () => bridge,
    async say(rounds) {
      for (let round = 0; round < rounds; round++) {
        n++
        for (const place of places.keys()) {
          for (const towards of ['hub', 'wechat'] as const) {
            await talk.act({ towards, place, kind: 'text', n })
          }
        }
      }
    },
    async settled(ms = 30_000) {
      await until(
        () => {
          const left = talk.books.look()
          return left.in + left.out + ground.hub.events.waiting === 0
        },
        () => {
          const missing = talk.books.verdict().lost.slice(0, 10).join(', ')
          return `everything; missing ${missing}\n${bridge.log().slice(-3_000)}`
        },
        ms,
      )
      return talk.books.verdict()
    },
    async again() {
      bridge = ground.start()
      await bridge.ready
      return bridge
    },
    [Symbol.asyncDispose]: () => ground.drop(),
  }
}
