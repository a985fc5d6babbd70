import { getEventListeners } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import { type Database, openSqlite } from '../../adapters/sql/open.ts'
import { createWeChatPace } from '../../src/bridge/allowance.ts'
import type { Parts } from '../../src/bridge/parts.ts'
import { weChatLane } from '../../src/core/ids.ts'
import type { Item } from '../../src/ports/store.ts'
import type { Vault } from '../../src/ports/vault.ts'
import { memoryLog } from '../support/ports.ts'
import { account, minute, rules, settled } from './pump-items.ts'
import { virtualClock } from './virtual.ts'

const clock = virtualClock()
const refused = {} as Item
let database: Database | undefined
afterEach(async () => {
  await database?.close()
  database = undefined
})

/** The allowances of one process; with others it shares what is stored. */
async function open(change: (vault: Vault) => Vault = (vault) => vault) {
  database ??= await openSqlite({ path: ':memory:', sealKey: new Uint8Array(32), clock })
  const vault = change(database.vault('bridge'))
  const { store } = database
  const parts = { store, vault, clock, random: () => 0.5, log: memoryLog(), pace: rules }
  return createWeChatPace(parts as Partial<Parts> as Parts, weChatLane(account))
}

test('coming online once more before what was noted is read does not wipe it out', async () => {
  const before = await open()
  await before.load()
  await before.limited(0, refused)
  const after = await open()
  await after.online()
  await after.load()
  expect(after.pausedMs()).toBe(5 * minute)
})

test('a back-off that could not be noted is kept when the lane begins anew', async () => {
  const full = async () => {
    throw new Error('no room')
  }
  const pace = await open((vault) => ({ ...vault, set: full }))
  await pace.load()
  await pace.limited(0, refused)
  await pace.load()
  expect(pace.pausedMs()).toBe(5 * minute)
  await pace.limited(0, refused)
  expect(pace.pausedMs()).toBe(15 * minute)
})

test('who may not go out leaves nothing behind that waits for the lane to stop', async () => {
  const pace = await open()
  await pace.load()
  const { signal } = new AbortController()
  const turn = { bucket: 'a', media: false, isOpen: () => false }
  for (let n = 0; n < 9; n++) await pace.run(turn, signal, async () => undefined)
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('after what took long the next one keeps its distance all the same', async () => {
  const pace = await open()
  await pace.load()
  const { signal } = new AbortController()
  const began = clock.steady()
  const begun: number[] = []
  const takes = (ms: number, chat: string) => {
    const turn = { bucket: chat, media: false, isOpen: () => true }
    return pace.run(turn, signal, async (spend) => {
      spend()
      begun.push(clock.steady() - began)
      await clock.sleep(ms, signal)
    })
  }
  const all = [takes(60_000, 'a'), takes(0, 'a'), takes(0, 'b')]
  await clock.pass(5 * minute, settled)
  await Promise.all(all)
  expect(begun).toEqual([0, 62_750, 67_250])
})
