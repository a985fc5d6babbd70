import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Update } from '@grammyjs/types'
import { expect, onTestFinished, test } from 'vitest'
import { until } from '../../support/until.ts'
import { roundTrip, type Stage, stage } from './transport-stage.ts'

interface Bot {
  readonly url: string
  readonly got: { readonly id: number; readonly headers: IncomingHttpHeaders }[]
  /** What it answers with; 200 and nothing unless told otherwise. */
  answers: (response: ServerResponse, update: Update) => void
  close(): Promise<void>
}

/** A bot that is called. */
async function bot(port = 0): Promise<Bot> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const update = JSON.parse(`${Buffer.concat(chunks)}`) as Update
    self.got.push({ id: update.update_id, headers: request.headers })
    self.answers(response, update)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    if (!server.listening) return
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  onTestFinished(close)
  const self: Bot = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    got: [],
    answers: (response) => void response.end(),
    close,
  }
  return self
}

const idsOf = ({ got }: Bot): number[] => got.map(({ id }) => id)
const info = async (at: Stage) =>
  (await at.call('getWebhookInfo')).body.result as Record<string, unknown>

test('updates are brought with the secret, those of before too, in order', async () => {
  const [at, hook] = [await stage(), await bot()]
  const first = at.told('before')
  const set = await at.call('setWebhook', { url: hook.url, secret_token: 'S_e-1' })
  expect(set.body).toEqual({ ok: true, result: true })
  const rest = ['1', '2', '3'].map((text) => at.told(text))
  await until(() => at.sim.waiting === 0)
  expect(idsOf(hook)).toEqual([first, ...rest])
  expect(hook.got[0]?.headers).toMatchObject({
    'x-telegram-bot-api-secret-token': 'S_e-1',
    'content-type': 'application/json',
  })
})

test('without a secret there is no such header', async () => {
  const [at, hook] = [await stage(), await bot()]
  await at.call('setWebhook', { url: hook.url })
  at.told('1')
  await until(() => hook.got.length === 1)
  expect(hook.got[0]?.headers).not.toHaveProperty('x-telegram-bot-api-secret-token')
})

test('what is not taken with 2xx comes again, nothing of that chat overtakes it, and the error is told', async () => {
  const [at, hook] = [await stage(), await bot()]
  let refusals = 3
  const taken: string[] = []
  hook.answers = (response, { message }) => {
    const fails = message?.text === 'one' && refusals-- > 0
    if (!fails) taken.push(message?.text ?? '')
    response.writeHead(fails ? 503 : 204).end()
  }
  await at.call('setWebhook', { url: hook.url })
  at.told('one')
  at.told('two')
  at.told('elsewhere', 8)
  await until(() => at.sim.waiting === 0)
  expect(taken.filter((text) => text !== 'elsewhere')).toEqual(['one', 'two'])
  expect(taken[0]).toBe('elsewhere')
  expect(hook.got).toHaveLength(6)
  expect(await info(at)).toMatchObject({
    url: hook.url,
    pending_update_count: 0,
    last_error_date: at.clock.at / 1000,
    last_error_message: 'Wrong response from the webhook: 503 Service Unavailable',
  })
})

test('a refusal with Retry-After is tried again then, and not before', async () => {
  const [at, hook] = [await stage(), await bot()]
  hook.answers = (response) => {
    hook.answers = (next) => void next.end()
    response.writeHead(429, { 'retry-after': '1' }).end()
  }
  await at.call('setWebhook', { url: hook.url })
  const since = performance.now()
  at.told('1')
  await until(() => at.sim.waiting === 0)
  expect(performance.now() - since).toBeGreaterThan(950)
})

test('a bot that is not there is tried until it is', async () => {
  const [at, gone] = [await stage(), await bot()]
  await gone.close()
  await at.call('setWebhook', { url: gone.url })
  const id = at.told('1')
  await until(async () => (await info(at)).last_error_message === 'Connection refused')
  expect(at.sim.waiting).toBe(1)
  const back = await bot(Number(new URL(gone.url).port))
  await until(() => at.sim.waiting === 0)
  expect(idsOf(back)).toEqual([id])
})

test('an answer may ask for a call, but not for one about how updates come', async () => {
  const [at, hook] = [await stage(), await bot()]
  const bodies = [
    { method: 'sendmessage', chat_id: 7, text: 'hello' },
    { method: 'deleteWebhook' },
    { method: 'getMe' },
  ]
  hook.answers = (response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(bodies.shift()))
  }
  await at.call('setWebhook', { url: hook.url })
  for (const text of ['1', '2', '3']) at.told(text)
  await until(() => at.sim.waiting === 0)
  await roundTrip(at)
  expect(at.reached).toMatchObject([
    { method: 'sendMessage', params: { chat_id: 7, text: 'hello' } },
  ])
  expect(at.reached[0]?.params).not.toHaveProperty('method')
  expect(await info(at)).toMatchObject({ url: hook.url })
  expect(at.sim.calls.filter(({ method }) => method === 'getMe')).toHaveLength(1)
})

