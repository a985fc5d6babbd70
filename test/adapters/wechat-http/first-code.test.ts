import { afterEach, expect, test, vi } from 'vitest'
import { Facts, runConnector } from '../../contract/connector/bench.ts'
import { freePort } from '../../support/free-port.ts'
import { memoryLog, memoryVault } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { FullGateway } from './full-gateway.ts'
import { connectorTo } from './lab.ts'

// When a code to scan is asked for without a person who wants one: whichever of the two is started first, and once.

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const waitMs = 60_000
vi.setConfig({ testTimeout: 180_000 })

/** A connector whose gateway is not there yet. */
async function early() {
  const port = await freePort()
  const at = { gateway: `http://127.0.0.1:${port}` }
  const one = runConnector(connectorTo(at, memoryVault(), memoryLog()), new Facts())
  ends.push(() => one.stop())
  await until(() => one.facts.last(), 'the word that it is away', waitMs)
  const states = () =>
    one.facts.logins.map((each) => ('reason' in each ? `${each.state} ${each.reason}` : each.state))
  expect(states()).toEqual(['offline unreachable'])
  const gateway = new FullGateway({ events: 'pull', media_by: 'upload', bridge: '' })
  ends.push(() => gateway.close())
  const is = (state: string) => until(() => one.facts.last()?.state === state, state, waitMs)
  const looks = async (times: number) => {
    const before = gateway.looks
    await until(() => gateway.looks >= before + times, 'further looks', waitMs)
  }
  return { one, gateway, states, is, looks, begin: () => gateway.start(port) }
}

test('a gateway that is started after the bridge is asked for a code by nobody but the bridge', async () => {
  const { gateway, states, is, begin } = await early()
  await begin()
  await is('scan')
  expect(gateway.login.state).toBe('scan')
  gateway.logIn({ state: 'online', account: { id: 'wxid_me', name: '我' } })
  await is('online')
  expect(states()).toEqual(['offline unreachable', 'scan', 'online'])
})

test('one that takes its time to start is asked once it has', async () => {
  const { gateway, states, is, looks, begin } = await early()
  gateway.login = { state: 'offline', reason: 'starting' }
  await begin()
  await looks(3)
  expect(states()).not.toContain('scan')
  gateway.login = { state: 'offline', reason: 'logged_out' }
  await is('scan')
  expect(states()).toEqual(['offline unreachable', 'offline starting', 'scan'])
})

test('a second code is for a person to ask for, be the first one let go or refused', async () => {
  const { one, gateway, states, is, looks, begin } = await early()
  await begin()
  await is('scan')
  gateway.logIn({ state: 'offline', reason: 'cancelled' })
  await is('offline')
  await looks(3)
  expect(states()).toEqual(['offline unreachable', 'scan', 'offline cancelled'])
  expect(one.connector.login()).toBe(true)
  await is('scan')
})

test('a gateway that refuses the first code is not asked for it again and again', async () => {
  const { one, gateway, is, looks, begin } = await early()
  gateway.noLogin = true
  await begin()
  await looks(4)
  expect(gateway.begun).toBe(1)
  gateway.noLogin = false
  await until(() => one.connector.login(), 'a login that can be begun', waitMs)
  await is('scan')
})
