import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createOutage, type Outage } from '../../../adapters/matrix/outage.ts'
import { BridgeError } from '../../../src/core/errors.ts'
import { memoryLog, realClock } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { type LittleHomeserver, littleHomeserver } from './little-homeserver.ts'

describe('a homeserver that is looked for', () => {
  let homeserver: LittleHomeserver
  let stop: AbortController
  let outage: Outage
  let returns: number

  /** Nothing goes on because time went by. */
  const clock = {
    ...realClock,
    sleep: (_: number, signal: Parameters<typeof realClock.sleep>[1]) =>
      realClock.sleep(600_000, signal),
  }
  const failed = new BridgeError('Could not ask.', { code: 'server', heal: 'retry', certain: true })
  const looks = () => homeserver.calls('GET', /\/versions$/).length

  beforeEach(async () => {
    homeserver = await littleHomeserver()
    homeserver.answers = () => ({ status: 502 })
    stop = new AbortController()
    returns = 0
    const returned = () => void returns++
    const ports = { clock, random: Math.random, log: memoryLog() }
    outage = createOutage({ url: homeserver.url, returned }, ports, stop.signal)
  })
  afterEach(async () => {
    stop.abort(new Error('the test ends it'))
    await outage.settled()
    await homeserver.stop()
  })

  it('is looked at when it calls, and is there if it answers', async () => {
    outage.suspect(failed)
    await until(() => looks() === 1, 'the first look')
    await until(() => {
      outage.heard()
      return looks() > 1
    }, 'another look')
    expect(returns).toBe(0)
    homeserver.answers = () => undefined
    await until(() => {
      outage.heard()
      return returns > 0
    }, 'the return')
    await outage.settled()
    expect(returns).toBe(1)
  })

  it('is not looked at for a call while nobody looks for it', async () => {
    outage.heard()
    await outage.settled()
    expect(looks()).toBe(0)
    outage.suspect(failed)
    await until(() => looks() === 1, 'the first look')
    expect(returns).toBe(0)
  })
})
