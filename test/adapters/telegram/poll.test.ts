import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BridgeError } from '../../../src/core/errors.ts'
import { startTelegram } from '../../sim/telegram/server.ts'
import type { SimUser, TelegramSim } from '../../sim/telegram/sim.ts'
import { type Polling, plainly, polling } from '../../support/telegram-polling.ts'
import { until } from '../../support/until.ts'

describe('asking for updates', () => {
  let sim: TelegramSim
  let ann: SimUser
  let chat: number
  let running: Polling | undefined

  beforeEach(async () => {
    sim = await startTelegram({ limits: false })
    ann = sim.user('Ann')
    chat = await ann.starts()
  })
  afterEach(async () => {
    await running?.stop()
    running = undefined
    await sim.close()
  })
  const start = (how: Parameters<typeof polling>[1] = {}) => {
    running = polling(sim.apiRoot, { token: sim.token, ...how })
    return running
  }
  const said = (numbers: readonly number[]) => ['/start', ...numbers.map((n) => `text ${n}`)]
  const heard = (texts: readonly string[], wanted: readonly string[]) =>
    until(
      () => texts.length >= wanted.length,
      () => `${wanted.length} texts, not ${texts.length}`,
    )

  it('takes every update once and in order, and confirms it after it was taken', async () => {
    const { texts, points } = start()
    for (const n of [1, 2, 3]) await ann.says(chat, `text ${n}`)
    await heard(texts, said([1, 2, 3]))
    expect(texts).toEqual(said([1, 2, 3]))
    await until(() => sim.waiting === 0, 'all confirmed')
    // Confirming does not wait for what comes next.
    await until(() => points.length === 8, 'all traced', 3_000)
    const last = `${chat}/${(await ann.sees(chat)).at(-1)?.message_id}`
    const of = points.filter(([, about]) => about === last).map(([point]) => point)
    expect(of).toEqual(['beforeConfirm', 'afterConfirm'])
  })

  it('confirms nothing that the store has not taken, and offers it until it is', async () => {
    let refusals = 0
    let broken = true
    const { texts } = start({
      accept: async (event) => {
        if (!broken || event.type !== 'message' || event.text !== 'text 2') return
        refusals++
        throw new Error('disk full')
      },
    })
    for (const n of [1, 2, 3]) await ann.says(chat, `text ${n}`)
    await until(() => refusals > 3, 'refusals')
    expect(texts).toEqual(said([1]))
    expect(sim.waiting).toBeGreaterThanOrEqual(2)
    broken = false
    await heard(texts, said([1, 2, 3]))
    expect(texts).toEqual(said([1, 2, 3]))
  })

  it('stops at once while the store refuses, and the next start gets it', async () => {
    const first = start({
      accept: async () => {
        throw new Error('disk full')
      },
    })
    await ann.says(chat, 'text 1')
    await until(() => first.log.text().includes('could not be kept'), 'a refusal')
    await first.stop()
    expect(first.texts).toEqual([])
    const { texts } = start()
    await heard(texts, said([1]))
    expect(texts).toEqual(said([1]))
  })

  it('loses and doubles nothing while everything goes wrong', async () => {
    const { texts, log } = start()
    const numbers = Array.from({ length: 24 }, (_, n) => n)
    const troubles = [
      { status: 500 },
      { status: 502, description: 'Bad Gateway' },
      { status: 429, description: 'Too Many Requests', retryAfter: 1 },
      { status: 401, description: 'Unauthorized' },
      'reset',
      'lost',
    ] as const
    for (const n of numbers) {
      const what = troubles[n % troubles.length]
      if (what) sim.fails({ method: 'getUpdates', what, times: 1 + (n % 2) })
      await ann.says(chat, `text ${n}`)
    }
    await heard(texts, said(numbers))
    expect(texts).toEqual(said(numbers))
    expect(log.text()).not.toContain(sim.token)
  })

  it('goes on after Telegram was away', async () => {
    const { texts } = start()
    await ann.says(chat, 'text 1')
    await heard(texts, said([1]))
    await sim.down()
    await until(() => running?.log.text().includes('could not be asked'), 'a failure')
    await sim.up()
    await ann.says(chat, 'text 2')
    await heard(texts, said([1, 2]))
    expect(texts).toEqual(said([1, 2]))
  })

  it('loses and doubles nothing while Telegram is slow to answer', async () => {
    const { texts } = start()
    await until(() => texts.length === 1, 'the start')
    const { promise: slow, resolve: go } = Promise.withResolvers<void>()
    sim.fails({ method: 'getUpdates', what: { slow }, times: 2 })
    for (const n of [1, 2, 3]) await ann.says(chat, `text ${n}`)
    go()
    await heard(texts, said([1, 2, 3]))
    expect(texts).toEqual(said([1, 2, 3]))
    await until(() => sim.waiting === 0, 'all confirmed')
  })

  it('takes a webhook away that somebody has set, without losing what waits', async () => {
    await fetch(`${sim.apiRoot}/bot${sim.token}/setWebhook?url=http://127.0.0.1:9/`)
    await ann.says(chat, 'text 1')
    const { texts, log } = start()
    await heard(texts, said([1]))
    expect(texts).toEqual(said([1]))
    expect(log.text()).toContain('had a webhook')
  })

  it('says so when another process has the same bot, and goes on when that has gone', async () => {
    const { texts, log } = start()
    await until(() => texts.length === 1, 'the start')
    const other = polling(sim.apiRoot, { token: sim.token })
    await until(() => `${log.text()}${other.log.text()}`.includes('Another process'), 'the word')
    await other.stop()
    await ann.says(chat, 'text 1')
    await until(() => [...texts, ...other.texts].includes('text 1'), 'the text')
  })

  it('leaves out what it cannot read, and goes on behind it', async () => {
    const { texts, log } = start({
      translate: (update, signal) => {
        if (update.message?.text === 'text 1') throw new TypeError('cannot read this')
        return plainly(update, signal)
      },
    })
    for (const n of [1, 2]) await ann.says(chat, `text ${n}`)
    await heard(texts, said([2]))
    expect(texts).toEqual(said([2]))
    expect(log.text()).toContain('was left out')
  })

  it('reads again what the network kept it from reading', async () => {
    let times = 0
    const { texts } = start({
      translate: async (update, signal) => {
        if (update.message?.text === 'text 1' && ++times < 12) {
          throw new BridgeError('away', { code: 'network', heal: 'retry', certain: true })
        }
        return plainly(update, signal)
      },
    })
    for (const n of [1, 2]) await ann.says(chat, `text ${n}`)
    await heard(texts, said([1, 2]))
    expect(texts).toEqual(said([1, 2]))
    expect(times).toBe(12)
  })
})
