import { connect } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Monitor, type MonitorPorts, startMonitor } from '../../../adapters/monitor/server.ts'
import type { Health } from '../../../src/ports/health.ts'
import { memoryLog, realClock } from '../../support/ports.ts'
import { until } from '../../support/until.ts'

const host = '127.0.0.1'
const well: Health = { ok: true, ready: true }
const open: Monitor[] = []
let log: ReturnType<typeof memoryLog>
let looks: number
let now: number

beforeEach(() => {
  log = memoryLog()
  looks = 0
  now = 5_000
})
afterEach(async () => {
  for (const monitor of open.splice(0)) await monitor.close()
})

async function begin(ports: Partial<MonitorPorts> = {}, port = 0): Promise<string> {
  const monitor = await startMonitor(
    { host, port },
    {
      clock: { ...realClock, steady: () => now },
      log,
      health: async () => well,
      metrics: async () => `looks ${++looks}\n`,
      metricsType: 'text/plain; version=0.0.4; charset=utf-8',
      ...ports,
    },
  )
  open.push(monitor)
  return `http://${host}:${monitor.port}`
}

const asked = async (url: string, method = 'GET') => {
  const answer = await fetch(url, { method })
  return {
    status: answer.status,
    type: answer.headers.get('content-type'),
    body: await answer.text(),
  }
}

test('who is well and ready says so with 200, and the metrics are as they are given', async () => {
  const at = await begin()
  const type = 'application/json; charset=utf-8'
  expect(await asked(`${at}/healthz`)).toEqual({ status: 200, type, body: '{"ok":true}' })
  expect(await asked(`${at}/readyz?verbose`)).toEqual({ status: 200, type, body: '{"ready":true}' })
  expect(await asked(`${at}/metrics`)).toEqual({
    status: 200,
    type: 'text/plain; version=0.0.4; charset=utf-8',
    body: 'looks 1\n',
  })
  expect(await asked(`${at}/healthz`, 'HEAD')).toEqual({ status: 200, type, body: '' })
})

test('who is not ready says what for with 503, and who cannot find out is not well', async () => {
  const waits = { matrix: 'cannot be reached' }
  const detail = { detail: { login: 'Lin is logging in' } }
  const at = await begin({ health: async () => ({ ok: true, ready: false, waits, ...detail }) })
  expect((await asked(`${at}/healthz`)).status).toBe(200)
  const ready = await asked(`${at}/readyz`)
  // What is the owner's to know is not said here.
  expect([ready.status, JSON.parse(ready.body)]).toEqual([503, { ready: false, waits }])

  const broken = await begin({ health: () => Promise.reject(new Error('the store is gone')) })
  for (const path of ['/healthz', '/readyz']) {
    expect((await asked(broken + path)).status).toBe(503)
  }
})

test('nothing else is there, and nothing can be sent', async () => {
  const at = await begin()
  for (const path of ['/', '/metrics/', '/healthz/x', '//metrics', '/constructor', '/__proto__']) {
    expect((await asked(at + path)).status).toBe(404)
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
    expect((await asked(`${at}/metrics`, method)).status).toBe(405)
  }
  expect(looks).toBe(0)
})

test('however many ask, it is looked at once a second', async () => {
  let healths = 0
  const waiting = Promise.withResolvers<Health>()
  const health = () => {
    healths++
    return waiting.promise
  }
  const at = await begin({ health })
  const all = ['/healthz', '/readyz', '/healthz'].map((path) => asked(at + path))
  await until(() => healths === 1, 'the first look', 60_000)
  waiting.resolve(well)
  expect((await Promise.all(all)).map(({ status }) => status)).toEqual([200, 200, 200])
  expect((await asked(`${at}/metrics`)).body).toBe('looks 1\n')
  now += 999
  expect((await asked(`${at}/metrics`)).body).toBe('looks 1\n')
  await asked(`${at}/healthz`)
  expect(healths).toBe(1)
  now += 1
  expect((await asked(`${at}/metrics`)).body).toBe('looks 2\n')
  await asked(`${at}/healthz`)
  expect(healths).toBe(2)
})

test('metrics that cannot be made are an error of this one answer, without its words', async () => {
  let isBad = true
  const metrics = async () => {
    if (isBad) throw new Error('a word of somebody')
    return 'fine\n'
  }
  const at = await begin({ metrics })
  const bad = await asked(`${at}/metrics`)
  expect(bad.status).toBe(500)
  expect(bad.body).not.toContain('word')
  expect(log.text()).toContain('could not answer')
  isBad = false
  expect((await asked(`${at}/metrics`)).body).toBe('fine\n')
})

test('a port that is taken is a mistake of the configuration, and is named', async () => {
  const at = await begin()
  const port = Number(new URL(at).port)
  await expect(begin({}, port)).rejects.toMatchObject({
    message: expect.stringMatching(new RegExp(`^monitor\\.port: .*${port}.*taken`)),
    failure: { code: 'config', heal: 'never' },
  })
})

test('who says nothing does not hold up its end', async () => {
  const at = await begin()
  const silent = connect(Number(new URL(at).port), host)
  await new Promise((resolve) => silent.once('connect', resolve))
  const closed = new Promise((resolve) => silent.once('close', resolve))
  silent.on('error', () => undefined)
  await asked(`${at}/healthz`)
  await open.pop()?.close()
  await closed
})
