import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createClient, RecallCache } from '../../../../adapters/wechat-web/client/client.ts'
import type { Core } from '../../../../adapters/wechat-web/client/core.ts'
import { saveTo } from '../../../../adapters/wechat-web/client/fetch-media.ts'
import type { ClientMessage } from '../../../../adapters/wechat-web/client/message.ts'
import { Roster } from '../../../../adapters/wechat-web/client/roster.ts'
import { receiverOf } from '../../../../adapters/wechat-web/client/send.ts'
import { realClock, tempFolder } from '../../../support/ports.ts'
import { quick } from '../lab.ts'
import { type Recorded, startRecorder } from '../recorder.ts'
import { type Bench, online } from './bench.ts'

let b: Bench
let folder: Awaited<ReturnType<typeof tempFolder>>
beforeEach(async () => {
  b = await online()
  folder = await tempFolder()
})
afterEach(async () => {
  await b.close()
  await folder.drop()
})

const done = (more: object) => ({ body: JSON.stringify({ BaseResponse: { Ret: 0 }, ...more }) })

test('filehelper is the file helper, whoever else may be called so', () => {
  const roster = new Roster()
  const self = { UserName: '@me', NickName: '阿墨' }
  roster.learn([self, { UserName: '@lin', NickName: 'filehelper' }])
  const core = { roster, self } as unknown as Core
  expect(receiverOf(core, 'filehelper')).toBe('filehelper')
  expect(receiverOf(core, '阿墨')).toBe('filehelper')
  expect(receiverOf(core, '@lin')).toBe('@lin')
  expect(() => receiverOf(core, 'nobody')).toThrow('Nobody')
})

test('a file is media: the next send keeps the distance of media', async () => {
  const path = join(folder.path, 'a.pdf')
  await writeFile(path, '%PDF-1.7')
  const waits: number[] = []
  const sleep: typeof realClock.sleep = (ms, signal) => {
    waits.push(ms)
    return realClock.sleep(Math.min(ms, 20), signal)
  }
  const client = createClient({
    loginBase: b.sandbox.origin,
    timeouts: quick,
    clock: { ...realClock, sleep },
    pace: { sendMs: 100, mediaMs: 90_000 },
  })
  expect((await client.login()).ok).toBe(true)
  expect((await client.sendFile(path)).ok).toBe(true)
  expect((await client.sendText('next')).ok).toBe(true)
  expect(waits.some((ms) => ms > 80_000 && ms <= 90_000)).toBe(true)
  await client.close()
})

test('a file above 25 MiB carries the signature of its check, also when uploaded before', async () => {
  const answers: Readonly<Record<string, object>> = {
    webwxcheckupload: { MediaId: '', AESKey: 'key', Signature: 'signed' },
    webwxuploadmedia: { MediaId: '@crypt_big' },
    webwxsendappmsg: { MsgID: '5' },
  }
  const recorder = await startRecorder(b.sandbox.origin, ({ name }: Recorded) => {
    const answer = answers[name]
    return answer && done(answer)
  })
  const { origin } = recorder
  const pace = { sendMs: 0, mediaMs: 0 }
  const bases = { loginBase: b.sandbox.origin, entryBase: origin, fileBase: origin }
  const client = createClient({ ...bases, pushBase: origin, timeouts: quick, pace })
  const path = join(folder.path, 'big.bin')
  await writeFile(path, Buffer.alloc(26_214_401))
  await client.login()
  expect((await client.sendFile(path)).ok).toBe(true)
  const { mediaId } = await client.uploadFile(path)
  expect((await client.sendFile(path, 'filehelper', mediaId)).ok).toBe(true)
  const sent = recorder.of('webwxsendappmsg').map((each) => JSON.parse(String(each.body)))
  expect(sent.map((each) => each.Msg.Signature)).toEqual(['signed', 'signed'])
  await client.close()
  await recorder.close()
})

test('a recall WeChat refused leaves that of the phone to be told', async () => {
  const msgId = await b.control.phoneSay('lin', 'oops')
  await b.hear('text', (each) => each.msgId === msgId)
  b.control.fault({ path: 'webwxrevokemsg', how: { ret: 1 } })
  expect((await b.client.revoke(msgId, b.control.userName('lin'))).ok).toBe(false)
  await b.control.recall(msgId)
  const note = await b.hear('note')
  expect(note.recall?.target.aliases).toContain(msgId)
})

test('two downloads into one file do not mix', async () => {
  const target = join(folder.path, 'x'.repeat(240))
  const slow = (letter: string, pieces: number) => ({
    mime: 'text/plain',
    stream: new ReadableStream<Uint8Array>({
      async pull(controller) {
        await realClock.sleep(2, new AbortController().signal)
        if (pieces-- > 0) controller.enqueue(Buffer.from(letter.repeat(10)))
        else controller.close()
      },
    }),
  })
  await Promise.all([saveTo(slow('a', 20), target), saveTo(slow('b', 10), target)])
  expect(await readFile(target, 'utf8')).toMatch(/^(?:a{200}|b{100})$/)
})

test('bytes the recall cache cannot keep do not end the program', async () => {
  const rejected: unknown[] = []
  const note = (reason: unknown) => rejected.push(reason)
  process.on('unhandledRejection', note)
  const file = join(folder.path, 'no folder')
  await writeFile(file, '')
  const cache = new RecallCache({ folder: file })
  cache.keep(attachment('1', 'a.pdf'))
  await realClock.sleep(50, new AbortController().signal)
  process.off('unhandledRejection', note)
  await cache.clear()
  expect(rejected).toEqual([])
})

test('the recall cache keeps what has the longest of names', async () => {
  const cache = new RecallCache({ folder: folder.path })
  const name = `${'x'.repeat(236)}.pdf`
  cache.keep(attachment('4678145519179227673', name))
  const recall = { kind: 'recall', target: { aliases: ['4678145519179227673'] } }
  const kept = await cache.take({ kind: 'note', recall } as unknown as ClientMessage)
  expect(await readFile(kept?.file ?? '', 'utf8')).toBe('bytes')
})

function attachment(msgId: string, fileName: string): ClientMessage {
  const download = async (path: string) => {
    await writeFile(path, 'bytes')
    return { ok: true }
  }
  return { kind: 'attachment', msgId, fileName, download } as unknown as ClientMessage
}
