import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Unit } from '../../../src/ports/store.ts'
import { chatOf, hub, linChat, noon, post, room } from '../../contract/store/samples.ts'
import { sqliteHarness } from './harness.ts'

let t: Awaited<ReturnType<typeof sqliteHarness>>
beforeEach(async () => {
  t = await sqliteHarness()
})
afterEach(async () => {
  vi.restoreAllMocks()
  await t.drop()
})

const accept = (id: string) => (unit: Unit) => unit.accept('matrix', id, 'raw', noon)

/** What another process would find if this one died now. */
function committed(): readonly string[] {
  const raw = new DatabaseSync(t.path, { readOnly: true })
  const rows = raw.prepare('select id from inbox order by id').all()
  raw.close()
  return rows.map(({ id }) => String(id))
}

test('units of one moment share a commit, and each resolves when it is done', async () => {
  const units = ['a', 'b', 'c'].map((id) => t.store.unit(accept(id)).then(() => committed()))
  expect(committed()).toEqual([])
  expect(await Promise.all(units)).toEqual(units.map(() => ['a', 'b', 'c']))
})

test('one that fails takes nothing with it of those it shares a commit with', async () => {
  const failing = (id: string) =>
    t.store.unit(async (unit) => {
      await accept(id)(unit)
      throw new Error('changed its mind')
    })
  const broken = t.store.unit(async (unit) => {
    await accept('broken')(unit)
    await unit.accept('matrix', null as never, 'raw', noon).catch(() => {})
  })
  const all = [failing('first'), t.store.unit(accept('a')), failing('second'), broken]
  const ends = await Promise.allSettled([...all, t.store.unit(accept('b'))])
  expect(ends.map(({ status }) => status[0]).join('')).toBe('rfrrf')
  expect(committed()).toEqual(['a', 'b'])
})

test('a commit that fails fails all who share it, and nothing of them stays', async () => {
  let fails = false
  const statement = Object.getPrototypeOf(statementOf(t.path))
  const original = statement.run
  vi.spyOn(statement, 'run').mockImplementation(function (this: { sourceSQL: string }, ...values) {
    if (fails && this.sourceSQL === 'commit') {
      throw Object.assign(new Error('database or disk is full'), { errcode: 13 })
    }
    return original.apply(this, values)
  })
  fails = true
  const ends = await Promise.allSettled(['a', 'b'].map((id) => t.store.unit(accept(id))))
  const forNow = { failure: { code: 'server', heal: 'retry', certain: true } }
  for (const end of ends) expect(end).toMatchObject({ status: 'rejected', reason: forNow })
  expect(t.database.fault()).toMatchObject({ since: noon })
  expect(committed()).toEqual([])
  fails = false
  expect(await t.store.unit(accept('a'))).toBe(true)
  expect(t.database.fault()).toBeUndefined()
  expect(committed()).toEqual(['a'])
})

test('one that is urgent is committed before the loop turns, with all that came before it', async () => {
  let turned = false
  const waits = t.store.unit(accept('a'))
  await t.store.unit((unit) => unit.countChats(), { urgent: true })
  setImmediate(() => {
    turned = true
  })
  await t.store.unit(accept('b'), { urgent: true })
  expect(turned).toBe(false)
  expect(committed()).toEqual(['a', 'b'])
  await waits
})

test('what was read of portals is known to be out of date once a chat or a room is another', async () => {
  const portal = post('a').portal
  await t.store.unit(async (unit) => {
    await unit.saveChats([linChat, chatOf('other')])
    await unit.portalOf(linChat.id, hub, () => portal)
  })
  let changes = 0
  t.store.onPortals(() => {
    changes++
  })
  const told = async (work: (unit: Unit) => Promise<unknown>) => {
    changes = 0
    await t.store.unit(work)
    return changes
  }
  expect(await told((unit) => unit.saveChats([linChat]))).toBe(0)
  expect(await told((unit) => unit.portal(portal))).toBe(0)
  expect(await told((unit) => unit.bindRoom(portal, room('!r')))).toBe(1)
  expect(await told((unit) => unit.saveChats([{ ...linChat, name: 'another' }]))).toBe(1)
  expect(await told((unit) => unit.unbindRoom(portal))).toBe(1)
  expect(await told((unit) => unit.mergeChats(linChat.id, chatOf('other').id))).toBe(1)
})

function statementOf(path: string) {
  const raw = new DatabaseSync(path, { readOnly: true })
  const statement = raw.prepare('select 1')
  raw.close()
  return statement
}
