import { afterEach, expect, test } from 'vitest'
import type { Failure } from '../../src/core/errors.ts'
import type { Outcome } from '../../src/core/hub.ts'
import { eventId, roomId } from '../../src/core/ids.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { message } from '../core/samples.ts'
import { realClock } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { failure, openWorld, roomOf, type World, type WorldOptions } from './harness.ts'

let world: World
afterEach(() => world.close())

interface Told {
  readonly room: string
  readonly event: string
  readonly outcome: Outcome
}
let told: Told[] = []

/** Five seconds pass when the test says so. */
let ripen: () => void = () => undefined
const clock: Clock = {
  ...realClock,
  sleep: (ms, signal) =>
    ms === 5_000
      ? new Promise((resolve, reject) => {
          const before = ripen
          ripen = () => {
            before()
            resolve()
          }
          if (signal?.aborted) reject(signal.reason)
          signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
        })
      : realClock.sleep(ms, signal),
}

const listening: NonNullable<WorldOptions['prepare']> = ({ hub }) => {
  Object.assign(hub, {
    async outcome(room: string, event: string, outcome: Outcome) {
      told.push({ room, event, outcome })
    },
  })
}

async function begun(options: WorldOptions = {}): Promise<string> {
  told = []
  ripen = () => undefined
  world = await openWorld({ clock, prepare: listening, ...options })
  await world.wechat.hear(message('1'))
  return roomOf(world)
}

const of = (event: string) =>
  told.filter((each) => each.event === event).map(({ outcome }) => outcome.state)
const hears = (event: string, state: Outcome['state']) =>
  until(() => of(event).includes(state), `${state} of ${event}`)

const refused: Failure = { code: 'refused', heal: 'never', certain: true }
const lost: Failure = { code: 'timeout', heal: 'retry', certain: false }

test('what WeChat has taken is told as sent, in the room and of the event it was written as', async () => {
  const room = await begun()
  const event = await world.hub.says(room, 'hello')
  await hears(event, 'sent')
  expect(told[0]).toMatchObject({ room, event })
  ripen()
  await world.hub.says(room, 'more')
  await until(() => told.length >= 2, 'the next')
  expect(of(event)).toEqual(['sent'])
})

test('a picture with words is sent when both are', async () => {
  const room = await begun()
  const held = Promise.withResolvers<void>()
  world.wechat.faults.push({}, { until: held.promise })
  const id = world.hub.event()
  const media = {
    id: 'matrix/p' as never,
    source: 'matrix',
    kind: 'image',
    mime: 'image/png',
    token: 't',
  } as const
  world.hub.media.set(media.id, new Uint8Array([1, 2, 3]))
  const at = realClock.now()
  const event = { type: 'message', id, room: roomId(room), at, from: '@owner' } as const
  await world.hub.does({ ...event, media, text: 'look' })
  await until(() => world.wechat.tries.length === 2, 'the words under way')
  ripen()
  await hears(id, 'waiting')
  expect(of(id)).toEqual(['waiting'])
  held.resolve()
  await hears(id, 'sent')
})

test('a refusal is told with its reason, and sending it again with that it is sent', async () => {
  const room = await begun()
  world.wechat.faults.push({ error: failure(refused, 'Ret 1204: not a friend') })
  const event = await world.hub.says(room, 'hi')
  await hears(event, 'failed')
  expect(told.at(-1)?.outcome).toEqual({
    state: 'failed',
    code: 'refused',
    detail: 'Ret 1204: not a friend',
  })
  await world.hub.commands(room, 'resend all')
  await hears(event, 'sent')
})

test('what never came into line has failed, in the words that the room has of it', async () => {
  const room = await begun()
  const id = world.hub.event()
  const at = realClock.now()
  await world.hub.does({
    type: 'unsupported',
    id,
    room: roomId(room),
    at,
    from: '@owner',
    kind: 'poll',
  })
  await hears(id, 'failed')
  const { outcome } = told[0] as Told
  expect(outcome.state === 'failed' && outcome.detail).toContain('Was not sent')
})

test('of a lost answer nobody can tell, until the send is seen after all', async () => {
  const room = await begun()
  world.wechat.faults.push({ error: failure(lost), after: true })
  world.wechat.finds.push('unknown')
  const event = await world.hub.says(room, 'once')
  await hears(event, 'unsure')
  const key = world.wechat.tries[0]?.key
  if (key) await world.wechat.sink.echo(key, { ids: ['late-1'], at: 1 })
  await hears(event, 'sent')
})

test('what waits is told so once, and after a restart how it ended', async () => {
  const room = await begun({ online: false })
  const event = await world.hub.says(room, 'later')
  const other = await world.hub.says(room, 'later too')
  await until(async () => (await world.database.archive.depth()).queued >= 2, 'both in line')
  ripen()
  await hears(event, 'waiting')
  await hears(other, 'waiting')
  ripen()
  expect(of(event)).toEqual(['waiting'])
  told = []
  world = await world.restart()
  await world.wechat.online()
  await hears(event, 'sent')
  await hears(other, 'sent')
  expect(told.every((each) => each.room === room)).toBe(true)
})

test('a change has an outcome of its own, and so has what it took the place of', async () => {
  const room = await begun({ online: false })
  const event = await world.hub.says(room, 'one')
  const id = world.hub.event()
  const edit = {
    type: 'edit',
    id,
    room: roomId(room),
    at: realClock.now(),
    from: '@owner',
  } as const
  await world.hub.does({ ...edit, target: event, text: 'two' })
  await world.wechat.online()
  await hears(id, 'sent')
  await hears(event, 'sent')
  const again = world.hub.event()
  await world.hub.does({ ...edit, id: again, target: event, text: 'three' })
  await hears(again, 'sent')
  const unknown = world.hub.event()
  await world.hub.does({ ...edit, id: unknown, target: eventId('$nothing'), text: 'x' })
  await hears(unknown, 'failed')
  // Taking back is no outcome of the message.
  const sent = told.length
  world.wechat.faults.push({ error: failure(refused) })
  await world.hub.does({ ...edit, type: 'redaction', id: world.hub.event(), target: event })
  await until(() => world.wechat.tries.at(-1)?.body.kind === 'recall', 'the recall')
  const last = await world.hub.says(room, 'last')
  await hears(last, 'sent')
  expect(told.slice(sent).map((each) => each.event)).toEqual([last])
})

test('an outcome that cannot be told is in nobody’s way', async () => {
  const room = await begun({
    prepare: ({ hub }) =>
      void Object.assign(hub, {
        outcome: async () => {
          throw failure({ code: 'network', heal: 'retry', certain: true })
        },
      }),
  })
  await world.hub.says(room, 'one')
  await world.hub.says(room, 'two')
  await until(() => world.wechat.delivered.length === 2, 'both')
})
