import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openFiles } from '../../adapters/files/media.ts'
import { path as matrixPath } from '../../adapters/matrix/homeserver.ts'
import { mxcParts } from '../../adapters/matrix/media.ts'
import { mediaId } from '../../src/core/ids.ts'
import { logIn, makeWorld, runHub } from '../adapters/web/page-client.ts'
import { tempFolder } from '../support/ports.ts'
import { clientOf, token } from '../support/telegram-calls.ts'
import { ok, startWire } from '../support/telegram-wire.ts'

// Names come from outside: of files, of media, of people. None of them becomes a path.

const hostile = [
  '../seal.key',
  '../../seal.key',
  '..',
  '.',
  '/etc/passwd',
  '..\\seal.key',
  '%2e%2e/seal.key',
  'a/../../seal.key',
  'seal.key\u0000.png',
  'C:\\seal.key',
  'web/../seal.key',
  'x'.repeat(5000),
]

test('media of any id is kept in its own folder and nowhere else', async () => {
  const folder = await tempFolder()
  const media = await openFiles(join(folder.path, 'media'))
  await writeFile(join(folder.path, 'seal.key'), 'the key')
  for (const id of hostile) {
    expect(await media.open(mediaId(id)), id).toBeUndefined()
    const stream = new Blob([`bytes of ${id}`]).stream()
    await media.put(mediaId(id), stream, 'text/plain')
    const opened = await media.open(mediaId(id))
    expect(await new Response(opened?.stream).text()).toBe(`bytes of ${id}`)
  }
  expect(await readdir(folder.path)).toEqual(['media', 'seal.key'])
  const names = await readdir(join(folder.path, 'media'), { recursive: true })
  const plain = /^(?:bytes|ids|temp)(?:\/[0-9a-f]{2}(?:\/[0-9a-f]{62})?)?$/
  expect(names.filter((name) => !plain.test(name))).toEqual([])
  await folder.drop()
})

test('the page gives and takes media by ids alone, whatever they are', async () => {
  const world = await makeWorld()
  const running = await runHub(world)
  const page = await logIn(running)
  await writeFile(join(world.folder, 'seal.key'), 'the key')
  await mkdir(join(world.folder, 'uploads'), { recursive: true })
  await writeFile(join(world.folder, 'uploads', 'short'), 'not ours')
  for (const id of [...hostile, 'short', 'web/short', ...hostile.map((each) => `web/${each}`)]) {
    const answer = await page.get(`/api/media?id=${encodeURIComponent(id)}`)
    expect(answer.status, id).toBe(404)
    const chat = 'wx:100/lin'
    const sent = await page.upload({ chat, id, name: 'a' }, Buffer.from('bytes'))
    expect(sent.status, id).toBeGreaterThanOrEqual(400)
  }
  expect((await readdir(join(world.folder, 'uploads'))).sort()).toEqual(['short'])
  await running.stop()
  await world.drop()
})

test('the name of a file is a name in what the page gives, and never a header', async () => {
  const world = await makeWorld()
  const running = await runHub(world)
  const page = await logIn(running)
  const id = mediaId('page')
  const kept = await world.media.put(id, new Blob(['<html>']).stream(), 'text/html')
  await world.database.store.unit(async (unit) => {
    await unit.wantMedia({ id, source: 'wx', kind: 'file', mime: 'text/html', token: 'x' }, 0)
    await unit.keepMedia(id, kept)
  })
  for (const name of [...hostile, 'a"\r\nSet-Cookie: x=y', "a';filename=b.html", '网页.html']) {
    const query = new URLSearchParams({ id, name })
    const answer = await page.get(`/api/media?${query}`)
    expect(answer.status).toBe(200)
    const told = answer.headers.get('content-disposition') ?? ''
    expect(told).toMatch(/^attachment; filename\*=UTF-8''[\w.~!$&+^`|%-]*$/)
    expect(answer.headers.get('set-cookie')).toBeNull()
    expect(answer.headers.get('content-type')).toBe('application/octet-stream')
    expect(answer.headers.get('content-security-policy')).toBe("default-src 'none'; sandbox")
    await answer.body?.cancel()
  }
  await running.stop()
  await world.drop()
})

test('no media and no id of Matrix leads to another endpoint of the homeserver', () => {
  for (const each of ['..', '.', '../../admin', 'a/../b', 'a?b', 'a#b', 'a%2fb', '']) {
    expect(mxcParts(`mxc://hs/${each}`), each).toBeUndefined()
    expect(mxcParts(`mxc://${each}/x`), each).toBeUndefined()
  }
  expect(mxcParts('mxc://hs.example:8448/AbC_-1')).toBeDefined()
  expect(() => matrixPath`/rooms/${'..'}/state`).toThrow()
  const where = new URL(`http://hs${matrixPath`/rooms/${'a/../../b?c#d'}/state`}`)
  expect(where.pathname).toBe('/rooms/a%2F..%2F..%2Fb%3Fc%23d/state')
})

test('what Telegram calls the place of a file stays under the files of the bot', async () => {
  const wire = await startWire()
  for (const path of ['../../bot/getMe', 'a/../../x', 'a/./b', 'photos/%2e%2e/x', 'a?b#c', '']) {
    wire.on((response, asked) =>
      asked.method === 'getFile' && asked.body.length > 0
        ? ok({ file_id: 'x', file_unique_id: 'x', file_path: path })(response)
        : void response.end('bytes'),
    )
    const opened = await clientOf(wire.origin)
      .file('x', AbortSignal.timeout(60_000))
      .catch(() => undefined)
    await opened?.stream.cancel()
  }
  const places = wire.asked.filter(({ body }) => body.length === 0).map(({ path }) => path)
  expect(places).toEqual([`/file/bot${token}/photos/%252e%252e/x`, `/file/bot${token}/a%3Fb%23c`])
  await wire.close()
})
