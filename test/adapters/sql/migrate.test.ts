import { join } from 'node:path'
import { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import { expect, test } from 'vitest'
import { init } from '../../../adapters/sql/migrations/0001_init.ts'
import { openSqlite } from '../../../adapters/sql/open.ts'
import { sqlite } from '../../../adapters/sql/sqlite.ts'
import { hikers, linChat, message, noon } from '../../contract/store/samples.ts'
import { tempFolder } from '../../support/ports.ts'
import { sealKey, testClock } from './harness.ts'

test('a database of the first release is brought up to date and keeps what it holds', async () => {
  const folder = await tempFolder()
  const path = join(folder.path, 'bridge.db')
  const engine = sqlite(path)
  const old = new Kysely<Record<string, Record<string, unknown>>>({ dialect: engine.dialect })
  const getMigrations = async () => ({ '0001_init': init(engine) })
  const migrator = new Migrator({ db: old, provider: { getMigrations } })
  expect((await migrator.migrateToLatest()).error).toBeUndefined()
  const { id, account, kind } = linChat
  await old
    .insertInto('chat')
    .values({ id, account, kind, data: JSON.stringify(linChat) })
    .execute()
  await old.destroy()
  engine.release()

  const database = await openSqlite({ path, sealKey, clock: testClock() })
  await database.store.unit(async (unit) => {
    await unit.saveChats([hikers])
    await unit.saveMessage(message('a'))
    await unit.markRead(id, noon)
    await unit.mergeChats(hikers.id, id)
  })
  const chats = await database.archive.chats()
  expect(chats.map(({ chat, readAt }) => [chat, readAt])).toEqual([[linChat, noon]])
  await database.close()
  await folder.drop()
})
