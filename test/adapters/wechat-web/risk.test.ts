import { afterEach, describe, expect, test } from 'vitest'
import type { Sandbox } from '../../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../../src/sandbox/server.ts'
import { memoryLog, memoryVault } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { connectorTo, type Desk, run } from './lab.ts'

let sandbox: Sandbox
let desks: Desk[] = []

afterEach(async () => {
  await Promise.all(desks.map((desk) => desk.stop()))
  desks = []
  await sandbox.close()
})

async function begin({ more = {}, vault = memoryVault() } = {}) {
  sandbox = await startSandbox({ holdMs: 60 })
  const again = () => {
    const desk = run(connectorTo(sandbox.origin, vault, memoryLog(), more), sandbox.control)
    desks.push(desk)
    return desk
  }
  return { desk: again(), again, control: sandbox.control }
}

describe('the risk', () => {
  const more = { risk: true }

  test('nothing is asked of WeChat before it is accepted', async () => {
    const { desk, control } = await begin({ more })
    expect(await desk.state('offline')).toEqual({
      state: 'offline',
      reason: 'risk',
      relogin: true,
    })
    expect(desk.connector.login()).toBe(false)
    expect(desk.connector.login({ code: true })).toBe(false)
    expect(desk.connector.login({ acceptRisk: false })).toBe(false)
    expect(control.requests()).toHaveLength(0)
    expect(desk.connector.login({ acceptRisk: true })).toBe(true)
    await desk.state('online')
  })

  test('is remembered: neither a restart nor a later login asks again', async () => {
    const { desk, again, control } = await begin({ more })
    await desk.state('offline')
    desk.connector.login({ acceptRisk: true })
    await desk.state('online')
    await control.settled()
    await desk.stop()
    const next = again()
    await next.state('online')
    await control.settled()
    await control.kick()
    await next.state('offline')
    expect(next.connector.login({ code: true })).toBe(true)
    await next.state('online')
    expect(next.logins.some((each) => 'reason' in each && each.reason === 'risk')).toBe(false)
  })

  test('a live session of before goes on without the question', async () => {
    const vault = memoryVault()
    const first = await begin({ vault })
    await first.desk.state('online')
    await first.control.settled()
    await first.desk.stop()
    const connector = connectorTo(sandbox.origin, vault, memoryLog(), more)
    const desk = run(connector)
    desks.push(desk)
    await desk.state('online')
    await first.control.settled()
    await first.control.kick()
    await desk.state('offline')
    expect(desk.connector.login()).toBe(true)
    await until(() => desk.logins.at(-1)?.state === 'offline' && desk.logins.length === 3)
    expect(desk.logins.at(-1)).toMatchObject({ reason: 'risk' })
  })

  test('the acceptance is durable before the first request', async () => {
    const vault = memoryVault()
    const { desk, control } = await begin({ more, vault })
    await desk.state('offline')
    let broken = 2
    const { set } = vault
    vault.set = async (name, text) => {
      if (name === 'risk' && broken-- > 0) {
        expect(control.requests()).toHaveLength(0)
        throw new Error('the disk is full')
      }
      return set(name, text)
    }
    desk.connector.login({ acceptRisk: true })
    await desk.state('online')
    expect(JSON.parse(vault.entries.get('risk') ?? '{}')).toMatchObject({
      acceptedAt: expect.any(String),
    })
  })
})
