import { afterEach, beforeEach, expect, test } from 'vitest'
import { probeHttp } from '../../../adapters/wechat-http/probe.ts'
import { realClock } from '../../support/ports.ts'
import { FullGateway } from './full-gateway.ts'
import { secret } from './lab.ts'

// Gateways that are away, or speak otherwise, are in test/cli-online.test.ts.

let gateway: FullGateway
beforeEach(async () => {
  gateway = new FullGateway({ events: 'pull', media_by: 'upload', bridge: '' })
  await gateway.start()
})
afterEach(() => gateway.close())

const probe = (key: string) =>
  probeHttp(
    { gateway: `http://127.0.0.1:${gateway.port}`, secret: key },
    { clock: realClock, running: false, signal: AbortSignal.timeout(200_000) },
  )

test('a gateway that lets us in is found so, with its login, and no login is begun', async () => {
  const { findings } = await probe(secret)
  expect(findings.map(({ level, what }) => [level, what.en])).toEqual([
    ['ok', expect.stringContaining('is there, and takes the signature')],
    ['note', 'The gateway: WeChat is not logged in.'],
  ])
  expect(gateway.begun).toBe(0)
})

test('one with another secret is told', async () => {
  const { findings } = await probe('another secret of ours')
  expect(findings).toMatchObject([
    { level: 'problem', cure: { en: expect.stringContaining('wechat.http.secret') } },
  ])
})
