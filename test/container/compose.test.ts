import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { MatrixUser } from '../e2e/matrix-user.ts'
import { startTelegram } from '../sim/telegram/server.ts'
import { freePort } from '../support/free-port.ts'
import type { Replacement } from '../support/guide.ts'
import { Person } from '../support/person.ts'
import { until } from '../support/until.ts'
import { commands, Stack, type StackOptions, startApi } from './compose.ts'
import { openDoor } from './door.ts'
import { outcome } from './engine.ts'
import { buildImage } from './image.ts'
import { onContainers } from './install.ts'
import { obtainSynapseImage } from './synapse-image.ts'

// The three stacks of compose.yaml by the words of the guide, from nothing to messages of the sandbox on the other side.

const heading = 'From nothing to a scanned login'

onContainers('compose.yaml', () => {
  let api: Awaited<ReturnType<typeof startApi>>
  let ends: (() => unknown)[] = []

  beforeAll(async () => {
    await buildImage()
    api = await startApi()
  }, 900_000)
  afterEach(async () => {
    for (const end of ends.reverse()) await end()
    ends = []
  })
  afterAll(() => api?.stop())

  const make = async (options: StackOptions) => {
    const stack = await Stack.make(options)
    ends.push(stack.drop)
    return stack
  }
  /** What the line of the guide that shows the log shows, once it does. */
  const shown = (stack: Stack, line: string, what: RegExp) =>
    until(async () => what.exec(await stack.follow(line))?.[1], `${what}: ${line}`, 180_000)
  /** The page is where PAGE_URL says, and shows people who talk. */
  const meets = async (stack: Stack, service: string, line: string) => {
    await stack.healthy(service)
    const address = await shown(stack, line, /(http:\S+login\?token=\S+)/)
    expect(address).toContain(`http://127.0.0.1:${stack.port}/`)
    const person = await Person.at(address)
    await person.state('online', 180_000)
    await until(async () => (await person.chats()).length > 2, 'chats on the page', 180_000)
  }

  test('page: the page is on loopback, and people talk', async () => {
    const stack = await make({ profile: 'page' })
    const block = commands(heading, 0)
    await stack.follow(block)
    await meets(stack, 'page', last(block))
    const status = await outcome('exec', await stack.container('page'), 'bridge', 'status')
    // The sandbox has nothing that lasts, and says so.
    expect(status.said).toMatch(/sandbox|沙盒/i)
    expect(stack.unused()).toEqual([])
    console.log('compose, page: healthy; the sandbox’s people are on the page')
  }, 600_000)

  test('telegram: the printed link makes the bridge one’s own, and chats come as topics', async () => {
    const sim = await startTelegram({ limits: false })
    ends.push(() => sim.close())
    const ann = sim.user('Ann', { language: 'en' })
    const table: readonly Replacement[] = [
      ['123456:your-token', sim.token, 'the token of a bot that is there'],
    ]
    const stack = await make({ profile: 'telegram', table })
    const block = commands(heading, 1)
    // The token first: compose.yaml asks for nothing else.
    await stack.follow(first(block))
    await stack.create()
    const door = await openDoor(`${stack.name}_default`, Number(new URL(sim.apiRoot).port))
    ends.push(door.close)
    await stack.set('telegram', {
      language: 'en',
      'telegram.apiRoot': door.url,
      'telegram.rate.perChatSecond': '1000',
      'telegram.rate.perGroupMinute': '1000',
      'telegram.rate.perSecond': '1000',
    })
    await stack.follow(block.slice(first(block).length))
    await meets(stack, 'telegram', last(block))
    await ann.starts(await shown(stack, last(block), /https:\/\/t\.me\/\w+\?start=(\w+)/))
    await until(() => ann.topics(ann.id).length > 2, 'topics with chats', 180_000)
    expect(stack.unused()).toEqual([])
    console.log('compose, telegram: healthy; claimed by its link; chats are topics')
  }, 600_000)

  describe('with a Synapse', () => {
    let why: string | undefined
    beforeAll(async () => {
      why = await obtainSynapseImage()
    }, 900_000)

    test('matrix: the registration is made once and shared, and chats come as rooms', async (context) => {
      context.skip(why !== undefined, why)
      const port = await freePort()
      const table: readonly Replacement[] = [
        [' exec ', ' exec -T ', 'there is no terminal here'],
        ['--user me', '--user me --password "correct horse"', 'nobody is here to type it'],
      ]
      const stack = await make({ profile: 'matrix', env: { SYNAPSE_PORT: String(port) }, table })
      const homeserver = `http://127.0.0.1:${port}`
      const block = commands(heading, 2)
      const registers = block.indexOf('docker compose --profile matrix exec')
      await stack.follow(block.slice(0, registers))
      await until(
        async () => (await fetch(`${homeserver}/_matrix/client/versions`)).ok,
        'Synapse to answer',
        180_000,
      )
      await meets(stack, 'matrix', 'docker compose --profile matrix logs matrix')
      await stack.follow(block.slice(registers))
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
      const agreed = await registration(stack)
      console.log('compose, matrix: healthy; the owner is in the rooms of chats')

      await stack.compose('stop --timeout 60')
      await stack.compose('up -d')
      await stack.healthy('matrix')
      expect(await registration(stack)).toBe(agreed)
      expect(stack.unused()).toEqual([])
      console.log('compose, matrix: started again with the same registration')
    }, 900_000)

    const registration = async (stack: Stack) => {
      const { code, said } = await outcome(
        ...['exec', await stack.container('matrix'), 'sha256sum', '/registration/wechat.yaml'],
      )
      expect(code).toBe(0)
      return said
    }
  })
})

const first = (block: string): string => block.slice(0, block.indexOf('\n'))
const last = (block: string): string => block.slice(block.lastIndexOf('\n') + 1)

async function logIn(homeserver: string): Promise<MatrixUser> {
  const answer = await fetch(`${homeserver}/_matrix/client/v3/login`, {
    method: 'POST',
    body: JSON.stringify({
      type: 'm.login.password',
      identifier: { type: 'm.id.user', user: 'me' },
      password: 'correct horse',
    }),
  })
  const { user_id: id, access_token: token } = (await answer.json()) as Record<string, string>
  if (!id || !token) throw new Error(`No login: ${answer.status}`)
  return new MatrixUser(homeserver, id, token)
}
