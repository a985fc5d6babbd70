import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Fault, Sandbox } from '../../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../../src/sandbox/server.ts'
import { bytesOf, failure, jpeg, sha } from '../../contract/connector/jobs.ts'
import { memoryVault } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { connectorTo, type Desk, online, run } from './lab.ts'

let sandbox: Sandbox
let desk: Desk
const vault = () => memory
let memory = memoryVault()

beforeEach(async () => {
  memory = memoryVault()
  sandbox = await startSandbox({ holdMs: 300 })
  desk = await online(sandbox, connectorTo(sandbox.origin, vault()))
})
afterEach(async () => {
  await desk.stop()
  await sandbox.close()
})

const within = () => AbortSignal.timeout(20_000)

type How = Fault['how']

describe('downloads, whatever the server answers', () => {
  async function picture(bytes: Uint8Array) {
    await sandbox.control.picture('lin', bytes)
    return until(() => {
      const content = desk.messages.at(-1)?.content
      return content?.kind === 'image' && content.media
    }, 'the picture')
  }

  test.each<How>([
    'empty',
    'html',
    '500',
    'reset',
    'refuse',
    { body: '{"BaseResponse":{"Ret":1}}' },
  ])('a picture that once answers %j comes at the next try', async (how) => {
    const bytes = jpeg(3000)
    const media = await picture(bytes)
    sandbox.control.fault({ path: 'webwxgetmsgimg', how })
    const { stream, mime } = await desk.connector.download(media, within())
    expect(mime).toBe('image/jpeg')
    expect(sha(await bytesOf(stream))).toBe(sha(bytes))
  })

  test('a picture that goes on being nothing is gone', async () => {
    const media = await picture(jpeg(10))
    sandbox.control.fault({ path: 'webwxgetmsgimg', how: 'empty', times: 9 })
    const error = await failure(desk.connector.download(media, within()))
    expect(error.failure).toMatchObject({ code: 'gone', heal: 'never' })
  })

  test('a token of nonsense is gone, and of another account needs that account', async () => {
    const media = await picture(jpeg(10))
    for (const token of ['', 'null', '{"type":"avatar","user":"nobody"}', '{"type":"x"}']) {
      const error = await failure(desk.connector.download({ ...media, token }, within()))
      expect(error.failure.code).toBe('gone')
    }
    const error = await failure(
      desk.connector.download({ ...media, source: 'wechat/wx:2' }, within()),
    )
    expect(error.failure.code).toBe('session')
  })

  test('an avatar keeps its id while the picture is the same, across logins', async () => {
    const before = await desk.chat('林小满🌿')
    await sandbox.control.kick()
    await desk.state('offline')
    desk.connector.login({ code: true })
    await desk.state('online')
    const after = await desk.chat('林小满🌿')
    expect(after.avatar).toEqual(before.avatar)
    if (!after.avatar) throw new Error('the friend has a picture')
    const { stream } = await desk.connector.download(after.avatar, within())
    expect((await bytesOf(stream)).length).toBeGreaterThan(100)
  })
})

test('one connector runs once', async () => {
  await expect(run(desk.connector, sandbox.control).stop()).rejects.toThrow('running already')
})
