import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import {
  createClient,
  RecallCache,
  toWebwx,
} from '../../../../adapters/wechat-web/client/client.ts'
import type { ClientMessage } from '../../../../adapters/wechat-web/client/message.ts'
import { readState, writeState } from '../../../../adapters/wechat-web/client/state-file.ts'
import { realClock, tempFolder } from '../../../support/ports.ts'
import { until } from '../../../support/until.ts'
import { quick } from '../lab.ts'
import { type Bench, clientTo, online } from './bench.ts'

let b: Bench | undefined
afterEach(async () => {
  await b?.close()
  b = undefined
})

describe('the stored login', () => {
  test('trap 24: a resumed session that brings nothing is alive; one that WeChat ended is not', async () => {
    b = await online()
    const folder = await tempFolder()
    const file = join(folder.path, 'state')
    await b.client.dumpLoginStatus(file)
    await b.client.stop()
    const again = clientTo(b.sandbox.origin)
    expect(await again.loadLoginStatus(file)).toMatchObject({ ok: true })
    await again.stop()
    const empty = { BaseResponse: { Ret: 1101, ErrMsg: '' }, AddMsgList: [], ModContactList: [] }
    b.control.fault({ path: 'webwxsync', how: { body: JSON.stringify(empty) } })
    expect(await again.loadLoginStatus(file)).toMatchObject({ ok: false, ret: -1003 })
    await again.close()
    await folder.drop()
  })

  test('trap 25: names of a session are forgotten with it', async () => {
    b = await online()
    const old = b.control.userName('lin')
    await b.control.kick()
    await b.client.startReceiving()
    expect((await b.client.login()).ok).toBe(true)
    expect(b.client.find(old)).toBeUndefined()
    expect(b.client.find(b.control.userName('lin'))?.nickName).toBe('林小满🌿')
  })

  test('trap 27: a state file is whole at every moment, and half of one is no login', async () => {
    const folder = await tempFolder()
    const file = join(folder.path, 'state')
    const state = (size: number) => ({ notes: { a: 'x'.repeat(size) }, contacts: [] })
    await writeState(file, state(10))
    const writes = Promise.all([1e5, 2e5, 3e5, 4e5].map((size) => writeState(file, state(size))))
    let reads = 0
    let over = false
    void writes.finally(() => {
      over = true
    })
    while (!over) {
      expect((await readState(file)).notes.a).toMatch(/^x{10}/)
      reads += 1
    }
    await writes
    expect(reads).toBeGreaterThan(0)
    expect(await readdir(folder.path)).toEqual(['state'])
    await mkdir(join(folder.path, 'taken'))
    await expect(writeState(join(folder.path, 'taken'), state(1))).rejects.toThrow()
    expect((await readdir(folder.path)).sort()).toEqual(['state', 'taken'])
    const text = await readFile(file, 'utf8')
    for (const half of [text.slice(0, 100), '', 'null', '[]', '{"version":1}']) {
      await writeFile(file, half)
      const client = clientTo('http://127.0.0.1:9')
      expect(await client.loadLoginStatus(file)).toMatchObject({ ok: false, ret: -1005 })
      await client.close()
    }
    await folder.drop()
  })
})

describe('messages', () => {
  test('trap 62: the key is meIsAt, and not isAtMe', async () => {
    b = await online()
    await b.control.say('wu', '@所有人 集合', 'hikers')
    const seen = toWebwx(await b.hear('text', (each) => each.text.includes('集合')))
    expect(seen).toHaveProperty('meIsAt', true)
    expect(seen).not.toHaveProperty('isAtMe')
  })

  test('trap 68: the echo of a recall of one’s own is left out; one made on the phone is told', async () => {
    b = await online()
    const lin = b.control.userName('lin')
    const sent = await b.client.sendText('mine', lin)
    expect((await b.client.revoke(sent.msgId ?? '', lin)).ok).toBe(true)
    const other = await b.control.phoneSay('lin', 'from the phone')
    await b.hear('text', (each) => each.msgId === other)
    await b.control.recall(other, 'phone')
    const note = await b.hear('note', (each) => each.kind === 'note' && each.recall !== undefined)
    expect(note.recall?.target.aliases).toContain(other)
    const recalls = b.heard.filter((each) => each.kind === 'note' && each.recall)
    expect(recalls).toHaveLength(1)
  })

  test('trap 85: neither a reply nor an answer of a handler reads files', async () => {
    b = await online()
    b.client.on('text', {}, (message) => message.text)
    await b.control.say('lin', '@fil@/etc/passwd')
    await until(async () => {
      await b?.client.configuredReply(50)
      return b?.control.delivered().some((each) => each.text === '@fil@/etc/passwd')
    })
    expect(b.asked('webwxuploadmedia')).toHaveLength(0)
  })

  test('trap 87: sends keep their distance and their order, without any setting', async () => {
    b = await online()
    const folder = await tempFolder()
    const file = join(folder.path, 'state')
    await b.client.dumpLoginStatus(file)
    await b.client.stop()
    let now = 0
    const waits: number[] = []
    const clock = {
      now: () => Date.now() + now,
      steady: realClock.steady,
      sleep: async (ms: number, signal: AbortSignal) => {
        if (ms >= 900 && ms <= 3000) {
          waits.push(ms)
          now += ms
          return
        }
        await realClock.sleep(ms, signal)
      },
    }
    const client = createClient({ loginBase: b.sandbox.origin, timeouts: quick, clock })
    expect((await client.loadLoginStatus(file)).ok).toBe(true)
    await Promise.all(['1', '2', '3', '4'].map((each) => client.sendText(each)))
    expect(b.control.delivered().map((each) => each.text)).toEqual(['1', '2', '3', '4'])
    expect(waits.length).toBeGreaterThanOrEqual(3)
    for (const each of waits) expect(each).toBeGreaterThan(900)
    await client.close()
    await folder.drop()
  })
})

describe('the recall cache', () => {
  test('gives out what a recall names, by id, once, and only while it lives', async () => {
    b = await online()
    let now = 1000
    const cache = new RecallCache({ lifeMs: 100, now: () => now, max: 2 })
    const said = async (text: string) => {
      const id = await b?.control.say('lin', text)
      const message = await b?.hear('text', (each) => each.msgId === id)
      cache.keep(message as ClientMessage)
      return id ?? ''
    }
    const recall = async (id: string) => {
      await b?.control.recall(id)
      const note = await b?.hear(
        'note',
        (each) => each.kind === 'note' && !!each.recall?.target.aliases.includes(id),
      )
      return note as ClientMessage
    }
    const first = await recall(await said('one'))
    expect((await cache.take(first))?.message.text).toBe('one')
    expect(await cache.take(first)).toBeUndefined()
    const second = await recall(await said('two'))
    now += 100
    expect(await cache.take(second)).toBeUndefined()
    await said('three')
    await said('four')
    await said('five')
    expect(cache.size).toBe(2)
  })

  test('keeps the bytes of media, and removes them when they are too old', async () => {
    b = await online()
    const folder = await tempFolder()
    let now = 0
    const cache = new RecallCache({ folder: join(folder.path, 'kept'), lifeMs: 10, now: () => now })
    await b.control.share('lin', { kind: 'file', name: '../x.txt', bytes: Buffer.from('bytes') })
    cache.keep(await b.hear('attachment'))
    const files = () => readdir(join(folder.path, 'kept')).catch(() => [])
    await until(async () => (await files()).some((each) => !each.endsWith('.part')))
    now = 10
    cache.sweep()
    await until(async () => (await files()).length === 0)
    expect(await readdir(folder.path)).toEqual(['kept'])
    await folder.drop()
  })
})
