import { unlinkSync } from 'node:fs'
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { makeBackup } from '../../src/backup/make.ts'
import { hashOf, readManifest } from '../../src/backup/manifest.ts'
import { linkTree } from '../../src/backup/tree.ts'
import { tempFolder } from '../support/ports.ts'
import { bury, makeData, openData, textsIn, write } from './ground.ts'

let temp: Awaited<ReturnType<typeof tempFolder>>
let data: string
beforeEach(async () => {
  temp = await tempFolder()
  data = join(temp.path, 'data')
})
afterEach(() => temp.drop())

const at = Date.UTC(2026, 0, 31, 8, 30)

test('a backup of an open database holds what was written, its files and its key, and says so', async () => {
  const { database, key } = await makeData(data, ['one', 'two'])
  await bury(database, 'dead')
  const target = join(temp.path, 'copy')
  const made = await makeBackup({ folder: data, ownKey: true }, target, at)
  await write(database, ['later'])
  await database.close()
  expect(made).toMatchObject({
    at: '2026-01-31T08:30:00.000Z',
    rows: { chats: 1, messages: 2, queued: 1, dead: 1 },
    uploads: { files: 1, bytes: 8 },
    sealKey: true,
  })
  expect(made.media.files).toBeGreaterThanOrEqual(2)
  expect(await readManifest(target)).toEqual(made)
  expect((await readFile(join(target, 'seal.key'), 'utf8')).trim()).toBe(key)
  expect(made.database.sha256).toBe(await hashOf(join(target, 'bridge.sqlite')))
  const copy = await openData(target, key)
  expect(await textsIn(copy)).toEqual(['one', 'two'])
  expect(await copy.vault('wechat-web').get('session')).toBe('the login')
  await copy.close()
})

test('nobody else can read a backup', async () => {
  const { database } = await makeData(data, ['one'])
  await database.close()
  const target = join(temp.path, 'copy')
  await makeBackup({ folder: data, ownKey: true }, target, at)
  for (const name of await readdir(target, { recursive: true })) {
    const found = await stat(join(target, name))
    expect(found.mode & 0o077, name).toBe(0)
  }
  expect((await stat(target)).mode & 0o777).toBe(0o700)
})

test('media is linked, not copied, and what was cut off is left out', async () => {
  const { database } = await makeData(data, ['one'])
  await writeFile(join(data, 'media', 'temp', 'half'), 'half a picture')
  await writeFile(join(data, 'uploads', 'half.part'), 'half an upload')
  const target = join(temp.path, 'copy')
  await makeBackup({ folder: data, ownKey: true }, target, at)
  await database.close()
  const names = await readdir(join(target, 'media'), { recursive: true })
  expect(names).not.toContain('temp')
  expect(await readdir(join(target, 'uploads'))).toEqual(['an-upload-of-the-page'])
  const [file] = (await readdir(join(target, 'media', 'bytes'), { recursive: true })).filter(
    (name) => name.includes('/'),
  )
  const [one, other] = await Promise.all(
    [data, target].map((folder) => stat(join(folder, 'media', 'bytes', file ?? ''))),
  )
  expect(one?.ino).toBe(other?.ino)
})

test('files that vanish while they are copied are left out', async () => {
  const from = join(temp.path, 'from')
  await mkdir(from)
  for (let n = 0; n < 20; n++) await writeFile(join(from, `f${n}`), 'x')
  const to = join(temp.path, 'to')
  const { files } = await linkTree(from, to, (name) => {
    // Between the look and the link.
    if (Number(name.slice(1)) % 2) unlinkSync(join(from, name))
    return false
  })
  expect(files).toBe(10)
  expect(await readdir(to)).toHaveLength(10)
})

test('what is there is never overwritten, and nothing is left of a backup that failed', async () => {
  const { database } = await makeData(data, ['one'])
  await database.close()
  const source = { folder: data, ownKey: true }
  const target = join(temp.path, 'copy')
  await makeBackup(source, target, at)
  const before = await readFile(join(target, 'manifest.json'), 'utf8')
  await expect(makeBackup(source, target, at)).rejects.toThrow('exists already')
  expect(await readFile(join(target, 'manifest.json'), 'utf8')).toBe(before)
  await mkdir(`${join(temp.path, 'busy')}.partial`)
  await expect(makeBackup(source, join(temp.path, 'busy'), at)).rejects.toThrow('was cut off')
  const damaged = join(temp.path, 'damaged')
  await mkdir(damaged)
  await writeFile(join(damaged, 'bridge.sqlite'), 'no database at all'.repeat(1000))
  const broken = makeBackup({ folder: damaged, ownKey: true }, join(temp.path, 'none'), at)
  await expect(broken).rejects.toThrow(/not copied/)
  const stopping = AbortSignal.abort(new Error('interrupted'))
  await expect(makeBackup(source, join(temp.path, 'none'), at, stopping)).rejects.toThrow(
    'interrupted',
  )
  expect((await readdir(temp.path)).sort()).toEqual(['busy.partial', 'copy', 'damaged', 'data'])
})

test('a key of the configuration is no part of a backup', async () => {
  const { database } = await makeData(data, ['one'])
  await database.close()
  const target = join(temp.path, 'copy')
  const made = await makeBackup({ folder: data, ownKey: false }, target, at)
  expect(made.sealKey).toBe(false)
  expect(await readdir(target)).not.toContain('seal.key')
})

test('a backup within what it copies is refused, and leaves nothing there', async () => {
  const { database } = await makeData(data, ['one'])
  await database.close()
  const source = { folder: data, ownKey: true }
  await symlink(join(data, 'media'), join(temp.path, 'elsewhere'))
  for (const target of ['data/media/copy', 'data/uploads/copy', 'elsewhere/copy']) {
    const refused = makeBackup(source, join(temp.path, target), at)
    await expect(refused).rejects.toThrow(/is within what is copied/)
  }
  expect(await readdir(join(data, 'uploads'))).toEqual(['an-upload-of-the-page'])
  await makeBackup(source, join(data, 'backups', 'copy'), at)
  const second = await makeBackup(source, join(data, 'backups', 'again'), at)
  expect(second.uploads.files).toBe(1)
})
