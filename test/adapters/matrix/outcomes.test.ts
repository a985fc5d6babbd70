import { describe, expect, it } from 'vitest'
import type { Call } from '../../../adapters/matrix/homeserver.ts'
import { createOutcomes, statusContent, statusType } from '../../../adapters/matrix/outcomes.ts'
import { words } from '../../../adapters/matrix/words.ts'
import { BridgeError } from '../../../src/core/errors.ts'
import { eventId, roomId } from '../../../src/core/ids.ts'
import { memoryLog } from '../../support/ports.ts'
import { until } from '../../support/until.ts'

const never = new AbortController().signal
const room = roomId('!room:localhost')

function outcomes(answer: (call: Call, nth: number) => Promise<object>) {
  const calls: Call[] = []
  const slept: number[] = []
  const log = memoryLog()
  const tell = createOutcomes({
    homeserver: {
      async call(call) {
        calls.push(call)
        return { ...(await answer(call, calls.length)) }
      },
    },
    events: { isBefore: () => false },
    words: words('en'),
    speaks: { language: 'en' },
    clock: {
      now: () => 1,
      steady: () => 1,
      sleep: async (ms) => void slept.push(ms),
    },
    random: () => 0.5,
    log,
  })
  const statuses = () => calls.filter(({ path }) => path.includes(statusType))
  return { tell, calls, statuses, slept, log }
}

const slower = () =>
  new BridgeError('slower', { code: 'rate', heal: 'wait', certain: true, afterMs: 700 })

describe('outcomes', () => {
  it('wait as long as the homeserver asks, and are given up after some tries', async () => {
    const { tell, statuses, slept, log } = outcomes(async (_call, nth) => {
      if (nth <= 2 || nth > 3) throw slower()
      return {}
    })
    await tell(room, eventId('$one'), { state: 'waiting' }, never)
    await until(() => statuses().length === 3, 'the third try')
    expect(slept.every((ms) => ms >= 700)).toBe(true)
    await tell(room, eventId('$two'), { state: 'waiting' }, never)
    await until(() => log.lines.length === 1, 'the end of it')
    expect(statuses()).toHaveLength(7)
  })

  it('never keep anybody waiting, and drop what is too much', async () => {
    const gate = Promise.withResolvers<object>()
    const { tell, statuses } = outcomes(() => gate.promise)
    for (let n = 0; n < 1000; n++) {
      await tell(room, eventId(`$${n}`), { state: 'unsure' }, never)
    }
    expect(statuses()).toHaveLength(1)
    gate.resolve({})
    await until(() => statuses().at(-1)?.body?.['m.relates_to'], 'the last')
    await until(() => JSON.stringify(statuses().at(-1)?.body).includes('"$999"'), 'the last one')
    expect(statuses().length).toBeLessThanOrEqual(201)
  })

  it('say of an event only the last that is known', async () => {
    const gate = Promise.withResolvers<object>()
    const { tell, statuses } = outcomes(() => gate.promise)
    await tell(room, eventId('$busy'), { state: 'waiting' }, never)
    for (const state of ['waiting', 'unsure', 'sent'] as const) {
      await tell(room, eventId('$one'), { state }, never)
    }
    gate.resolve({})
    await until(() => statuses().length >= 2, 'the status')
    await Promise.resolve()
    expect(statuses().map(({ body }) => body?.status)).toEqual(['PENDING', 'SUCCESS'])
  })

  it('are given up at once where the homeserver asks for minutes, and read marks go meanwhile', async () => {
    const gate = Promise.withResolvers<object>()
    const { tell, calls, statuses, slept, log } = outcomes(async ({ path }, nth) => {
      if (!path.includes(statusType)) return {}
      if (nth > 4) await gate.promise
      throw new BridgeError('later', {
        code: 'rate',
        heal: 'wait',
        certain: true,
        afterMs: 300_000,
      })
    })
    await tell(room, eventId('$one'), { state: 'waiting' }, never)
    await until(() => log.lines.length === 1, 'the end of it')
    expect(slept).toEqual([])
    for (const id of ['$two', '$three', '$four', '$five']) {
      await tell(room, eventId(id), { state: 'sent' }, never)
    }
    const marks = () => calls.filter(({ path }) => path.includes('/receipt/'))
    await until(() => marks().length === 4, 'the marks of all')
    expect(statuses().length).toBeLessThan(5)
    gate.resolve({})
    await until(() => log.lines.length === 5, 'the end of all')
  })

  it('end with the run', async () => {
    const gate = Promise.withResolvers<object>()
    const { tell, calls } = outcomes(() => gate.promise)
    const stop = new AbortController()
    await tell(room, eventId('$one'), { state: 'sent' }, stop.signal)
    await tell(room, eventId('$two'), { state: 'sent' }, stop.signal)
    stop.abort()
    gate.resolve({})
    await tell(room, eventId('$three'), { state: 'unsure' }, never)
    await until(() => JSON.stringify(calls.at(-1)?.body).includes('$three'), 'the third')
    expect(JSON.stringify(calls)).not.toContain('$two')
  })

  it('are told in the language of the person', () => {
    const failed = { state: 'failed', code: 'session', detail: 'Not logged in.' } as const
    expect(statusContent('$e', failed, words('zh'), 'zh')).toMatchObject({
      status: 'FAIL_RETRIABLE',
      reason: 'm.bridge_unavailable',
      message: '微信没有收到：微信未登录。',
    })
  })
})
