import { afterEach, beforeEach, expect, test } from 'vitest'
import { answerPings, type PingAnswerer } from '../../../adapters/matrix/ping-answerer.ts'
import { freePort } from '../../support/free-port.ts'

// How the homeserver is asked is in test/e2e/doctor.test.ts, on a real one.

let port: number
let answerer: PingAnswerer
beforeEach(async () => {
  port = await freePort()
  answerer = await answerPings({ host: '127.0.0.1', port }, 'the hs_token')
})
afterEach(() => answerer.close())

async function ask(method: string, path: string, token?: string): Promise<number> {
  const headers = { ...(token !== undefined && { authorization: `Bearer ${token}` }) }
  return (await fetch(`http://127.0.0.1:${port}${path}`, { method, headers })).status
}

const ping = '/_matrix/app/v1/ping'

test('a ping is answered, and nothing else: no transaction is taken that nobody keeps', async () => {
  expect(answerer.heard).toBe('nothing')
  expect(await ask('PUT', '/_matrix/app/v1/transactions/1', 'the hs_token')).toBe(503)
  expect(await ask('GET', '/_matrix/app/v1/users/@a:b', 'the hs_token')).toBe(503)
  expect(await ask('POST', ping, 'the hs_token')).toBe(200)
  expect(answerer.heard).toBe('ours')
})

test('a homeserver with another token is told from somebody without any', async () => {
  expect(await ask('POST', ping)).toBe(401)
  expect(answerer.heard).toBe('nothing')
  expect(await ask('POST', ping, 'another')).toBe(403)
  expect(answerer.heard).toBe('other')
  expect(await ask('POST', ping, 'the hs_token')).toBe(200)
  expect(answerer.heard).toBe('ours')
})

test('an address that is taken is said', async () => {
  await expect(answerPings({ host: '127.0.0.1', port }, 'x')).rejects.toMatchObject({
    failure: { code: 'config' },
  })
})
