import { copyFile, mkdir, open, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { backupName, copySqlite } from '../../../adapters/sql/backup.ts'
import { refuseDamaged } from '../../../adapters/sql/check.ts'
import { openSqlite } from '../../../adapters/sql/open.ts'
import { message, noon, own, post, toHub } from '../../contract/store/samples.ts'
import { sealKey, sqliteHarness, testClock } from './harness.ts'

let t: Awaited<ReturnType<typeof sqliteHarness>>
let backups: string
beforeEach(async () => {
  t = await sqliteHarness()
  backups = join(dirname(t.path), 'copies of it')
})
afterEach(() => t.drop())

const opened = (path = t.path) => openSqlite({ path, sealKey, clock: testClock(), backups })
const refusal = (message: RegExp) => ({
  message: expect.stringMatching(message),
  failure: { code: 'config', heal: 'never', certain: true },
})

async function fill(count = 400): Promise<void> {
  await t.store.unit(async (unit) => {
    for (let i = 0; i < count; i++) await unit.saveMessage(message(`m${i}`))
  })
}

/** Writes nonsense over the leaves of the table of messages, as a dying disk does. */
async function spoil(path: string): Promise<void> {
  const file = await open(path, 'r+')
  const { size } = await file.stat()
  for (let at = 40 * 4_096; at < size; at += 4_096) {
    await file.write(Buffer.alloc(4_096, 0xa5), 0, 4_096, at)
  }
  await file.close()
}

test('a damaged database is refused with the cure, and left as it is', async () => {
  await fill()
  await t.database.close()
  const refused = refusal(/is damaged .*There is no backup in .*restore a backup.*anew/)
  const { size } = await stat(t.path)

  await truncate(t.path, size - 8_192)
  await expect(opened()).rejects.toMatchObject(refused)
  await truncate(t.path, size)
  await expect(opened()).rejects.toMatchObject(refused)
  await writeFile(t.path, 'these are not the bytes of a database, but of a letter'.repeat(99))
  await expect(opened()).rejects.toMatchObject(refused)
  expect(String(await readFile(t.path))).toMatch(/^these are not/)
  // The refusal has let go of the lock.
  await expect(opened()).rejects.toMatchObject(refused)
})

test('the refusal names the newest backup, and the command that restores it', async () => {
  await fill()
  for (const at of [noon, noon + 1_000]) await copySqlite(t.path, join(backups, backupName(at)))
  await writeFile(join(backups, backupName(noon + 2_000)), 'cut off')
  await t.database.close()
  await spoil(t.path)
  const newest = join(backups, 'bridge-2023-11-14T22-13-21-000Z.sqlite')
  const error = await opened().then(
    () => '',
    (thrown: Error) => thrown.message,
  )
  expect(error).toContain(`The database ${t.path} is damaged (`)
  expect(error).toContain(`npm run bridge -- restore ${newest}`)
  await copyFile(newest, t.path)
  const database = await opened()
  expect(await database.archive.message(message('m399').id)).toBeDefined()
  await database.close()
})

test('a large database that was closed cleanly is not read whole, but what matters of it is', async () => {
  await fill()
  await t.store.unit((unit) => unit.enqueue(toHub, post('a'), noon))
  await t.database.close()
  const refuse = (clean: boolean) => {
    const db = new DatabaseSync(t.path)
    try {
      refuseDamaged(db, t.path, clean, 0)
    } finally {
      db.close()
    }
  }
  refuse(true)
  const sound = await readFile(t.path)
  const page = (table: string) => {
    const db = new DatabaseSync(t.path, { readOnly: true })
    const row = db.prepare('select rootpage from sqlite_master where name = ?').get(table)
    db.close()
    return Number(row?.rootpage)
  }
  const break_ = async (table: string) => {
    await writeFile(t.path, sound)
    const at = page(table) * 4_096
    const file = await open(t.path, 'r+')
    await file.write(Buffer.alloc(64, 0xff), 0, 64, at - 4_096)
    await file.close()
  }
  await break_('turn')
  expect(() => refuse(true)).toThrow()
  await break_('message')
  refuse(true)
  expect(() => refuse(false)).toThrow()
  await writeFile(t.path, sound)
  await truncate(t.path, sound.byteLength - 4_096)
  expect(() => refuse(true)).toThrow(/malformed/)
})

test('damage met while running ends everything with the same words', async () => {
  await fill(2_000)
  await mkdir(backups)
  await copySqlite(t.path, join(backups, backupName(noon)))
  await t.database.close()
  // Found only when it is touched: it happens after the opening.
  const database = await opened()
  const lease = await own(database.store)
  const blocker = new DatabaseSync(t.path)
  blocker.exec('PRAGMA wal_checkpoint(truncate)')
  blocker.close()
  await spoil(t.path)
  const broken = refusal(/is damaged .*restore .*bridge-2023-11-14T22-13-20-000Z\.sqlite/)
  const reading = database.store.unit(async (unit) => {
    for (let i = 0; i < 2_000; i++) await unit.message(message(`m${i}`).id)
  })
  await expect(reading).rejects.toMatchObject(broken)
  // Whatever comes later, though it would not have touched what is damaged: nobody goes on as if nothing were wrong.
  await expect(database.store.renew(lease, 1_000)).rejects.toMatchObject(broken)
  await expect(database.store.take(toHub, 'x', 1_000)).rejects.toMatchObject(broken)
  await expect(database.archive.depth()).rejects.toMatchObject(broken)
  expect(database.fault()).toBeUndefined()
  await database.close()
})
