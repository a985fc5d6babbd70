import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { fileBytes, roundTrip, stage } from './transport-stage.ts'

const said = { chat_id: 7, text: 'x' }

test('a fault answers with its status, as often as it says, to the method it names', async () => {
  const at = await stage()
  at.sim.fails({ method: 'sendMessage', times: 2, what: { status: 403 } })
  at.sim.fails({ method: 'sendDocument', what: { status: 502, description: 'Bad Gateway' } })
  expect((await at.call('getMe')).status).toBe(200)
  expect((await at.call('sendMessage', said)).body).toMatchObject({
    error_code: 403,
    description: 'Forbidden: bot was blocked by the user',
  })
  expect((await at.call('sendDocument')).body.description).toBe('Bad Gateway')
  expect((await at.call('sendMessage', said)).status).toBe(403)
  expect((await at.call('sendMessage', said)).status).toBe(200)
  expect(at.reached).toHaveLength(1)
})

test('a 429 of a fault looks like a real one, and is counted as one', async () => {
  const at = await stage()
  at.sim.fails({ what: { status: 429, retryAfter: 17 } })
  const { status, headers, body } = await at.call('sendMessage', said)
  expect(status).toBe(429)
  expect(headers.get('retry-after')).toBe('17')
  expect(body).toMatchObject({
    description: 'Too Many Requests: retry after 17',
    parameters: { retry_after: 17 },
  })
  expect(at.sim.floods).toHaveLength(1)
})

test('a lost answer: it is done, and the connection is reset', async () => {
  const at = await stage()
  at.sim.fails({ method: 'sendMessage', what: 'lost' })
  await expect(at.call('sendMessage', said)).rejects.toThrow()
  expect(at.reached).toHaveLength(1)
  expect(at.sim.calls).toMatchObject([{ method: 'sendMessage', ok: true }])
  expect((await at.call('sendMessage', said)).status).toBe(200)
})

test('a lost answer to a question for updates confirms nothing of what was in it', async () => {
  const at = await stage()
  at.told('1')
  at.sim.fails({ method: 'getUpdates', what: 'lost' })
  await expect(at.call('getUpdates')).rejects.toThrow()
  expect((await at.call('getUpdates')).body.result).toHaveLength(1)
})

test('a reset in the middle of an upload: nothing is done', async () => {
  const at = await stage()
  at.sim.fails({ method: 'sendDocument', what: 'reset' })
  const { port } = new URL(at.sim.apiRoot)
  const socket = connect(Number(port), '127.0.0.1')
  const closed = new Promise<string>((resolve) => {
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
    socket.on('end', () => resolve('ended in order'))
  })
  // Most of what is announced never comes: the server is in the middle of reading.
  socket.write(
    `POST /bot${at.sim.token}/sendDocument HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nsome`,
  )
  expect(await closed).toBe('ECONNRESET')
  expect(at.reached).toEqual([])
  expect(at.sim.calls).toEqual([])
  expect((await at.call('sendDocument')).status).toBe(200)
})

test('a slow answer: it is done at once, and comes when it may', async () => {
  const at = await stage()
  const { promise, resolve } = Promise.withResolvers<void>()
  at.sim.fails({ method: 'sendMessage', what: { slow: promise } })
  let answered = false
  const slow = at.call('sendMessage', said).then((answer) => {
    answered = true
    return answer
  })
  await until(() => at.reached.length === 1)
  await roundTrip(at)
  expect(answered).toBe(false)
  resolve()
  expect((await slow).status).toBe(200)
})

test('a download breaks off or stands still in the middle', async () => {
  const at = await stage()
  const url = `${at.sim.apiRoot}/file/bot${at.sim.token}/documents/file%201.txt`
  at.sim.fails({ method: 'file', what: 'reset' })
  const broken = await fetch(url)
  expect(broken.status).toBe(200)
  await expect(broken.arrayBuffer()).rejects.toThrow()

  const { promise, resolve } = Promise.withResolvers<void>()
  at.sim.fails({ method: 'file', what: { slow: promise } })
  const reader = (await fetch(url)).body?.getReader()
  let got = 0
  while (got < fileBytes.length / 2) got += (await reader?.read())?.value?.length ?? 0
  expect(got).toBe(fileBytes.length / 2)
  resolve()
  while (got < fileBytes.length) got += (await reader?.read())?.value?.length ?? 0
  expect((await reader?.read())?.done).toBe(true)

  at.sim.fails({ method: 'file', what: { status: 500 } })
  expect((await fetch(url)).status).toBe(500)
})

test('down: nobody answers and held questions break; up again: same address, same updates', async () => {
  const at = await stage()
  const root = at.sim.apiRoot
  const held = at.call('getUpdates', { timeout: 20 })
  const broken = expect(held).rejects.toThrow()
  await roundTrip(at)
  await at.sim.down()
  await broken
  await expect(at.call('getMe')).rejects.toThrow()
  const id = at.told('meanwhile')
  await at.sim.up()
  expect(at.sim.apiRoot).toBe(root)
  expect((await at.call('getUpdates')).body.result).toMatchObject([{ update_id: id }])
})

test('the transcript has every call with what became of it', async () => {
  const at = await stage()
  await at.call('sendMessage', said)
  at.clock.at += 1000
  await at.call('getChat', { chat_id: 1 })
  expect(at.sim.calls).toEqual([
    {
      at: at.clock.at - 1000,
      method: 'sendMessage',
      params: said,
      ok: true,
      result: { method: 'sendMessage', params: said, files: [] },
    },
    {
      at: at.clock.at,
      method: 'getChat',
      params: { chat_id: 1 },
      ok: false,
      code: 400,
      description: 'Bad Request: chat not found',
    },
  ])
})
