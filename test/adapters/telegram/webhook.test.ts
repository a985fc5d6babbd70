import { createServer } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createTelegramApi } from '../../../adapters/telegram/client.ts'
import { createIntake } from '../../../adapters/telegram/intake.ts'
import type { Ingress } from '../../../adapters/telegram/parts.ts'
import { receiveWebhook } from '../../../adapters/telegram/webhook.ts'
import { eventId, roomId } from '../../../src/core/ids.ts'
import type { HubEvent } from '../../../src/ports/hub.ts'
import type { Point } from '../../../src/ports/telemetry.ts'
import { startTelegram } from '../../sim/telegram/server.ts'
import type { SimUser, TelegramSim } from '../../sim/telegram/sim.ts'
import { freePort } from '../../support/free-port.ts'
import { memoryLog, memoryVault, realClock } from '../../support/ports.ts'
import { until } from '../../support/until.ts'

const plainly: Ingress['translate'] = async ({ message, update_id }) => {
  if (message?.text === undefined) return []
  if (message.text === 'unreadable') throw new TypeError('cannot read this')
  const at = { id: eventId(`${message.chat.id}/${message.message_id}`), room: roomId('1'), at: 0 }
  const event: HubEvent = { ...at, type: 'message', from: 'x', text: message.text }
  return [{ event, raw: JSON.stringify(update_id) }]
}
const clock = {
  ...realClock,
  sleep: (ms: number, signal: AbortSignal) => realClock.sleep(Math.min(ms, 30), signal),
}

let sim: TelegramSim
let ann: SimUser
let chat: number
let port: number
let vault: ReturnType<typeof memoryVault>
let running: Hook | undefined

interface Hook {
  readonly origin: string
  readonly texts: string[]
  readonly points: [Point, string][]
  readonly log: ReturnType<typeof memoryLog>
  stop(): Promise<void>
}

async function hook(accept: (event: HubEvent) => Promise<void> = async () => {}): Promise<Hook> {
  const texts: string[] = []
  const points: [Point, string][] = []
  const log = memoryLog()
  const stopping = new AbortController()
  const api = createTelegramApi({ token: sim.token, apiRoot: sim.apiRoot }, { clock: realClock })
  const sink = {
    async event(event: HubEvent) {
      await accept(event)
      if (event.type === 'message') texts.push(event.text ?? '')
    },
  }
  const ports = { clock, random: Math.random, log }
  const take = createIntake(ports, plainly, sink, stopping.signal)
  const trace = (point: Point, about: string) => void points.push([point, about])
  const listening = Promise.withResolvers<string>()
  const options = { url: `http://127.0.0.1:${port}/telegram`, host: '127.0.0.1', port }
  const parts = { ...ports, api, vault, trace, listening: listening.resolve }
  const over = receiveWebhook(options, parts, take, stopping.signal)
  over.catch(listening.reject)
  const origin = await listening.promise
  running = {
    origin,
    texts,
    points,
    log,
    async stop() {
      stopping.abort(new Error('stopping'))
      await over
    },
  }
  return running
}
const never = new AbortController().signal
/** As Telegram tells of a text. */
const tells = (origin: string, update_id: number, text: string) =>
  fetch(origin, {
    method: 'POST',
    body: JSON.stringify({ update_id, message: { message_id: 9, chat: { id: chat }, text } }),
    headers: { 'x-telegram-bot-api-secret-token': vault.entries.get('webhook/secret') ?? '' },
  })
const set = () =>
  until(() => sim.calls.some(({ method, ok }) => method === 'setWebhook' && ok), 'the webhook')

beforeEach(async () => {
  port = await freePort()
  vault = memoryVault()
  sim = await startTelegram({ limits: false })
  ann = sim.user('Ann')
  chat = await ann.starts()
})
afterEach(async () => {
  await running?.stop()
  running = undefined
  await sim.close()
})

it('takes every update once and in order, and answers when it was taken', async () => {
  const { texts, points } = await hook()
  await set()
  for (const n of [1, 2, 3]) await ann.says(chat, `text ${n}`)
  await until(() => texts.length >= 4, 'the texts')
  expect(texts).toEqual(['/start', 'text 1', 'text 2', 'text 3'])
  await until(() => sim.waiting === 0, 'all confirmed')
  expect(points.map(([point]) => point)).toEqual(
    Array.from({ length: 8 }, (_, n) => (n % 2 ? 'afterConfirm' : 'beforeConfirm')),
  )
  const call = sim.calls.find(({ method }) => method === 'setWebhook')
  expect(call?.params).toMatchObject({ max_connections: 1 })
})

it('does nothing for whoever does not know the secret', async () => {
  const { origin, texts, log } = await hook()
  await set()
  await until(() => texts.length === 1, 'the start')
  const update = { update_id: 99, message: { message_id: 9, chat: { id: chat }, text: 'forged' } }
  const send = (headers: Record<string, string>) =>
    fetch(origin, { method: 'POST', body: JSON.stringify(update), headers })
  expect((await send({})).status).toBe(401)
  expect((await send({ 'x-telegram-bot-api-secret-token': 'x' })).status).toBe(401)
  expect((await fetch(origin)).status).toBe(401)
  const secret = vault.entries.get('webhook/secret') ?? ''
  expect(secret.length).toBeGreaterThan(30)
  expect(log.text()).not.toContain(secret)
  // That it would have been taken otherwise.
  expect((await send({ 'x-telegram-bot-api-secret-token': secret })).status).toBe(200)
  expect(texts).toEqual(['/start', 'forged'])
})

