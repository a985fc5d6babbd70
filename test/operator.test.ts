import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Operator } from '../adapters/control/operator.ts'
import { standing } from '../adapters/control/wire.ts'
import type { Database } from '../adapters/sql/open.ts'
import type { QueueView } from '../src/bridge/queue-view.ts'
import { standingWords } from '../src/cli/words.ts'
import { contactId, messageId, portalId, sendKey, sendLine } from '../src/core/ids.ts'
import { createOperator, type Told } from '../src/operator.ts'
import type { Login } from '../src/ports/wechat.ts'
import { account, bury, friend, hold, lane, makeData, messageOf, write } from './backup/ground.ts'
import { realClock, tempFolder } from './support/ports.ts'

let temp: Awaited<ReturnType<typeof tempFolder>>
let database: Database
beforeEach(async () => {
  temp = await tempFolder()
  ;({ database } = await makeData(join(temp.path, 'data'), []))
})
afterEach(async () => {
  await database.close()
  await temp.drop()
})

const operator = (more: Partial<Told> = {}): Operator =>
  createOperator({
    database,
    clock: realClock,
    language: 'en',
    copy: async () => undefined,
    restoredAt: undefined,
    ...more,
  })

async function inLine(): Promise<readonly string[]> {
  const lease = await database.store.take(lane, 'a test', 60_000)
  if (!lease) throw new Error('the lane is taken')
  const texts: string[] = []
  for (;;) {
    const [item] = await database.store.unit((unit) =>
      unit.ready(lease, Date.now() + 1000, 1, new Set()),
    )
    if (!item) break
    texts.push(item.job.body.kind === 'text' ? String(item.job.body.text) : item.job.body.kind)
    await database.store.unit((unit) => unit.markSending(lease, item.seq, Date.now()))
    const receipt = { ids: [String(item.seq)], at: 1 }
    await database.store.unit((unit) => unit.deliver(lease, item.seq, receipt))
  }
  await database.store.release(lease)
  return texts
}

test('all that surely did not arrive is put back, in its order; what may have arrived is not', async () => {
  const texts = Array.from({ length: 120 }, (_, n) => `text ${n}`)
  await write(database, texts)
  for (const _ of texts) await bury(database, 'dead')
  await write(database, ['perhaps'])
  await bury(database, 'unknown')
  await hold(database, ['held'])
  expect(await operator().retry('all')).toEqual({ done: 120, left: 2 })
  expect(await inLine()).toEqual(texts)
  const left = await operator().letters(10)
  expect(left.map(({ state }) => state).sort()).toEqual(['held', 'unknown'])
})

test('what is given up while all is put back is not put back again and again', async () => {
  await write(database, ['one', 'two'])
  await bury(database, 'dead')
  await bury(database, 'dead')
  const { store } = database
  let units = 0
  const busy: Pick<Database, 'store' | 'archive'> = {
    ...database,
    store: {
      ...store,
      async unit(work) {
        const result = await store.unit(work)
        if (++units > 1 && units < 20) await bury(database, 'dead').catch(() => undefined)
        return result
      },
    },
  }
  expect(await operator({ database: busy }).retry('all')).toMatchObject({ done: 2 })
})

test('what was held back in parts goes, or is dropped, as one', async () => {
  const message = messageOf('long')
  await database.store.unit(async (unit) => {
    await unit.saveChats([friend])
    await unit.saveMessage(message)
    for (const part of [0, 1, 2]) {
      const job = {
        type: 'send',
        key: sendKey(message.id, part),
        clientId: String(part).repeat(17),
        portal: sendLine(friend.id),
        message: message.id,
        part,
        chat: friend.id,
        body: { kind: 'text', text: `part ${part}` },
      } as const
      const failure = { code: 'rate', heal: 'never', certain: true } as const
      await unit.hold(lane, job, Date.now(), failure)
    }
  })
  const [last] = await operator().letters(1)
  expect(await operator().retry(last?.seq ?? 0)).toEqual({ done: 3, left: 0 })
  expect(await inLine()).toEqual(['part 0', 'part 1', 'part 2'])
})

test('everything can be dropped, and nothing that is not there', async () => {
  await write(database, ['one'])
  await bury(database, 'unknown')
  await hold(database, ['held'])
  expect(await operator().drop('all')).toEqual({ done: 2, left: 0 })
  await expect(operator().drop(1)).rejects.toThrow('There is no delivery number 1')
  await expect(operator().retry(1)).rejects.toThrow('Nothing was changed')
  expect(await operator().letters(10)).toEqual([])
})

