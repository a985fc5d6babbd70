import { mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openFiles } from '../../../adapters/files/media.ts'
import { mediaId } from '../../../src/core/ids.ts'
import { type MediaHarness, mediaContract, png, streamOf } from '../../contract/media.ts'
import { tempFolder } from '../../support/ports.ts'

async function make(): Promise<MediaHarness & { readonly dir: string }> {
  const folder = await tempFolder()
  const dir = join(folder.path, 'media')
  let media = await openFiles(dir)
  return {
    dir,
    get media() {
      return media
    },
    async reopen() {
      media = await openFiles(dir)
    },
    async size() {
      let bytes = 0
      for (const file of await files(join(dir, 'bytes'))) bytes += (await stat(file)).size
      return bytes
    },
    drop: folder.drop,
  }
}

async function files(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

mediaContract({ name: 'files', make })

const id = mediaId('wechat/1')

test('bytes are found by their hash, and nothing is named by an id', async () => {
  const t = await make()
  const { sha256 } = await t.media.put(mediaId('secret-name'), streamOf(png), 'image/png')
  const path = join(t.dir, 'bytes', sha256.slice(0, 2), sha256.slice(2))
  expect((await readFile(path)).equals(png)).toBe(true)
  expect((await stat(path)).mode & 0o077).toBe(0)
  const names = await files(t.dir)
  expect(names).toHaveLength(2)
  expect(names.join()).not.toContain('secret-name')
  expect(await readdir(join(t.dir, 'temp'))).toEqual([])
  await t.drop()
})

test('what a crash left is cleaned away, and what was kept stays', async () => {
  const t = await make()
  await t.media.put(id, streamOf(png), 'image/png')
  const orphan = join(t.dir, 'bytes', 'ab', 'cd'.repeat(31))
  await mkdir(join(t.dir, 'bytes', 'ab'), { recursive: true })
  await writeFile(orphan, 'bytes whose pointer was never written')
  await writeFile(join(t.dir, 'temp', 'half'), 'half of a file')
  await writeFile(join(t.dir, 'bytes', 'notes.txt'), 'not ours')
  await t.reopen()
  expect(await readdir(join(t.dir, 'temp'))).toEqual([])
  const left = (await files(join(t.dir, 'bytes'))).filter((path) => !path.endsWith('notes.txt'))
  expect(left).toHaveLength(1)
  expect(await t.media.open(id)).toMatchObject({ mime: 'image/png', bytes: png.length })
  await t.drop()
})

test('bytes that were cut or pointers that are damaged are as good as none, and can be put anew', async () => {
  const t = await make()
  for (const folder of ['bytes', 'ids']) {
    await t.media.put(id, streamOf(png), 'image/png')
    const [path] = await files(join(t.dir, folder))
    await truncate(path!, 5)
    expect(await t.media.open(id)).toBeUndefined()
    await t.reopen()
    await t.media.drop([id])
    await t.media.put(id, streamOf(png), 'image/png')
    const opened = await t.media.open(id)
    expect(Buffer.from(await new Response(opened?.stream).arrayBuffer()).equals(png)).toBe(true)
  }
  await t.drop()
})

test('a folder that cannot be used is said to be so', async () => {
  const t = await make()
  await writeFile(join(t.dir, 'file'), '')
  await expect(openFiles(join(t.dir, 'file'))).rejects.toMatchObject({
    message: expect.stringMatching(/^The media folder could not be used: ENOTDIR/),
    failure: { code: 'server', heal: 'retry', certain: true },
  })
  await t.drop()
})

test('a stream is let go of when its bytes cannot be written', async () => {
  const t = await make()
  await t.drop()
  let cancelled = false
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(png),
    cancel: () => {
      cancelled = true
    },
  })
  await expect(t.media.put(id, stream, 'image/png')).rejects.toMatchObject({
    failure: { code: 'server' },
  })
  expect(cancelled).toBe(true)
})
