import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Forgettable, Place } from '../../../src/ports/forgetting.ts'
import {
  linChat,
  lost,
  message,
  noon,
  picture,
  post,
  send,
  toHub,
  toWeChat,
} from '../../contract/store/samples.ts'
import { onPrepare, sqliteHarness } from './harness.ts'

const sorts: readonly Forgettable[] = ['messages', 'raws', 'inbox', 'sent', 'spent', 'missed']
const place: Place = { at: 1, last: 0 }

let t: Awaited<ReturnType<typeof sqliteHarness>>
beforeEach(async () => {
  t = await sqliteHarness()
})
afterEach(async () => {
  vi.restoreAllMocks()
  await t.drop()
})

test('forgetting searches and sorts nothing', async () => {
  const texts = new Set<string>()
  await t.database.close()
  onPrepare((_, sql) => texts.add(sql))
  await t.reopen()
  texts.clear()
  await t.store.unit(async (unit) => {
    await unit.saveChats([linChat])
    await unit.saveMessage(message('a'))
    await unit.wantMedia(picture('a'), noon)
    await unit.wantedMedia(noon, 9)
    await unit.newest()
    for (const what of sorts) {
      await unit.forget(what, noon * 2, 9)
      await unit.forget(what, noon * 2, 9, place)
    }
    await unit.oldMedia(noon, 'message', 9)
    await unit.oldMedia(noon, 'profile', 9, { at: 1, last: 'x' })
    await unit.forgetMedia([picture('a').id])
    await unit.redate(1, noon, 9)
  })
  vi.restoreAllMocks()
  const raw = new DatabaseSync(t.path)
  const bad: string[] = []
  const plans: string[] = []
  for (const sql of texts) {
    if (!/^(select|update|delete)/i.test(sql)) continue
    for (const { detail } of raw.prepare(`explain query plan ${sql}`).all()) {
      plans.push(String(detail))
      if (/SCAN(?! message USING INDEX message_heard_by_at)|TEMP B-TREE/.test(String(detail))) {
        bad.push(`${detail}: ${sql}`)
      }
    }
  }
  raw.close()
  expect(texts.size).toBeGreaterThan(25)
  expect(bad).toEqual([])
  // Not along all that is remembered for months without its text.
  for (const index of ['inbox_with_raw', 'media_wanted_by_due', 'message_heard_by_at']) {
    expect(plans.join('\n')).toContain(index)
  }
})

test('a step takes as long with a long past as without', async () => {
  await t.store.unit(async (unit) => {
    await unit.saveChats([linChat])
    await unit.saveMessage(message('a'))
    await unit.enqueue(toHub, post('a'), noon)
    await unit.hold(toWeChat, send('a'), noon, lost)
    await unit.keepMedia(picture('a').id, { bytes: 1, mime: 'a/b', sha256: 'ab' })
  })
  const step = async () => {
    const begun = performance.now()
    await t.store.unit(async (unit) => {
      for (const what of sorts) await unit.forget(what, noon + 1e6, 50, place)
      await unit.oldMedia(noon, 'message', 50)
      await unit.newest()
      await unit.redate(noon * 2, noon, 50)
    })
    return performance.now() - begun
  }
  for (let i = 0; i < 3; i++) await step()
  const raw = new DatabaseSync(t.path)
  const n = 'with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000)'
  // Emptied events, messages that a dead letter needs, and media that it carries.
  raw.exec(`
    insert into inbox (source, id, raw, at) ${n} select 's', 'e' || i, '', i from n;
    insert into message (id, account, chat, kind, speaker, at, data, arrived)
      ${n} select 'm' || i, 'a', 'c', 'text', 'contact/x', 5, '{}', 5 from n;
    insert into outbox (key, lane, portal, purpose, message, state, attempt, since, job, media)
      ${n} select 'k' || i, 'l', 'p' || i, 'post', 'm' || i, 'dead', 1, 5, '{}', 'x' || i from n;
    insert into media (id, state, ref, rank, attempt, at, due, bytes)
      ${n} select 'x' || i, 'kept', '{}', 0, 0, 5, 5, 1 from n;`)
  raw.close()
  const times: number[] = []
  for (let i = 0; i < 5; i++) times.push(await step())
  // Looking at all of them takes hundreds of milliseconds.
  expect(Math.min(...times)).toBeLessThan(30)
})
