import { afterEach, expect, test } from 'vitest'
import { type EventId, mediaId, roomId } from '../../src/core/ids.ts'
import type { MediaRef } from '../../src/core/message.ts'
import { message } from '../core/samples.ts'
import { realClock } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { failure, openWorld, roomOf, type World, type WorldOptions } from './harness.ts'

let world: World
let room: string
afterEach(() => world.close())

/** A world in which WeChat takes nothing before it is let go. */
async function open(options: WorldOptions = {}): Promise<() => void> {
  world = await openWorld(options)
  await world.wechat.hear(message('1'))
  room = await roomOf(world)
  const gate = Promise.withResolvers<void>()
  world.wechat.faults.push({ until: gate.promise })
  await world.hub.says(room, 'first')
  await until(() => world.wechat.tries.length === 1, 'the first under way')
  return gate.resolve
}
const image = (id: string): MediaRef => {
  world.hub.media.set(id, new Uint8Array([1]))
  return { id: mediaId(id), source: 'matrix', kind: 'image', mime: 'image/png', token: id }
}
async function shows(id: string, album?: string, text?: string, from = '@owner'): Promise<EventId> {
  const event = { id: world.hub.event(), room: roomId(room), at: realClock.now(), from }
  const more = { ...(album && { album }), ...(text && { text }), name: 'Ann' }
  await world.hub.does({ type: 'message', ...event, media: image(id), ...more })
  return event.id
}
const sent = () =>
  world.wechat.delivered
    .slice(1)
    .map(({ body }) =>
      body.kind === 'text' ? body.text : body.kind === 'media' ? `[${body.media.id}]` : 'recall',
    )
const all = async () => {
  await world.hub.says(room, 'end')
  await until(() => sent().includes('end'), 'the end')
  return sent().slice(0, -1)
}

test('the words of an album come behind its last picture', async () => {
  const go = await open()
  await shows('a', 'x', 'at the sea')
  await shows('b', 'x')
  await shows('c', 'x')
  go()
  expect(await all()).toEqual(['[a]', '[b]', '[c]', 'at the sea'])
})

test('each album keeps its own words, and so does a picture of none', async () => {
  const go = await open()
  await shows('a', 'x', 'one')
  await shows('b', 'y')
  await shows('c')
  await shows('d', 'y', 'two')
  await shows('e', 'y')
  go()
  expect(await all()).toEqual(['[a]', 'one', '[b]', '[c]', '[d]', '[e]', 'two'])
})

test('words that went out already stay where they are', async () => {
  const go = await open()
  await shows('a', 'x', 'at the sea')
  go()
  await until(() => sent().length === 2, 'picture and words')
  await shows('b', 'x')
  expect(await all()).toEqual(['[a]', 'at the sea', '[b]'])
})

test('words that WeChat refused wait for a word, whatever picture comes', async () => {
  const go = await open()
  await shows('a', 'x', 'at the sea')
  world.wechat.faults.push({})
  world.wechat.faults.push({ error: failure({ code: 'refused', heal: 'never', certain: true }) })
  go()
  await until(async () => (await world.database.archive.depth()).dead === 1, 'it refused')
  await shows('b', 'x')
  expect(await all()).toEqual(['[a]', '[b]'])
})

test('pictures with words of their own keep them', async () => {
  const go = await open()
  await shows('a', 'x', 'one')
  await shows('b', 'x', 'two')
  await shows('c', 'x')
  go()
  expect(await all()).toEqual(['[a]', 'one', '[b]', '[c]', 'two'])
})

test('the name of who sends an album is said once', async () => {
  const go = await open()
  world.hub.roles.set('@relay', 'relay')
  await shows('a', 'x', undefined, '@relay')
  await shows('b', 'x', undefined, '@relay')
  await shows('c', 'y', 'ours', '@relay')
  await shows('d', 'y', undefined, '@relay')
  go()
  expect(await all()).toEqual(['Ann:', '[a]', '[b]', '[c]', '[d]', 'Ann: ours'])
})

test('words that were moved can be changed and taken back like others', async () => {
  const go = await open()
  const first = await shows('a', 'x', 'at the see')
  await shows('b', 'x')
  const change = { type: 'edit', target: first, from: '@owner', at: realClock.now() } as const
  const place = () => ({ id: world.hub.event(), room: roomId(room) })
  await world.hub.does({ ...change, ...place(), text: 'at the sea', media: image('a') })
  go()
  expect(await all()).toEqual(['[a]', '[b]', 'at the sea'])
  await world.hub.does({ ...change, ...place(), type: 'redaction' })
  await until(() => sent().filter((each) => each === 'recall').length === 2, 'the recalls')
  const recalled = world.wechat.delivered.flatMap(({ recalls }) => recalls?.ids ?? [])
  expect(recalled).toEqual(['w-2', 'w-4'])
})
