import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { management } from '../../src/core/chat.ts'
import { type Running, start } from '../../src/main.ts'
import { secret } from '../adapters/wechat-http/lab.ts'
import { noPython, PythonGateway } from '../adapters/wechat-http/python-gateway.ts'
import { loadConfig } from '../support/config.ts'
import { fastPace } from '../support/fast-pace.ts'
import { freePort } from '../support/free-port.ts'
import { Person } from '../support/person.ts'
import { memoryLog, tempFolder } from '../support/ports.ts'
import { until } from '../support/until.ts'

// The whole bridge with its page, and docs/examples/http-gateway.py in a process of its own.

const why = noPython()

describe.skipIf(why)(`a gateway over HTTP${why ? ` (skipped: ${why})` : ''}`, () => {
  let folder: Awaited<ReturnType<typeof tempFolder>>
  let gateway: PythonGateway
  let bridge: Running
  let person: Person
  let port: number
  const log = memoryLog()

  const begin = async () => {
    const sets = [
      `data.dir=${join(folder.path, 'data')}`,
      'wechat.connector=http',
      `wechat.http.gateway=http://127.0.0.1:${gateway.port}`,
      `wechat.http.secret=${secret}`,
      `wechat.http.listen=127.0.0.1:${port}`,
      'web.port=0',
      'language=en',
      'backup.everyHours=0',
      ...fastPace,
    ]
    bridge = await start(loadConfig({ files: [], env: {}, sets }).config, { log, echoMs: 0 })
    person = await Person.at(String(bridge.page))
  }
  beforeAll(async () => {
    folder = await tempFolder()
    port = await freePort()
    const file = join(folder.path, 'state.json')
    gateway = new PythonGateway({ file, secret, bridge: `http://127.0.0.1:${port}` })
    await gateway.start()
    await begin()
  })
  afterAll(async () => {
    await bridge?.stop()
    await gateway?.kill()
    await folder?.drop()
  })

  const friend = () =>
    until(async () => (await person.chats()).find(({ name }) => name.startsWith('林小满')))
  const said = async (chat: string, part: string) =>
    (await person.messages(chat)).filter((each) => JSON.stringify(each).includes(part))
  const arrived = async () => {
    const { sent } = (await gateway.ask({ do: 'look' })) as {
      sent: Record<string, { text: string }>
    }
    return Object.values(sent).map(({ text }) => text)
  }

  test('a person logs in, is written to, and answers', async () => {
    await person.state('scan')
    await gateway.ask({ do: 'login', state: 'scanned' })
    await gateway.ask({ do: 'login', state: 'online', account: { id: 'wxid_me', name: 'Me' } })
    await person.state('online')
    await gateway.ask({ do: 'say', text: 'hello <b>there</b>' })
    const { id } = await friend()
    await until(async () => (await said(id, 'hello <b>there</b>')).length === 1)
    await person.write(id, 'hello back')
    await until(async () => (await arrived()).includes('hello back'))
    const message = { id: 7, chat: { id: 'wxid_lin', kind: 'friend' } }
    await gateway.ask({ do: 'tell', text: 'message', account: 'wxid_me', message })
    await until(async () => (await said(id, '"unsupported"')).length === 1, 'the unreadable')
  })

  test('what is written while the gateway is dead arrives once, in order, when it lives again', async () => {
    const { id } = await friend()
    const before = (await said(management.id, 'cannot be reached')).length
    await gateway.kill()
    for (const text of ['first', 'second', 'third']) await person.write(id, text)
    await person.state('offline')
    await until(async () => (await said(management.id, 'cannot be reached')).length > before)
    await gateway.start()
    await person.state('online')
    await until(async () => (await arrived()).includes('third'))
    expect(await arrived()).toEqual(['hello back', 'first', 'second', 'third'])
    await gateway.ask({ do: 'say', text: 'got them' })
    await until(async () => (await said(id, 'got them')).length === 1)
    expect(await said(management.id, 'cannot be reached')).toHaveLength(before + 1)
    for (const text of ['first', 'second', 'third']) expect(await said(id, text)).toHaveLength(1)
  })

  test('what is said while the bridge is away is there after its return, once', async () => {
    const { id } = await friend()
    await bridge.stop()
    for (const text of ['one', 'two', 'three'])
      await gateway.ask({ do: 'say', text: `${text} away` })
    await begin()
    await until(async () => (await said(id, 'three away')).length > 0)
    const texts = (await said(id, ' away')).map((each) => JSON.stringify(each))
    expect(texts.map((each) => /(one|two|three) away/.exec(each)?.[1])).toEqual([
      'one',
      'two',
      'three',
    ])
    expect((await person.login()).state).toBe('online')
    expect(log.text()).not.toContain(secret)
  })
})
