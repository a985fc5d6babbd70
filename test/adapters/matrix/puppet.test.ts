import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createPuppeting, isPuppetGone } from '../../../adapters/matrix/puppet.ts'
import { memoryLog, memoryVault, realClock } from '../../support/ports.ts'

const never = new AbortController().signal
const owner = '@alice:localhost'

describe('a puppet', () => {
  const asked: IncomingMessage[] = []
  let answer: (path: string) => { status?: number; body: object } = () => ({ body: {} })
  let url = ''
  const server = createServer((request, response) => {
    asked.push(request)
    const path = request.url ?? ''
    const { status = 200, body } = path.includes('/whoami')
      ? { body: { user_id: owner } }
      : answer(path)
    request.resume()
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => new Promise((resolve) => server.close(resolve)))
  beforeEach(() => {
    asked.length = 0
  })

  const settled = async () => {
    const log = memoryLog()
    const membership = { admit: never, of: never, leave: never, invite: async () => {} }
    const puppeting = createPuppeting({
      url,
      owner,
      ownToken: 'own',
      configured: 'the-token',
      membership: membership as never,
      vault: memoryVault(),
      clock: realClock,
      random: Math.random,
      log,
    })
    const puppet = await puppeting.settled(never)
    if (!puppet) throw new Error('no puppet')
    return { puppeting, puppet, log }
  }
  const post = { method: 'POST', path: '/say', what: 'say it', delivering: true } as const

  it('is asked about once, however many want to know', async () => {
    const { puppeting } = await settled()
    await Promise.all([1, 2, 3].map(() => puppeting.settled(never)))
    expect(asked).toHaveLength(1)
    expect(asked[0]?.headers.authorization).toBe('Bearer the-token')
  })

  it('that is to be slower keeps nobody else waiting', async () => {
    const { puppet } = await settled()
    answer = () => ({
      status: 429,
      body: { errcode: 'M_LIMIT_EXCEEDED', error: 'x', retry_after_ms: 900 },
    })
    await expect(puppet.call(post, never)).rejects.toMatchObject({
      failure: { code: 'rate', heal: 'retry', certain: true, afterMs: 900 },
    })
  })

  it('is unsure of what the homeserver failed over, and says nothing of its token', async () => {
    const { puppet } = await settled()
    answer = () => ({ status: 500, body: { errcode: 'M_UNKNOWN', error: 'the-token' } })
    const error: unknown = await puppet.call(post, never).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ failure: { code: 'server', heal: 'retry', certain: false } })
    expect(String(error)).not.toContain('the-token')
    answer = () => ({ body: [] })
    await expect(puppet.call(post, never)).rejects.toMatchObject({ failure: { code: 'server' } })
  })

  it('is gone for good when its token is not known any more, which is said once', async () => {
    const { puppeting, puppet, log } = await settled()
    answer = () => ({ status: 401, body: { errcode: 'M_UNKNOWN_TOKEN', error: 'x' } })
    const tries = [1, 2].map(() => puppet.call(post, never).catch((thrown: unknown) => thrown))
    for (const error of await Promise.all(tries)) {
      expect(isPuppetGone(error)).toBe(true)
      expect(error).toMatchObject({ failure: { certain: true } })
    }
    expect(await puppeting.settled(never)).toBeUndefined()
    expect(log.lines.filter((line) => line.startsWith('warn'))).toHaveLength(1)
    expect(log.text()).not.toContain('the-token')
  })
})
