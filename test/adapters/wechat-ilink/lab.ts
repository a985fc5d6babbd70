import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect } from 'vitest'
import { createIlink, type IlinkOptions } from '../../../adapters/wechat-ilink/connector.ts'
import type { Vault } from '../../../src/ports/vault.ts'
import type { WeChatConnector } from '../../../src/ports/wechat.ts'
import { Facts, type Running, runConnector } from '../../contract/connector/bench.ts'
import { startIlink } from '../../sim/ilink/server.ts'
import type { IlinkSim } from '../../sim/ilink/sim.ts'
import { memoryLog, memoryVault, realClock } from '../../support/ports.ts'
import { until } from '../../support/until.ts'

/** Pauses short enough for tests, timeouts long enough for a busy machine. */
export const quick = {
  hold: 5_000,
  grace: 10_000,
  call: 10_000,
  goodbye: 500,
  upload: 20_000,
  download: 10_000,
  backoff: 10,
  backoffMax: 50,
  gap: 5,
  outage: 60_000,
  mediaRetries: [10, 10],
}

export const mib = 1024 * 1024

/** A connector speaking to a simulator. */
export function connectorTo(
  { origin, cdnBase }: Pick<IlinkSim, 'origin' | 'cdnBase'>,
  vault: Vault = memoryVault(),
  log = memoryLog(),
  more: Partial<IlinkOptions> = {},
): WeChatConnector {
  const sizes = { maxImageBytes: 5 * mib, maxVideoBytes: 20 * mib, maxFileBytes: 100 * mib }
  return createIlink(
    {
      loginBase: origin,
      cdnBase,
      name: 'Me',
      agent: 'wechat-bridge/0.1',
      version: '2.4.9',
      ...sizes,
      maxDownloadBytes: 1024 * mib,
      timeouts: quick,
      ...more,
    },
    { vault, clock: realClock, random: Math.random, log },
  )
}

/** Runs it. */
export const run = (connector: WeChatConnector): Running => runConnector(connector, new Facts())

/** Scans and confirms; and says something, so that there is something to answer. */
export async function logIn(sim: IlinkSim, one: Running): Promise<void> {
  await until(() => one.facts.last()?.state === 'scan', 'a login code')
  await sim.control.scan()
  await until(() => one.facts.last()?.state === 'scanned', 'the scan')
  await sim.control.confirm()
  await until(() => one.facts.last()?.state === 'online', 'being online')
}

/** Something said, and taken. */
export async function greet(sim: IlinkSim, one: Running, text = 'hello'): Promise<void> {
  await sim.control.says(text)
  await one.facts.said(text)
  await sim.control.settled()
}

/** Whoever asks here was led astray. */
export interface Spy {
  /** Reachable on this machine, and no address that the simulator's is. */
  readonly host: string
  readonly origin: string
  readonly heard: readonly string[]
  close(): Promise<void>
}

export async function startSpy(): Promise<Spy> {
  const heard: string[] = []
  const server = createServer((request, response) => {
    heard.push(`${request.url} ${request.headers.authorization ?? ''}`)
    response.end('{"status":"wait"}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const host = `localhost:${port}`
  return {
    host,
    origin: `http://${host}`,
    heard,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** What is opened in a test and has to be closed after it, in reverse order. */
export function closing() {
  const open: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close()
  })
  return <T>(what: T, close: (what: T) => Promise<unknown>): T => {
    open.push(() => close(what))
    return what
  }
}

/** A simulator and a connector over it, closed after each test; nothing WeChat would not take was done. */
export function stage() {
  const keep = closing()
  return {
    keep,
    async sim(options?: Parameters<typeof startIlink>[0]): Promise<IlinkSim> {
      const sim = keep(await startIlink(options), (each) => each.close())
      keep(sim, async (each) => expect(each.control.violations).toEqual([]))
      return sim
    },
    run: (connector: WeChatConnector): Running => keep(run(connector), (each) => each.stop()),
    spy: async (): Promise<Spy> => keep(await startSpy(), (each) => each.close()),
  }
}
