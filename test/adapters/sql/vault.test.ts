import { readFile } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openSqlite } from '../../../adapters/sql/open.ts'
import { sqliteHarness, testClock } from './harness.ts'

let t: Awaited<ReturnType<typeof sqliteHarness>>
beforeEach(async () => {
  t = await sqliteHarness()
})
afterEach(() => t.drop())

const session = '{"sid":"QaN1vTqWkLs","cookie":"webwx_data_ticket=gSf"}'
const cannotUnseal = {
  message: expect.stringMatching(
    /^The entry "session" of "wechat-web" cannot be unsealed.*seal key/,
  ),
  failure: { code: 'config', heal: 'never', certain: true },
}

test('a notebook keeps its entries apart from those of others, across restarts', async () => {
  await t.database.vault('wechat-web').set('session', 'old')
  await t.database.vault('wechat-web').set('session', session)
  await t.database.vault('matrix').set('session', '')
  await t.reopen()
  expect(await t.database.vault('wechat-web').get('session')).toBe(session)
  expect(await t.database.vault('matrix').get('session')).toBe('')
  expect(await t.database.vault('web').get('session')).toBeUndefined()
  await t.database.vault('wechat-web').drop('session')
  await t.database.vault('wechat-web').drop('never was')
  expect(await t.database.vault('wechat-web').get('session')).toBeUndefined()
  expect(await t.database.vault('matrix').get('session')).toBe('')
})

test('no value is on the disk as it is, and the same value never looks the same', async () => {
  await t.database.vault('wechat-web').set('session', session)
  await t.database.vault('wechat-web').set('again', session)
  await t.database.close()
  const bytes = await readFile(t.path)
  expect(bytes.includes('QaN1vTqWkLs')).toBe(false)
  const raw = new DatabaseSync(t.path)
  const rows = raw.prepare('select sealed from secret').all()
  raw.close()
  expect(new Set(rows.map((row) => row.sealed)).size).toBe(2)
})

test('another seal key opens nothing, and says which entry and what to do', async () => {
  await t.database.vault('wechat-web').set('session', session)
  await t.database.close()
  const sealKey = new Uint8Array(32).fill(8)
  const other = await openSqlite({ path: t.path, sealKey, clock: testClock() })
  const failed = other.vault('wechat-web').get('session')
  await expect(failed).rejects.toMatchObject(cannotUnseal)
  await expect(failed).rejects.not.toThrow(/QaN1/)
  await other.close()
})

test('a changed, cut or moved value is refused', async () => {
  const vault = t.database.vault('wechat-web')
  await vault.set('session', session)
  await vault.set('other', session)
  const raw = new DatabaseSync(t.path)
  const sealed = String(
    raw.prepare("select sealed from secret where name = 'session'").get()?.sealed,
  )
  const last = sealed.at(-5) === 'A' ? 'B' : 'A'
  const moved = String(raw.prepare("select sealed from secret where name = 'other'").get()?.sealed)
  for (const wrong of [
    sealed.slice(0, -5) + last + sealed.slice(-4),
    sealed.slice(0, 20),
    '',
    '!',
    moved,
  ]) {
    raw.prepare("update secret set sealed = ? where name = 'session'").run(wrong)
    await expect(vault.get('session')).rejects.toMatchObject(cannotUnseal)
  }
  raw.close()
  expect(await vault.get('other')).toBe(session)
})

test('a seal key of the wrong size is refused before anything is opened', async () => {
  const opened = openSqlite({ path: t.path, sealKey: new Uint8Array(16), clock: testClock() })
  await expect(opened).rejects.toMatchObject({
    message: expect.stringMatching(/16 bytes, not 32/),
    failure: { code: 'config' },
  })
})
