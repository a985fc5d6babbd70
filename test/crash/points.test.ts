import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Point } from '../../src/ports/telemetry.ts'
import { synapseUnavailable } from '../e2e/synapse-install.ts'
import { startBridgeProcess } from '../support/bridge-process.ts'
import { type MatrixGround, matrixGround } from '../support/matrix-world.ts'
import { until } from '../support/until.ts'

const points: readonly Point[] = [
  'beforeAccept',
  'afterAccept',
  'afterSending',
  'afterSend',
  'beforeReceipt',
]
const cases = points.flatMap((point) =>
  (['hub', 'wechat'] as const).map((towards) => ({ point, towards })),
)
const count = 12

const why = synapseUnavailable()

describe.skipIf(why)(
  `kill -9 at each point of a delivery${why ? ` (skipped: ${why})` : ''}`,
  () => {
    let ground: MatrixGround
    beforeAll(async () => {
      ground = await matrixGround()
    })
    afterAll(() => ground?.drop())

    test.each(cases)(
      '$point, towards $towards: nothing lost, order kept, no doubles',
      async (at) => {
        const world = await ground.world()
        const { control } = world.sandbox
        let bridge = startBridgeProcess({ sets: world.sets })
        try {
          await world.logIn()
          await control.say('lin', 'first')
          const room = await world.room('林小满🌿')
          await until(async () => (await texts()).includes('first'), 'the first message')
          await bridge.stop()

          bridge = startBridgeProcess({ sets: world.sets, kill: { ...at, nth: 5 } })
          await bridge.ready
          for (let n = 0; n < count; n++) {
            await control.say('lin', `in ${n}`)
            await world.alice.say(room, `out ${n}`)
          }
          expect(await bridge.ended, bridge.log()).toBe('SIGKILL')

          bridge = startBridgeProcess({ sets: world.sets })
          await bridge.ready
          const expected = Array.from({ length: count }, (_, n) => n)
          // Towards WeChat the bridge asks rather than double: what it cannot tell is announced, and resent on demand.
          await until(
            async () => {
              const arrived = delivered().length
              return arrived + (await doubts()).length >= count || undefined
            },
            'every message delivered or announced',
            60_000,
          )
          const doubtful = await doubts()
          // One send at most was under way, whichever way the kill was aimed at.
          expect(doubtful.length).toBeLessThanOrEqual(1)
          inOrder(delivered())
          await until(
            async () => (await texts()).filter((text) => text.startsWith('in ')).length >= count,
            'every message in the room',
          )
          expect((await texts()).filter((text) => text.startsWith('in '))).toEqual(
            expected.map((n) => `in ${n}`),
          )
          const missing = expected.filter((n) => !delivered().includes(`out ${n}`))
          expect(missing.length).toBeLessThanOrEqual(doubtful.length)
          for (const seq of doubtful.slice(0, missing.length)) {
            await world.alice.say(room, `!wx resend ${seq}`)
          }
          await until(() => delivered().length === count, 'the rest after a resend')
          expect(new Set(delivered()).size).toBe(count)

          async function texts(): Promise<readonly string[]> {
            return (await world.said(room)).map(({ content }) => String(content.body))
          }
          async function doubts(): Promise<readonly string[]> {
            return (await texts()).flatMap(
              (text) => /^May not have been sent.*!wx resend (\d+)/.exec(text)?.[1] ?? [],
            )
          }
        } catch (error) {
          throw new Error(`${(error as Error).message}\n${bridge.log().slice(-4000)}`, {
            cause: error,
          })
        } finally {
          await bridge.stop()
          await world.drop()
        }

        function delivered(): readonly string[] {
          return control.delivered().map((message) => message.text)
        }
        function inOrder(sent: readonly string[]): void {
          const numbers = sent.map((text) => Number(text.slice('out '.length)))
          expect(numbers).toEqual([...numbers].sort((a, b) => a - b))
        }
      },
    )
  },
)
