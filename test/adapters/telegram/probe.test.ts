import { afterEach, beforeEach, expect, test } from 'vitest'
import { type ProbeOptions, probeTelegram } from '../../../adapters/telegram/probe.ts'
import { startTelegram } from '../../sim/telegram/server.ts'
import type { TelegramSim } from '../../sim/telegram/sim.ts'
import { freePort } from '../../support/free-port.ts'
import { realClock } from '../../support/ports.ts'
import { until } from '../../support/until.ts'

// What the words are in English is in test/cli-online.test.ts.

let sim: TelegramSim
beforeEach(async () => {
  sim = await startTelegram()
})
afterEach(() => sim.close())

const signal = AbortSignal.timeout(200_000)

const probe = (more: Partial<ProbeOptions> = {}) =>
  probeTelegram(
    { apiRoot: sim.apiRoot, token: sim.token, place: 'auto', ...more },
    { clock: realClock, signal },
  )

test('Chinese words say the same', async () => {
  const { findings } = await probe({ token: `1:${'x'.repeat(35)}` })
  expect(findings.map(({ level, what }) => [level, what.zh])).toEqual([
    ['problem', 'Telegram：不认识这个机器人令牌。'],
  ])
})

test('a webhook of our own that Telegram could not reach is worth knowing', async () => {
  const url = `http://127.0.0.1:${await freePort()}/hook`
  const api = `${sim.apiRoot}/bot${sim.token}`
  await fetch(`${api}/setWebhook?url=${url}`)
  const ann = sim.user('Ann')
  await ann.says(await ann.starts(), 'hello')
  const failed = async () => {
    const said = (await (await fetch(`${api}/getWebhookInfo`)).json()) as {
      readonly result: { readonly last_error_date?: number }
    }
    return said.result.last_error_date
  }
  await until(failed, 'a delivery that failed', 60_000)
  const { findings } = await probe({ webhookUrl: url })
  expect(findings.at(-1)).toMatchObject({
    level: 'note',
    what: { en: expect.stringContaining('it could not reach the webhook lately') },
  })
})

test('nothing is taken or set by looking', async () => {
  const ann = sim.user('Ann')
  await ann.says(await ann.starts(), 'hello')
  const before = sim.waiting
  expect(before).toBeGreaterThan(0)
  await probe()
  expect(sim.waiting).toBe(before)
  expect(sim.calls.map(({ method }) => method)).toEqual(['getMe', 'getWebhookInfo'])
})
