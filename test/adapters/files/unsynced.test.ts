import { expect, test, vi } from 'vitest'
import { openFiles } from '../../../adapters/files/media.ts'
import { mediaId } from '../../../src/core/ids.ts'
import { tempFolder } from '../../support/ports.ts'

const disk = vi.hoisted(() => ({ fails: false }))

/** A disk that does what it is told, and then cannot say that it will last. */
vi.mock('../../../adapters/files/disk.ts', async (original) => {
  const real = await original<typeof import('../../../adapters/files/disk.ts')>()
  const moveDurably = async (from: string, to: string) => {
    await real.moveDurably(from, to)
    if (disk.fails && to.includes('/ids/')) throw Object.assign(new Error('sync'), { code: 'EIO' })
  }
  return { ...real, moveDurably }
})

test('bytes that two ids have stay for the one when the other goes, also after a sync that failed', async () => {
  const temp = await tempFolder()
  const files = await openFiles(temp.path)
  for (let part = 0; part < files.parts; part++) await files.look(part)
  const [one, other] = [mediaId('one'), mediaId('other')]
  const put = (id: typeof one) => files.put(id, new Blob(['the same']).stream(), 'text/plain')
  await put(one)
  disk.fails = true
  await expect(put(other)).rejects.toThrow(/could not be used/)
  disk.fails = false
  await put(other)
  await files.drop([other])
  expect(await new Response((await files.open(one))?.stream).text()).toBe('the same')
  await files.drop([one])
  expect(files.size()).toBe(0)
  await temp.drop()
})