test('texts are one line, short, and move nothing on a terminal', async () => {
  const hostile = `a\u001b[2J\r\nb\u202ec\u0007${'x'.repeat(500)}`
  await database.store.unit((unit) =>
    unit.saveChats([{ ...friend, name: `Lin\n\u001b]0;title\u0007` }]),
  )
  await database.store.unit(async (unit) => {
    await unit.saveMessage({ ...messageOf('x'), content: { kind: 'text', text: hostile } })
  })
  await write(database, ['x'])
  await bury(database, 'dead')
  await database.store.unit((unit) =>
    unit.saveChats([{ ...friend, name: `Lin\n\u001b]0;title\u0007` }]),
  )
  const [letter] = await operator().letters(1)
  expect(letter?.chat).toBe('Lin ]0;title')
  expect(letter?.what).toMatch(/^a \[2J bc x+…$/)
  expect([...(letter?.what ?? '')].length).toBeLessThanOrEqual(80)
})

test('posts are told by the hub they were for', async () => {
  const message = messageOf('shown nowhere')
  await database.store.unit(async (unit) => {
    await unit.saveChats([friend])
    await unit.saveMessage(message)
    const portal = portalId('portal')
    const job = {
      type: 'post',
      key: messageId('post/1') as never,
      portal,
      message: message.id,
      part: 0,
      at: 1,
      speaker: { type: 'me' },
      body: { kind: 'text', text: [{ text: 'x' }] },
    } as const
    const failure = { code: 'refused', heal: 'never', certain: true } as const
    await unit.hold('matrix' as never, job, Date.now(), failure)
  })
  expect(await operator().letters(1)).toMatchObject([
    { towards: 'hub', lane: 'matrix', chat: 'Lin', what: 'shown nowhere', why: 'it was refused' },
  ])
})

test('how things stand: login, line, allowance, fault, copy', async () => {
  await write(database, ['one', 'two'])
  const me = { id: contactId('wx:100/me'), name: 'Lin\u202e' }
  const login = (): Login => ({ state: 'online', account, me })
  const used = { used: 3, of: 15 }
  const view: QueueView = {
    allowance: () => ({ minute: used, hour: used, day: used, newcomer: true }),
    estimate: (place) => place * 60_000,
    closed: () => undefined,
  }
  const before = Date.now()
  const standing = await operator({
    login,
    lines: () => [{ door: 'main', lane, view }],
    fault: () => 'no room',
    copy: async () => ({ path: '/copies/one', at: 5 }),
    restoredAt: 6,
  }).standing()
  expect(standing).toMatchObject({
    login: { state: 'online', name: 'Lin' },
    lanes: [{ lane, waiting: 2, since: expect.any(Number) }],
    dead: 0,
    allowance: { minute: used, newcomer: true },
    fault: 'no room',
    copy: { path: '/copies/one', at: 5 },
    restoredAt: 6,
  })
  expect(standing.allowance?.emptyAt).toBeGreaterThanOrEqual(before + 120_000)
  expect((await operator().standing()).login).toEqual({ state: 'stopped' })
})

test('where there are several doors, each is told with its own line', async () => {
  await write(database, ['one', 'two'])
  const used = { used: 3, of: 15 }
  const view: QueueView = {
    allowance: () => ({ minute: used, hour: used, day: used }),
    estimate: (place) => place * 60_000,
    closed: () => undefined,
  }
  const me = { id: contactId('wx:100/me'), name: 'Lin' }
  const online: Login = { state: 'online', account, me }
  const kicked: Login = { state: 'offline', reason: 'kicked', relogin: true }
  const now = await operator({
    login: () => online,
    doors: () => [
      { id: 'main', login: kicked },
      { id: 'second', login: online },
    ],
    lines: () => [{ door: 'second', lane, view }],
  }).standing()
  expect(now.allowance).toBeUndefined()
  expect(now.doors).toMatchObject([
    { door: 'main', login: { state: 'offline', why: expect.stringContaining('offline') } },
    { door: 'second', login: { state: 'online', name: 'Lin' }, allowance: { minute: used } },
  ])
  expect(now.doors?.[0]?.allowance).toBeUndefined()
  expect(standing.parse(now)).toEqual(now)
  const words = standingWords(now, Date.now(), { language: 'en', timezone: 'UTC' })
  expect(words).toMatch(/^main: .*offline/m)
  expect(words).toMatch(/^second: .*Lin/m)
})
