import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ShutHub } from '../../../adapters/web/options.ts'
import { hubId } from '../../../src/core/ids.ts'
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

const stateWith = async (hubs?: () => Promise<readonly ShutHub[]>) => {
  running = await runHub(world, {}, undefined, undefined, undefined, hubs)
  const page = await logIn(running)
  return (await (await page.get('/api/state')).json()) as { readonly hubs: unknown }
}

test('the page is told which hubs are shut and why, and which rooms', async () => {
  const shut: readonly ShutHub[] = [
    { hub: hubId('telegram'), why: 'blocked', detail: 'Unblock the bot.', rooms: [] },
    { hub: hubId('other'), rooms: [{ name: '<b>王伟', detail: 'The bot was removed.' }] },
  ]
  expect((await stateWith(async () => shut)).hubs).toEqual([
    'telegram: its owner has blocked it. Unblock the bot.',
    'other, “<b>王伟”: The bot was removed.',
  ])
  await running.stop()
  const name = `${'x'.repeat(1000)}\n`
  const rooms = Array.from({ length: 7 }, () => ({ name, detail: 'y' }))
  const { hubs } = await stateWith(async () => [{ hub: hubId('other'), rooms }])
  expect(hubs).toMatchObject({ length: 6, 5: 'other: the rooms of 7 chats take nothing.' })
})

test('where nobody can tell, the page stays up and names none', async () => {
  const failing = async () => {
    throw new Error('the store is busy')
  }
  expect((await stateWith(failing)).hubs).toEqual([])
  await running.stop()
  expect((await stateWith()).hubs).toEqual([])
})