it('keeps its secret over a restart', async () => {
  const first = await hook()
  await set()
  const secret = vault.entries.get('webhook/secret')
  await first.stop()
  await hook()
  expect(vault.entries.get('webhook/secret')).toBe(secret)
})

it('is told again what the store did not take, and nothing overtakes it', async () => {
  let broken = true
  let refusals = 0
  const { texts } = await hook(async (event) => {
    if (!broken || event.type !== 'message' || event.text !== 'text 1') return
    refusals++
    throw new Error('disk full')
  })
  await set()
  for (const n of [1, 2]) await ann.says(chat, `text ${n}`)
  await until(() => refusals > 3, 'refusals')
  expect(texts).toEqual(['/start'])
  broken = false
  await until(() => texts.length >= 3, 'the texts')
  expect(texts).toEqual(['/start', 'text 1', 'text 2'])
})

it('answers with an error when it stops before the store has taken it, and gets it at the next start', async () => {
  const first = await hook(async () => {
    throw new Error('disk full')
  })
  await set()
  await until(() => first.log.text().includes('could not be kept'), 'a refusal')
  await first.stop()
  expect(first.texts).toEqual([])
  expect(sim.waiting).toBeGreaterThan(0)
  const { texts } = await hook()
  await until(() => texts.length === 1, 'the start')
  expect(texts).toEqual(['/start'])
})

it('takes an update once that it is told twice at the same time', async () => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>()
  let offered = 0
  const { origin, texts } = await hook(async (event) => {
    if (event.type !== 'message' || event.text !== 'slow') return
    offered++
    await gate
  })
  await set()
  await until(() => texts.length === 1, 'the start')
  const calls = [tells(origin, 77, 'slow'), tells(origin, 77, 'slow')]
  await until(() => offered, 'the offer')
  open()
  expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200])
  expect(offered).toBe(1)
})

it('keeps the order of updates that come at the same time', async () => {
  const { promise: gate, resolve: open } = Promise.withResolvers<void>()
  const { origin, texts } = await hook(async (event) => {
    if (event.type === 'message' && event.text === 'slow') await gate
  })
  await set()
  await until(() => texts.length === 1, 'the start')
  const first = tells(origin, 77, 'slow')
  const second = tells(origin, 78, 'fast')
  await realClock.sleep(60, never)
  open()
  await Promise.all([first, second])
  expect(texts).toEqual(['/start', 'slow', 'fast'])
})

it('answers with an error where nothing was promised', async () => {
  const api = createTelegramApi({ token: sim.token, apiRoot: sim.apiRoot }, { clock: realClock })
  const stopping = new AbortController()
  const listening = Promise.withResolvers<string>()
  const options = { url: `http://127.0.0.1:${port}/telegram`, host: '127.0.0.1', port }
  const ports = { clock, random: Math.random, log: memoryLog(), trace: () => {} }
  const parts = { ...ports, api, vault, listening: listening.resolve }
  const over = receiveWebhook(options, parts, async () => undefined, stopping.signal)
  expect((await tells(await listening.promise, 1, 'x')).status).toBe(500)
  stopping.abort()
  await over
})

it('leaves out what it cannot read, and goes on behind it', async () => {
  const { origin, texts, log } = await hook()
  await set()
  await ann.says(chat, 'unreadable')
  await ann.says(chat, 'text 1')
  await until(() => texts.length === 2, 'the text')
  expect(texts).toEqual(['/start', 'text 1'])
  const secret = vault.entries.get('webhook/secret') ?? ''
  const send = (body: string, method = 'POST') =>
    fetch(origin, { method, body, headers: { 'x-telegram-bot-api-secret-token': secret } })
  for (const garbage of ['', '{', 'null', '[]', '{"update_id":"1"}']) {
    expect((await send(garbage)).status).toBe(200)
  }
  expect((await send('{}', 'PUT')).status).toBe(405)
  expect((await send(`"${'x'.repeat(5_000_000)}"`).catch(() => undefined))?.status ?? 413).toBe(413)
  expect(log.text()).toContain('no update')
  expect(texts).toHaveLength(2)
})

it('is set as soon as Telegram can be reached, and set again when somebody changes it', async () => {
  sim.fails({ method: 'setWebhook', what: { status: 502 }, times: 3 })
  const { texts } = await hook()
  await set()
  // Looked at every ten minutes, which are 30 ms here.
  await fetch(`${sim.apiRoot}/bot${sim.token}/deleteWebhook`)
  await ann.says(chat, 'text 1')
  await until(() => texts.includes('text 1'), 'the text')
})

it('stays set when it ends', async () => {
  const first = await hook()
  await set()
  await first.stop()
  expect(sim.calls.some(({ method }) => method === 'deleteWebhook')).toBe(false)
})

it('says which option to change when the port is taken', async () => {
  const taken = createServer()
  await new Promise<void>((listening) => taken.listen(port, '127.0.0.1', listening))
  await expect(hook()).rejects.toThrow('telegram.webhook.port')
  await new Promise((closed) => taken.close(closed))
  running = undefined
})
