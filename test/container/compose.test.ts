import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { MatrixUser } from '../e2e/matrix-user.ts'
import { startTelegram } from '../sim/telegram/server.ts'
import { freePort } from '../support/free-port.ts'
import { Person } from '../support/person.ts'
import { until } from '../support/until.ts'
import { Stack, startApi } from './compose.ts'
import { outcome } from './engine.ts'
import { buildImage } from './image.ts'
import { onContainers } from './install.ts'
import { obtainSynapseImage } from './synapse-image.ts'

// The three stacks of compose.yaml, from nothing to messages of the sandbox on the other side.

onContainers('compose.yaml', () => {
  let api: Awaited<ReturnType<typeof startApi>>
  let stack: Stack
  let port: number

  beforeAll(async () => {
    await buildImage()
    api = await startApi()
    port = await freePort()
  }, 900_000)
  afterEach(() => stack?.drop())
  afterAll(() => api?.stop())

  const page = () => ({ PAGE_PORT: String(port), PAGE_URL: `http://127.0.0.1:${port}` })
  const healthy = (service: string) =>
    until(
      async () => (await outcome('healthcheck', 'run', await stack.container(service))).code === 0,
      `${service} to be healthy`,
      180_000,
    )
  const printed = (service: string, what: RegExp) =>
    until(
      async () => what.exec(await stack.said(service))?.[1],
      `${what} in the log of ${service}`,
      180_000,
    )
  /** The page is where PAGE_URL says, and shows people who talk. */
  const meets = async (service: string) => {
    await healthy(service)
    const address = await printed(service, /(http:\S+login\?token=\S+)/)
    expect(address).toContain(`http://127.0.0.1:${port}/`)
    const person = await Person.at(address)
    await person.state('online', 180_000)
    await until(async () => (await person.chats()).length > 2, 'chats on the page', 180_000)
  }

  test('page: the page is on loopback, and people talk', async () => {
    stack = new Stack('page', page())
    await stack.up()
    await meets('page')
    const status = await outcome('exec', await stack.container('page'), 'bridge', 'status')
    // The sandbox has nothing that lasts, and says so.
    expect(status.said).toMatch(/sandbox|沙盒/i)
    console.log('compose, page: healthy; the sandbox’s people are on the page')
  }, 600_000)

  test('telegram: the printed link makes the bridge one’s own, and chats come as topics', async () => {
    const sim = await startTelegram({ limits: false })
    const ann = sim.user('Ann', { language: 'en' })
    stack = new Stack('telegram', { ...page(), TELEGRAM_BOT_TOKEN: sim.token })
    await stack.configure('language: en\n')
    const door = await stack.door(Number(new URL(sim.apiRoot).port))
    try {
      const rate = 'rate: { perChatSecond: 1000, perGroupMinute: 1000, perSecond: 1000 }'
      await stack.configure(`language: en\ntelegram: { apiRoot: "${door.url}", ${rate} }\n`)
      await stack.up()
      await meets('telegram')
      await ann.starts(await printed('telegram', /https:\/\/t\.me\/\w+\?start=(\w+)/))
      await until(() => ann.topics(ann.id).length > 2, 'topics with chats', 180_000)
      console.log('compose, telegram: healthy; claimed by its link; chats are topics')
    } finally {
      await door.close()
      await stack.drop()
      await sim.close()
    }
  }, 600_000)

  describe('with a Synapse', () => {
    let why: string | undefined
    beforeAll(async () => {
      why = await obtainSynapseImage()
    }, 900_000)

    test('matrix: the registration is made once and shared, and chats come as rooms', async (context) => {
      context.skip(why !== undefined, why)
      const matrixPort = await freePort()
      stack = new Stack('matrix', { ...page(), SYNAPSE_PORT: String(matrixPort) })
      await stack.up()
      const homeserver = `http://127.0.0.1:${matrixPort}`
      await until(
        async () => (await fetch(`${homeserver}/_matrix/client/versions`)).ok,
        'Synapse to answer',
        180_000,
      )
      await meets('matrix')
      const about = ['--user', 'owner', '--password', 'correct horse', '--no-admin']
      const where = ['--config', '/data/homeserver.yaml', 'http://127.0.0.1:8008']
      await stack.compose(
        ...['exec', '-T', '--user', '1000', 'synapse', 'register_new_matrix_user'],
        ...[...about, ...where],
      )
      const owner = await logIn(homeserver)
      const rooms = new Set<string>()
      await until(
        async () => {
          for (const room of await owner.invitations()) {
            await owner.join(room)
            rooms.add(room)
          }
          return rooms.size > 2
        },
        'rooms of chats',
        180_000,
      )
      const agreed = await registration()
      console.log('compose, matrix: healthy; the owner is in the rooms of chats')

      await stack.compose('stop', '--timeout', '60')
      await stack.up()
      await healthy('matrix')
      expect(await registration()).toBe(agreed)
      console.log('compose, matrix: started again with the same registration')
    }, 900_000)

    const registration = async () => {
      const { code, said } = await outcome(
        ...['exec', await stack.container('matrix'), 'sha256sum', '/registration/wechat.yaml'],
      )
      expect(code).toBe(0)
      return said
    }
  })
})

async function logIn(homeserver: string): Promise<MatrixUser> {
  const answer = await fetch(`${homeserver}/_matrix/client/v3/login`, {
    method: 'POST',
    body: JSON.stringify({
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: 'owner' },
      password: 'correct horse',
    }),
  })
  const { user_id: id, access_token: token } = (await answer.json()) as Record<string, string>
  if (!id || !token) throw new Error(`No login: ${answer.status}`)
  return new MatrixUser(homeserver, id, token)
}
