import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { hubId, portalId, sendLine } from '../../../src/core/ids.ts'
import {
  account,
  chatOf,
  claim,
  event,
  hikers,
  hub,
  lin,
  linChat,
  lost,
  message,
  mine,
  nobody,
  noon,
  own,
  picture,
  post,
  recall,
  receipt,
  room,
  send,
  toHub,
  toWeChat,
} from '../../contract/store/samples.ts'
import { onPrepare, sqliteHarness } from './harness.ts'

let t: Awaited<ReturnType<typeof sqliteHarness>>
beforeEach(async () => {
  t = await sqliteHarness()
})
afterEach(async () => {
  vi.restoreAllMocks()
  await t.drop()
})

test('no statement searches a table from end to end', async () => {
  const texts = new Set<string>()
  await t.database.close()
  onPrepare((_, sql) => texts.add(sql))
  await t.reopen()
  await everyVerb()
  vi.restoreAllMocks()

  const raw = new DatabaseSync(t.path)
  const scans: string[] = []
  const portalPlans = new Set<string>()
  const plans = new Map<string, string[]>()
  for (const sql of texts) {
    if (!/^(select|insert|update|delete)/i.test(sql) || /sqlite_master|kysely_/.test(sql)) continue
    const plan = raw.prepare(`explain query plan ${sql}`).all()
    plans.set(
      sql,
      plan.map(({ detail }) => String(detail)),
    )
    for (const { detail } of plan) {
      if (/SCAN|TEMP B-TREE/.test(String(detail))) scans.push(`${detail}: ${sql}`)
      const ofPortal = /"outbox" where "lane" = \? and "portal" = \? and "state" = \?/.test(sql)
      if (ofPortal) portalPlans.add(String(detail))
    }
  }
  raw.close()
  expect(texts.size).toBeGreaterThan(40)
  // Whatever else waits: not one row of another portal is looked at.
  for (const plan of portalPlans) expect(plan).toMatch(/\(lane=\? AND portal=\? AND state=\?\)$/)
  expect(portalPlans.size).toBeGreaterThan(0)
  for (const [sql, plan] of exact) {
    const found = [...texts].filter((text) => sql.test(text))
    expect(found.length, String(sql)).toBeGreaterThan(0)
    for (const text of found) expect(plans.get(text)?.[0]).toMatch(plan)
  }
  const recent = [...texts].find((text) => /^select "data", \(select "message"."seq"/.test(text))
  expect(plans.get(recent ?? '')).toContainEqual(
    expect.stringMatching(/message_by_chat_seq \(chat=\?\)$/),
  )
  // All chats are asked for, all leases are freed; and what one message has is sorted when it is read.
  const allowed = [
    /^SCAN chat/,
    /^SCAN lease: update/,
    /^SCAN tally:/,
    /count\(\*\)/,
    /B-TREE.*where "message"/,
  ]
  // Of each chat only the end is looked at, and only chats are sorted.
  allowed.push(/^USE TEMP B-TREE FOR ORDER BY: select "data", \(select "message"."seq" from /)
  // That index holds nothing else, and it is read from its end no further than is asked for.
  allowed.push(/^SCAN outbox USING INDEX outbox_open: .*order by "seq" (desc|asc) limit \?$/)
  // Bounded by what a person writes in ten minutes.
  allowed.push(/B-TREE FOR DISTINCT: select distinct "portal" from "outbox" where "print" = \?/)
  expect(scans.filter((scan) => !allowed.some((some) => some.test(scan)))).toEqual([])
})

test('claiming and enqueueing stay quick with a long line in one chat', async () => {
  const lease = await own(t.store)
  await t.store.unit((unit) => unit.enqueue(toHub, post('first'), noon))
  const raw = new DatabaseSync(t.path)
  raw.exec(`insert into outbox (key, lane, portal, purpose, message, state, attempt, since, job)
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 30000)
    select 'k' || i, lane, iif(i < 20000, portal, 'another'), 'post', 'm' || i, 'queued', 0, since, job from n, outbox`)
  raw.close()
  const begun = process.cpuUsage()
  for (let i = 0; i < 50; i++) {
    const { seq } = await claim(t.store, lease, noon + 1_000 + i)
    t.clock.set(noon + 1_000 + i)
    await t.store.unit((unit) => unit.deliver(lease, seq, receipt(`$${i}`)))
    await t.store.unit((unit) => unit.enqueue(toHub, post(`n${i}`), noon))
  }
  // A search of 30 000 rows would take tens of milliseconds each time. Waiting for the disk does not count.
  const { user, system } = process.cpuUsage(begun)
  expect((user + system) / 1_000 / 50).toBeLessThan(20)
})

/** All of what these are asked by is looked up, and nothing else is walked along. */
const exact: readonly (readonly [RegExp, RegExp])[] = [
  [/^select distinct "portal" from "outbox"/, /\(print=\? AND lane=\? AND since>\?\)$/],
  [/^select \* .* "state" = \? and "lane" = \? order by "seq"$/, /\(state=\? AND lane=\?\)$/],
  [/from "turn" .*"ready_at" <= \?/, /\(lane=\? AND ready_at<\?\)$/],
  [/from "turn" .*"ready_at" is not null/, /\(lane=\? AND ready_at>\?\)$/],
  [/^update "turn" .* "ready_at" > \?$/, /\(lane=\? AND (portal=\?|ready_at>\?)\)$/],
  [/from "spent" where "lane" = \? and "at" >= \?/, /\(lane=\? AND at>\?\)$/],
  [/not in .* and "portal" = \? .*order by/, /outbox_open_by_portal \(portal=\?/],
  [/from "alias" inner join/, /^SEARCH alias .*\(account=\? AND alias=\?\)$/],
  [/from "orphan" inner join/, /^SEARCH orphan .*\(account=\? AND alias=\?\)$/],
]

/** Uses all of the store once, for the statements it makes. */
async function everyVerb(): Promise<void> {
  const { store, archive } = t
  const portal = post('a').portal
  await store.unit(async (unit) => {
    await unit.accept('a', 'b', 'c', noon)
    await unit.saveChats([linChat, hikers])
    await unit.countChats()
    await unit.recentChats(8, 0)
    await unit.chat(linChat.id)
    await unit.portalOf(linChat.id, hub, () => portal)
    await unit.bindRoom(portal, room('!r'))
    await unit.portalIn(hub, room('!r'))
    await unit.portal(portal)
    await unit.saveMessage(message('a'))
    await unit.saveMessage(mine('m'))
    await unit.saveMessage(recall('r', ['a']), message('a').id)
    await unit.saveMessage(recall('early', ['late']))
    await unit.orphanRecall(account, ['x', 'late'], linChat.id)
    await unit.relate(recall('early', []).id, message('a').id)
    await unit.recalledSince(linChat.id, lin.id, 0, message('a').id)
    await unit.accepted('a', 'b')
    await unit.messageBy(account, ['a', 'b'], linChat.id)
    await unit.latest(linChat.id, lin.id, 0)
    await unit.lastSaid(linChat.id)
    await unit.markRead(linChat.id, noon)
    await unit.joinEvent(mine('m').id, 0, hub, event('$m'))
    await unit.messageAt(hub, event('$m'))
    await unit.eventOf(mine('m').id, hub)
    await unit.sentReceipt(mine('m').id, 0)
    await unit.wantMedia(picture('p'), noon)
    await unit.wantedMedia(noon, 9)
    await unit.missMedia(picture('p').id, 'why', noon)
    await unit.missMedia(picture('p').id, 'why', undefined)
    await unit.wantAgain(picture('p').id, noon)
    await unit.saveMessage(message('i', { content: { kind: 'image', media: picture('p') } }))
    await unit.keepMedia(picture('p').id, { bytes: 1, mime: 'a/b', sha256: 'ab' })
    await unit.keptMedia(picture('p').id)
    for (const name of ['m', 'n', 'o']) await unit.enqueue(toWeChat, send(name), noon)
    await unit.enqueue(toHub, post('a'), noon)
  })
  const lease = await own(store, toWeChat)
  await store.renew(lease, 9)
  const { seq } = await claim(store, lease)
  await store.unit((unit) => unit.retry(lease, seq, noon, lost))
  await claim(store, lease)
  await store.unit((unit) => unit.bury(lease, seq, 'dead', lost))
  await store.unit(async (unit) => {
    await unit.requeue(seq, noon)
    await unit.settle(send('n').key, receipt('x'))
    await unit.nextDue(lease, nobody)
    await unit.uncertain(lease)
    await unit.depth()
  })
  const next = await claim(store, lease, noon * 2)
  await store.unit((unit) => unit.deliver(lease, next.seq, receipt('y')))
  await store.release(lease)
  await store.unit(async (unit) => {
    const doubtful = chatOf('doubtful')
    await unit.saveChats([doubtful])
    await unit.portalOf(doubtful.id, hub, () => portalId('other'))
    await unit.bindRoom(portalId('other'), room('!o'))
    await unit.portalOf(doubtful.id, hubId('web'), () => portalId('third'))
    await unit.saveMessage(message('d', { chat: doubtful.id }))
    const line = { chat: doubtful.id, portal: sendLine(doubtful.id) }
    await unit.enqueue(toWeChat, send('d', line), noon)
    await unit.mergeChats(doubtful.id, linChat.id)
    await unit.mergedInto(doubtful.id)
    await unit.portalIn(hub, room('!o'))
  })
  await store.unit(async (unit) => {
    await unit.accepted('a', 'b')
    await unit.eventsOf(message('a').id, hub)
    await unit.orphanRecall(account, ['x', 'y'], linChat.id)
    await unit.relate(recall('r', []).id, message('a').id)
    await unit.recalledSince(linChat.id, lin.id, 0, message('a').id)
    await unit.setSetting(linChat.id, 'a', 'b')
    await unit.setting(linChat.id, 'a')
    await unit.setSetting(linChat.id, 'a', undefined)
    await unit.enqueue(toWeChat, send('waits'), noon, noon * 2)
    await unit.hold(toWeChat, send('held'), noon, lost)
    await unit.repeats(toWeChat, 'text', linChat.id, noon, 3)
    const last = await unit.lastWaiting(toWeChat, send('waits').portal)
    await unit.amend(toWeChat, last?.seq ?? 0, send('waits'))
    await unit.hurry(toWeChat, send('waits').portal, noon)
    await unit.hasten(toWeChat, noon, noon)
    await unit.lines(toWeChat, 9, 9)
    await unit.lanes()
    await unit.spent(toWeChat, noon)
    await unit.knows(send('held').key)
    const [held] = await unit.deadLetters(9)
    const before = 1_000_000
    for (const oldest of [{}, { oldest: true } as const]) {
      await unit.deadLetters(9, { before, ...oldest })
      await unit.deadLetters(9, { chat: linChat.id, ...oldest })
      await unit.deadLetters(9, { chat: linChat.id, before, ...oldest })
      await unit.deadLetters(9, { message: message('a').id, ...oldest })
    }
    await unit.deadLetter(held?.seq ?? 0)
    await unit.drop(held?.seq ?? 0)
    await unit.withdraw(send('waits').key)
  })
  await archive.lanes()
  await archive.deadLetters(9, 99)
  await archive.chats()
  await archive.messages(linChat.id, 9)
  await archive.messages(linChat.id, 9, 5)
  await archive.message(message('a').id)
  await archive.media(picture('p').id)
  const vault = t.database.vault('me')
  await vault.set('a', 'b')
  await vault.get('a')
  await vault.drop('a')
}
