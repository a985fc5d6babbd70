import { lookup } from 'node:dns'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { Agent } from 'node:http'
import type { LookupFunction } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TelegramApi } from '../../../adapters/telegram/api.ts'
import { createFiles } from '../../../adapters/telegram/files.ts'
import { tempFolder } from '../../support/ports.ts'
import { clientOf, failure, never, token } from '../../support/telegram-calls.ts'
import { fails, ok, startWire, type Wire } from '../../support/telegram-wire.ts'

let wire: Wire
let api: TelegramApi

beforeEach(async () => {
  wire = await startWire()
  api = clientOf(wire.origin)
})
afterEach(() => wire.close())

describe('a file', () => {
  const bytesOf = async (opened: { stream: ReadableStream<Uint8Array> }) =>
    Buffer.from(
      await new Response(opened.stream as ReadableStream<Uint8Array<ArrayBuffer>>).arrayBuffer(),
    )

  it('comes from where Telegram says that it is', async () => {
    wire.on((response, { method }) => {
      if (method === 'getFile') return ok({ file_path: 'photos/a b.jpg', file_size: 5 })(response)
      response.end('bytes')
    })
    const opened = await api.file('id', never)
    expect(opened.bytes).toBe(5)
    expect((await bytesOf(opened)).toString()).toBe('bytes')
    expect(wire.asked[1]?.path).toBe(`/file/bot${token}/photos/a%20b.jpg`)
  })

  it('comes also where it takes longer to connect than a connection is kept idle', async () => {
    wire.on((response) => void response.end('bytes'))
    const slowly: LookupFunction = (_, how, done) =>
      void setTimeout(() => lookup('127.0.0.1', how, done), 100)
    const agent = new Agent({ keepAlive: true, timeout: 20, lookup: slowly })
    const apiRoot = wire.origin.replace('127.0.0.1', 'localhost')
    const asked = (async () => ({ file_path: 'a.jpg' })) as unknown as TelegramApi['call']
    const file = createFiles({ token, apiRoot, agent, filesDir: undefined }, asked)
    expect((await bytesOf(await file('id', never))).toString()).toBe('bytes')
  })

  it('that is too large names the cure', async () => {
    wire.on(fails(400, 'Bad Request: file is too big'))
    const error = await failure(api.file('id', never))
    expect(error.failure).toMatchObject({ code: 'tooLarge', heal: 'never' })
    expect(error.message).toContain('local Bot API server')
  })

  it('that is not there any more is gone, which says nothing about the token', async () => {
    wire.on((response, { method }) => {
      if (method === 'getFile') return ok({ file_path: 'a' })(response)
      fails(404, 'Not Found')(response)
    })
    expect((await failure(api.file('id', never))).failure).toMatchObject({ code: 'gone' })
  })

  it('that breaks off tells its reader so', async () => {
    wire.on((response, { method }) => {
      if (method === 'getFile') return ok({ file_path: 'a' })(response)
      response.writeHead(200, { 'content-length': '100' }).write('half')
      setImmediate(() => response.socket?.resetAndDestroy())
    })
    const opened = await api.file('id', never)
    expect((await failure(bytesOf(opened))).failure).toMatchObject({
      code: 'network',
      heal: 'retry',
    })
  })

  it('of a local server is read from its folder, and from nowhere else', async () => {
    const folder = await tempFolder()
    const filesDir = join(folder.path, 'files')
    await mkdir(filesDir)
    await writeFile(join(filesDir, 'a.bin'), 'from disk')
    await writeFile(join(folder.path, 'key'), 'private')
    await symlink(join(folder.path, 'key'), join(filesDir, 'link'))
    const at = (path: string, dir: string | undefined = filesDir) => {
      wire.on(ok({ file_path: path }))
      return clientOf(wire.origin, { ...(dir !== undefined && { filesDir: dir }) }).file(
        'id',
        never,
      )
    }
    const opened = await at(join(filesDir, 'a.bin'))
    expect(opened.bytes).toBe(9)
    expect((await bytesOf(opened)).toString()).toBe('from disk')
    for (const path of [
      join(folder.path, 'key'),
      join(filesDir, '..', 'key'),
      join(filesDir, 'link'),
      join(filesDir, 'nothing'),
      filesDir,
    ]) {
      expect((await failure(at(path))).failure.code).toBe('config')
    }
    wire.on(ok({ file_path: join(filesDir, 'a.bin') }))
    expect((await failure(api.file('id', never))).message).toContain('telegram.filesDir')
    await folder.drop()
  })
})
