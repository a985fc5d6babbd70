import { afterEach, beforeEach, expect, test } from 'vitest'
import type { DoorView, WebPorts } from '../../../adapters/web/options.ts'
import type { DoorTable } from '../../../src/core/door-words.ts'
import { kinds, loadConfig } from '../../support/config.ts'
import { logIn, makeWorld, type RunningHub, runHub, type World } from './page-client.ts'

let world: World
let running: RunningHub
beforeEach(async () => {
  world = await makeWorld()
})
afterEach(async () => {
  await running.stop()
  await world.drop()
})

async function ask<T>(path: string, more?: Pick<WebPorts, 'doors' | 'ways'>): Promise<T> {
  running = await runHub(world, {}, undefined, undefined, undefined, undefined, more)
  const page = await logIn(running)
  return (await (await page.get(path)).json()) as T
}

test('the page has a table of what each way can do, made from the records', async () => {
  const { config } = loadConfig({ files: [], env: {}, sets: [] })
  const ways = kinds.map((kind) => ({
    name: kind.name,
    record: kind.record(config.wechat.sections[kind.name]),
  }))
  const { names, rows } = await ask<DoorTable>('/api/ways?language=zh', { ways })
  expect(names).toEqual(kinds.map(({ name }) => name))
  const risk = rows.find(({ what }) => what === '账号风险')
  expect(risk?.cells[names.indexOf('web')]).toContain('高')
  for (const { cells } of rows) {
    expect(cells).toHaveLength(names.length)
    expect(cells.every((cell) => cell.length > 0)).toBe(true)
  }
})

test('the page is told how each of several accounts stands, and nothing where there is one', async () => {
  const doors: readonly DoorView[] = [
    { id: 'main', connector: 'web', state: 'online', name: '<b>小满' },
    { id: 'second', connector: 'web', state: 'scan' },
  ]
  expect(await ask('/api/state', { doors: () => doors })).toMatchObject({ doors })
  await running.stop()
  expect(await ask('/api/state')).toMatchObject({ doors: [] })
})

test('the page is told of which account a login is, and when a number of the phone is asked for', async () => {
  running = await runHub(world)
  const page = await logIn(running)
  const login = async () =>
    ((await (await page.get('/api/state')).json()) as { readonly login: unknown }).login
  await running.hub.showLogin({ state: 'scan', qr: 'x', attempt: 1, door: 'bot' }, signal)
  expect(await login()).toMatchObject({ state: 'scan', qr: 'x', door: 'bot' })
  await running.hub.showLogin({ state: 'scanned', verify: true, door: 'bot' }, signal)
  expect(await login()).toEqual({ state: 'scanned', verify: true, door: 'bot' })
  await running.hub.showLogin({ state: 'scanned' }, signal)
  expect(await login()).not.toHaveProperty('verify')
  expect(await login()).not.toHaveProperty('door')
})

const { signal } = new AbortController()
