import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isHeld } from '../../../adapters/sql/held.ts'
import { keyFits } from '../../../adapters/sql/key-fits.ts'
import { openSqlite } from '../../../adapters/sql/open.ts'
import { realClock, tempFolder } from '../../support/ports.ts'

let temp: Awaited<ReturnType<typeof tempFolder>>
let path: string
beforeEach(async () => {
  temp = await tempFolder()
  path = join(temp.path, 'bridge.sqlite')
})
afterEach(() => temp.drop())

const open = (sealKey: Uint8Array) => openSqlite({ path, sealKey, clock: realClock })

test('a key is tried on what each owner has sealed, whoever has the database', async () => {
  const [one, other] = [randomBytes(32), randomBytes(32)]
  const first = await open(one)
  try {
    expect(await keyFits(path, one)).toBeUndefined()
    await first.vault('a').set('login', 'secret')
    expect(await keyFits(path, one)).toBe(true)
    expect(await keyFits(path, other)).toBe(false)
  } finally {
    await first.close()
  }
  // A key that was changed, and then used: some of it opens.
  const second = await open(other)
  await second.vault('b').set('login', 'secret')
  await second.close()
  expect(await keyFits(path, one)).toBe(false)
  expect(await keyFits(path, other)).toBe(false)
})

test('whether somebody has it is seen without asking for it', async () => {
  expect(isHeld(path)).toBe(false)
  const database = await open(new Uint8Array(32))
  expect(isHeld(path)).toBe(true)
  await database.close()
  expect(isHeld(path)).toBe(false)
})
