import { afterEach, beforeEach, expect, test } from 'vitest'
import { accountId } from '../../../src/core/ids.ts'
import {
  account,
  hikers,
  lin,
  linChat,
  message,
  mine,
  noon,
  recall,
} from '../../contract/store/samples.ts'
import { sqliteHarness } from './harness.ts'

let t: Awaited<ReturnType<typeof sqliteHarness>>
beforeEach(async () => {
  t = await sqliteHarness()
  await t.store.unit((unit) => unit.saveChats([linChat, hikers]))
})
afterEach(() => t.drop())

const orphan = (aliases: readonly string[], chat = linChat.id, of = account) =>
  t.store.unit(async (unit) => (await unit.orphanRecall(of, aliases, chat))?.id)

test('a recall of something unknown is found by whatever it named, in its chat and account', async () => {
  const early = recall('r', ['a', 'b', 'a'])
  await t.store.unit((unit) => unit.saveMessage(early))
  await t.reopen()
  expect(await orphan(['x', 'b'])).toBe(early.id)
  expect(await orphan(['a'])).toBe(early.id)
  expect(await orphan(['x'])).toBeUndefined()
  expect(await orphan([])).toBeUndefined()
  expect(await orphan(['a'], hikers.id)).toBeUndefined()
  expect(await orphan(['a'], linChat.id, accountId('another'))).toBeUndefined()
})

test('a recall of something known is none, nor is one that names nothing', async () => {
  await t.store.unit(async (unit) => {
    await unit.saveMessage(message('a'))
    await unit.saveMessage(recall('r', ['a']), message('a').id)
    await unit.saveMessage(recall('s', []))
  })
  expect(await orphan(['a'])).toBeUndefined()
})

test('once related it is no orphan, and those who look at either are told', async () => {
  const early = recall('r', ['a', 'b'])
  await t.store.unit((unit) => unit.saveMessage(early))
  await t.store.unit((unit) => unit.saveMessage(message('a')))
  const told: string[] = []
  t.archive.watch((change) => {
    if (change.type === 'message') told.push(change.message)
  })
  await t.store.unit((unit) => unit.relate(early.id, message('a').id))
  expect(told.sort()).toEqual([message('a').id, early.id].sort())
  expect(await orphan(['a', 'b'])).toBeUndefined()
  expect((await t.archive.message(message('a').id))?.recalled).toBe(true)
  expect((await t.archive.message(early.id))?.about?.id).toBe(message('a').id)
})

test('it follows its chat when that is merged, and goes when it is forgotten', async () => {
  await t.store.unit(async (unit) => {
    await unit.saveMessage(recall('r', ['a']))
    await unit.mergeChats(linChat.id, hikers.id)
  })
  expect(await orphan(['a'], hikers.id)).toBeDefined()
  await t.store.unit((unit) => unit.forget('messages', Number.MAX_SAFE_INTEGER, 10))
  expect(await orphan(['a'], hikers.id)).toBeUndefined()
})

test('earlier recalls are counted by person, chat and time', async () => {
  const at = (name: string, when: number) => ({ ...recall(name, [name]), at: when })
  await t.store.unit(async (unit) => {
    await unit.saveMessage(at('r', noon))
    await unit.saveMessage({ ...mine('m'), at: noon })
  })
  const since = (when: number, by: Parameters<typeof ask>[1] = lin.id, chat = linChat.id) =>
    ask(when, by, chat)
  const ask = (when: number, by: 'myself' | typeof lin.id, chat: typeof linChat.id, but = 'q') =>
    t.store.unit((unit) => unit.recalledSince(chat, by, when, message(but).id))
  expect(await since(noon)).toBe(true)
  expect(await since(noon + 1)).toBe(false)
  expect(await since(noon, 'myself')).toBe(false)
  expect(await since(noon, lin.id, hikers.id)).toBe(false)
  expect(await ask(noon, lin.id, linChat.id, 'r')).toBe(false)
})

test('what was accepted is known to have been, from its own source', async () => {
  await t.store.unit((unit) => unit.accept('one', 'a', 'raw', noon))
  const was = (source: string, id: string) => t.store.unit((unit) => unit.accepted(source, id))
  expect(await was('one', 'a')).toBe(true)
  expect(await was('one', 'b')).toBe(false)
  expect(await was('two', 'a')).toBe(false)
})
