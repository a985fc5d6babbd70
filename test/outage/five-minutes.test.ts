import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ClientEvent } from '../e2e/matrix-user.ts'
import { synapseUnavailable } from '../e2e/synapse-install.ts'
import { type BridgeProcess, startBridgeProcess } from '../support/bridge-process.ts'
import { freePort } from '../support/free-port.ts'
import { type MatrixGround, type MatrixWorld, matrixGround } from '../support/matrix-world.ts'
import { realClock } from '../support/ports.ts'
import { until } from '../support/until.ts'

const seconds = Number(process.env.OUTAGE_SECONDS ?? 300)
const soonMs = 2_000
const friends = ['lin', 'zhou'] as const
const why = synapseUnavailable()

describe.skipIf(why)(`a homeserver that is away for ${seconds} s${why ? ` (${why})` : ''}`, () => {
  let ground: MatrixGround
  let world: MatrixWorld
  let bridge: BridgeProcess
  let door: Door

  beforeAll(async () => {
    door = await openDoor()
    ground = await matrixGround({ door: door.url })
    door.leadsTo(ground.bridgePort)
    world = await ground.world()
    bridge = startBridgeProcess({ sets: world.sets })
    await bridge.ready
    await world.logIn()
  })
  afterAll(async () => {
    await bridge?.stop()
    await world?.drop()
    await ground?.drop()
    await door?.close()
  })

  test('loses nothing, keeps each room in order, and is served within two seconds of its return', {
    timeout: seconds * 1000 + 240_000,
  }, async () => {
    const { control } = world.sandbox
    const { alice } = world
    const rooms = new Map<string, string>()
    for (const who of friends) {
      await control.say(who, `hello ${who}`)
      rooms.set(who, await until(() => roomOf(`hello ${who}`), `the room of ${who}`, 60_000))
    }

    // Under load on both sides when it goes away.
    const said = new Map<string, number>(friends.map((who) => [who, 0]))
    let wrote = 0
    let isOver = false
    const chatter = (async () => {
      while (!isOver) {
        for (const who of friends) {
          const n = (said.get(who) ?? 0) + 1
          said.set(who, n)
          await control.say(who, `in ${n} ${who}`)
        }
        await realClock.sleep(1_000, never)
      }
    })()
    const write = async (upTo: number) => {
      for (; wrote < upTo; wrote++) {
        for (const who of friends) await alice.say(rooms.get(who) ?? '', `out ${wrote}`)
      }
    }
    await write(15)
    const before = await newest(rooms.get('zhou') ?? '')
    // It takes more than it can tell of before it is killed: that is lost, but for the rooms.
    door.hold()
    await write(20)
    await ground.synapse.stop()
    for (const who of friends) expect(delivered(who).length).toBeLessThan(wrote)
    await realClock.sleep(seconds * 1000, never)

    door.open()
    await ground.synapse.start()
    const back = performance.now()
    // What the homeserver lost when it was killed is older than this.
    const writing = write(40)
    const first = await until(() => door.first(), 'the first transaction', 30_000)
    await until(
      async () => (await newest(rooms.get('zhou') ?? '')) !== before || undefined,
      'the first post',
      30_000,
    )
    const post = performance.now()
    expect(first - back).toBeLessThan(soonMs)
    console.log(
      `away ${seconds} s: the first transaction after ${Math.round(first - back)} ms, a post after ${Math.round(post - back)} ms`,
    )
    await writing
    isOver = true
    await chatter

    const sent = Array.from({ length: wrote }, (_, n) => `out ${n}`)
    for (const who of friends) {
      await until(
        () => delivered(who).length >= wrote || undefined,
        () => `what was written to ${who}; there is ${delivered(who).join(', ')}`,
        60_000,
      )
      expect(delivered(who)).toEqual(sent)
    }
    for (const who of friends) {
      const all = Array.from({ length: said.get(who) ?? 0 }, (_, n) => `in ${n + 1} ${who}`)
      const room = rooms.get(who) ?? ''
      // The whole of a room is read once: looking at it again and again would keep the homeserver from the rest.
      await until(() => isLatest(room, all.at(-1) ?? ''), `all of what ${who} said`, 240_000)
      expect(await texts(room, who)).toEqual(all)
    }

    async function roomOf(words: string): Promise<string | undefined> {
      for (const room of await alice.invitations()) await alice.join(room)
      const { joined_rooms } = (await alice.call('GET', '/joined_rooms')) as {
        joined_rooms: string[]
      }
      for (const room of joined_rooms) {
        if ((await alice.events(room)).some((event) => bodyOf(event) === words)) return room
      }
      return undefined
    }
    async function texts(room: string, who: string): Promise<readonly string[]> {
      const all = (await alice.events(room)).map(bodyOf)
      return all.filter((text) => text.startsWith('in ') && text.endsWith(who))
    }
    async function isLatest(room: string, words: string): Promise<true | undefined> {
      const path = `/rooms/${encodeURIComponent(room)}/messages?dir=b&limit=20`
      const { chunk } = (await alice.call('GET', path)) as { chunk: ClientEvent[] }
      if (chunk.some((event) => bodyOf(event) === words)) return true
      await realClock.sleep(500, never)
      return undefined
    }
    async function newest(room: string): Promise<string> {
      const path = `/rooms/${encodeURIComponent(room)}/messages?dir=b&limit=1`
      const { chunk } = (await alice.call('GET', path)) as { chunk: ClientEvent[] }
      return chunk[0]?.event_id ?? ''
    }
    function delivered(who: string): readonly string[] {
      return control.delivered().flatMap(({ to, text }) => (to === who ? [text] : []))
    }
  })
})

/** The way from the homeserver to the bridge, watched. */
interface Door {
  readonly url: string
  leadsTo(port: number): void
  /** From now on transactions are neither let through nor answered. */
  hold(): void
  open(): void
  /** When (`performance.now`) the first transaction since it was opened was let through with an answer. */
  first(): number | undefined
  close(): Promise<void>
}

async function openDoor(): Promise<Door> {
  let to = 0
  let first: number | undefined
  let isHeld = false
  const pass = (incoming: IncomingMessage, answer: import('node:http').ServerResponse) => {
    const { method, url, headers } = incoming
    if (method === 'PUT' && isHeld) return
    const onward = httpRequest(
      { host: '127.0.0.1', port: to, method, path: url, headers },
      (got) => {
        if (method === 'PUT' && got.statusCode === 200) first ??= performance.now()
        answer.writeHead(got.statusCode ?? 502, got.headers)
        got.pipe(answer)
      },
    )
    onward.once('error', () => answer.writeHead(502).end())
    incoming.pipe(onward)
  }
  const server: Server = createServer(pass)
  const port = await freePort()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${port}`,
    leadsTo: (target) => {
      to = target
    },
    hold: () => {
      isHeld = true
    },
    open: () => {
      isHeld = false
      first = undefined
    },
    first: () => first,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

const never = new AbortController().signal

const bodyOf = (event: ClientEvent) => String(event.content.body)
