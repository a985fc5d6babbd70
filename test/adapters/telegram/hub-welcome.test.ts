import { getEventListeners } from 'node:events'
import { setImmediate } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import type { Clock } from '../../../src/ports/clock.ts'
import { Inbox } from '../../contract/hub-inbox.ts'
import { realClock } from '../../support/ports.ts'
import { type TelegramHarness, telegramHarness } from '../../support/telegram-harness.ts'
import { until } from '../../support/until.ts'

const codeOf = (name: string) =>
  ({ state: 'scan', qr: `https://login.example/${name}`, attempt: 1 }) as const
const stopping = new AbortController()
let harness: TelegramHarness | undefined
afterEach(async () => {
  await harness?.drop()
})

it('a login that could not be shown at first is not shown any more once there is another', async () => {
  const held = Promise.withResolvers<void>()
  let waits = 0
  const hubClock: Clock = {
    ...realClock,
    // The pause between two tries.
    sleep: (ms, signal) => {
      if (ms > 500) return realClock.sleep(ms, signal)
      waits++
      return held.promise
    },
  }
  const on = await telegramHarness({ hubClock, unowned: true })
  harness = on
  const never = new AbortController().signal
  await on.start(new Inbox())
  await on.hub.showLogin(codeOf('one'), never)
  on.sim.fails({ method: 'sendPhoto', what: { status: 502 } })
  await on.ann.starts((await on.hub.claim)?.code)
  await until(() => waits === 1, 'the first try to fail')
  await on.hub.showLogin(codeOf('two'), never)
  held.resolve()
  await setImmediate()
  // Whatever is shown besides has been shown before this.
  await on.hub.showLogin(codeOf('two'), never)
  expect(await on.person.seesCode(codeOf('two').qr)).toBe(true)
  expect(on.sim.calls.filter(({ method }) => method === 'editMessageMedia')).toEqual([])
})

it('a bridge that runs for years holds no more than at its start', async () => {
  let looks = 0
  const hubClock: Clock = {
    ...realClock,
    // It looks around every minute.
    sleep: (ms, signal) => {
      if (ms === 60_000) looks++
      return realClock.sleep(ms === 60_000 ? 1 : ms, signal)
    },
  }
  const on = await telegramHarness({ hubClock, unowned: true })
  harness = on
  const running = on.hub.run(new Inbox(), stopping.signal)
  await on.ann.starts((await on.hub.claim)?.code)
  await until(() => looks > 200, 'some hours')
  expect(getEventListeners(stopping.signal, 'abort').length).toBeLessThan(20)
  stopping.abort(new Error('stopping'))
  await running
})