test('no more are brought at once than it allows', async () => {
  const [at, hook] = [await stage(), await bot()]
  const open: ServerResponse[] = []
  hook.answers = (response) => void open.push(response)
  await at.call('setWebhook', { url: hook.url, max_connections: 2 })
  for (let chat = 1; chat <= 5; chat++) at.told('x', chat)
  await until(() => open.length === 2)
  await roundTrip(at)
  await roundTrip(at)
  expect(hook.got).toHaveLength(2)
  expect(await info(at)).toMatchObject({ max_connections: 2, pending_update_count: 5 })
  open.shift()?.end()
  await until(() => hook.got.length === 3)
  hook.answers = (response) => void response.end()
  for (const response of open) response.end()
  await until(() => at.sim.waiting === 0)
})

test('asking for updates and being brought them exclude each other', async () => {
  const [at, hook] = [await stage(), await bot()]
  const held = at.call('getUpdates', { timeout: 20 })
  await roundTrip(at)
  await at.call('setWebhook', { url: hook.url })
  expect((await held).body.description).toBe('Conflict: terminated by setWebhook request')
  expect(await at.call('getUpdates')).toMatchObject({
    status: 409,
    body: {
      description:
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    },
  })
  await at.call('deleteWebhook')
  const id = at.told('asked for')
  expect((await at.call('getUpdates')).body.result).toMatchObject([{ update_id: id }])
  expect(hook.got).toEqual([])
  expect(await info(at)).toMatchObject({ url: '', pending_update_count: 1 })
})

test('a webhook that is set to nothing is deleted', async () => {
  const [at, hook] = [await stage(), await bot()]
  await at.call('setWebhook', { url: hook.url })
  await at.call('setWebhook', { url: '' })
  at.told('1')
  expect((await at.call('getUpdates')).body.result).toHaveLength(1)
})

test('what waits can be dropped when a webhook is set or deleted', async () => {
  const [at, hook] = [await stage(), await bot()]
  at.told('1')
  await at.call('deleteWebhook', { drop_pending_updates: true })
  expect(at.sim.waiting).toBe(0)
  at.told('2')
  await at.call('setWebhook', { url: hook.url, drop_pending_updates: 'True' })
  const id = at.told('3')
  await until(() => at.sim.waiting === 0)
  expect(idsOf(hook)).toEqual([id])
})

test('the kinds a webhook names are remembered', async () => {
  const [at, hook] = [await stage(), await bot()]
  await at.call('setWebhook', { url: hook.url, allowed_updates: ['chat_member'] })
  expect(at.told('not asked for')).toBe(0)
  const member = at.push({ chat_member: {} } as Omit<Update, 'update_id'>)
  await until(() => hook.got.length === 1)
  expect(idsOf(hook)).toEqual([member?.update_id])
  expect(await info(at)).toMatchObject({ allowed_updates: ['chat_member'] })
})

test('only HTTPS is good enough, but for this machine; and secrets are of letters', async () => {
  const at = await stage()
  const why = async (params: object) => (await at.call('setWebhook', params)).body.description
  expect(await why({ url: 'http://bot.example/x' })).toBe(
    'Bad Request: bad webhook: An HTTPS URL must be provided for webhook',
  )
  expect(await why({ url: 'https://bot.example/x' })).toBe(
    'Bad Request: bad webhook: Failed to resolve host: Name or service not known',
  )
  expect(await why({ url: 'nonsense' })).toBe('Bad Request: invalid webhook URL specified')
  expect(await why({ url: 'http://127.0.0.1:1/', secret_token: 'a b' })).toBe(
    'Bad Request: secret token contains unallowed characters',
  )
  expect(await info(at)).toMatchObject({ url: '' })
})

test('a confirmed update can be brought once more', async () => {
  const [at, hook] = [await stage(), await bot()]
  await at.call('setWebhook', { url: hook.url })
  const id = at.told('1')
  await until(() => at.sim.waiting === 0)
  at.sim.repeats(id)
  await until(() => at.sim.waiting === 0)
  expect(idsOf(hook)).toEqual([id, id])
})

test('what was under way when it went down is brought again when it is up', async () => {
  const [at, hook] = [await stage(), await bot()]
  hook.answers = () => undefined
  await at.call('setWebhook', { url: hook.url })
  const id = at.told('1')
  await until(() => hook.got.length === 1)
  await at.sim.down()
  hook.answers = (response) => void response.end()
  await at.sim.up()
  await until(() => at.sim.waiting === 0)
  expect(idsOf(hook)).toEqual([id, id])
})
