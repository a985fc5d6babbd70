import { afterEach, expect, test } from 'vitest'
import { management } from '../../src/core/chat.ts'
import { type EventId, eventId, roomId } from '../../src/core/ids.ts'
import { connectorFeatures, friendChat, groupChat, lin, message } from '../core/samples.ts'
import { realClock } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { openWorld, roomOf, type World, type WorldOptions } from './harness.ts'
import { commandIn, noticesIn } from './said.ts'

let world: World
let room: string
/** The event that a message of the friend is. */
let target: EventId
afterEach(() => world.close())

const outcomes: string[] = []
async function begun(options: WorldOptions = {}): Promise<void> {
  outcomes.length = 0
  world = await openWorld({
    prepare: ({ hub }) => {
      hub.roles.set('@ann', 'relay')
      Object.assign(hub, {
        outcome: async (_: string, event: string, { state }: { state: string }) =>
          void outcomes.push(`${event} ${state}`),
      })
    },
    ...options,
  })
  await world.wechat.hear(message('1'))
  room = await roomOf(world)
  target = await shown('1')
}

const shown = (name: string) =>
  until(
    () => world.database.store.unit((unit) => unit.eventOf(message(name).id, world.hub.id)),
    'the mirrored event',
  )
async function reacts(sign: string, about = target, from = '@owner', at = room): Promise<EventId> {
  const id = world.hub.event()
  const base = { id, room: roomId(at), at: realClock.now(), from, name: 'Ann' }
  await world.hub.does({ type: 'reaction', ...base, target: about, sign })
  return id
}
const redacts = (about: EventId) =>
  world.hub.does({
    type: 'redaction',
    id: world.hub.event(),
    room: roomId(room),
    at: realClock.now(),
    from: '@owner',
    target: about,
  })
const sent = () =>
  world.wechat.delivered.map(({ body }) => (body.kind === 'text' ? body.text : body.kind))
const line = { parts: { reactions: 'line' } } as const

test('a reaction goes to WeChat as a line about what was said, and nothing of it is hostile there', async () => {
  await begun(line)
  await reacts('👍')
  await until(() => sent().length === 1, 'the line')
  expect(sent()).toEqual(['[👍] “text 1”'])
  await reacts('[\n\u202emany words that are no sign at all]')
  await reacts('mxc://a.example/b')
  await until(() => sent().length === 3, 'the others')
  expect(sent()[1]).toMatch(/^\[[^\]\n\u202e]{1,16}\] “text 1”$/)
  expect(sent()[2]).toBe('[emoji] “text 1”')
})

test('in a group it says whose words they are, and who only writes is named', async () => {
  await begun(line)
  const sender = { type: 'group', contact: lin, nick: '队长' } as const
  await world.wechat.hear(message('2', { chat: groupChat.id, sender }))
  const about = await shown('2')
  await reacts('🎉', about, '@ann', await roomOf(world, groupChat))
  await until(() => sent().length === 1, 'the line')
  expect(sent()).toEqual(['Ann: [🎉] 队长: “text 2”'])
})

test('taking the reaction back takes the line back, and too late nobody is told', async () => {
  let late = 0
  const clock = { ...realClock, now: () => realClock.now() + late }
  await begun({ ...line, clock })
  const first = await reacts('👍')
  await until(() => sent().length === 1, 'the line')
  await redacts(first)
  await until(() => sent().includes('recall'), 'the recall')
  const second = await reacts('🎉')
  await until(() => sent().length === 3, 'the second line')
  late = connectorFeatures.recallMs + 60_000
  await redacts(second)
  await world.hub.says(room, 'then')
  await until(() => sent().includes('then'), 'what was said after')
  expect(sent().filter((each) => each === 'recall')).toHaveLength(1)
  expect(await noticesIn(world, friendChat)).toEqual([])
})

test('reactions to what is not known, to notices and with nothing say nothing', async () => {
  await begun(line)
  const welcome = await until(async () => {
    const post = world.hub.delivered.find((each) => each.speaker.type === 'bridge')
    return post && world.database.store.unit((unit) => unit.eventOf(post.message, world.hub.id))
  }, 'a notice')
  await reacts('👍', eventId('$nothing'))
  await reacts('👍', welcome, '@owner', await roomOf(world, management))
  await reacts('👍', welcome)
  await reacts(' ')
  await world.hub.says(room, 'then')
  await until(() => sent().includes('then'), 'what was said after')
  expect(sent()).toEqual(['then'])
})

test('where they are off, that is said once in a chat and day, and each has failed', async () => {
  await begun()
  const first = await reacts('👍')
  const second = await reacts('🎉')
  await until(() => outcomes.length === 2, 'both outcomes')
  expect(outcomes).toEqual([`${first} failed`, `${second} failed`])
  expect(await noticesIn(world, friendChat)).toEqual([{ type: 'reactionsOff' }])
  expect(world.wechat.tries).toEqual([])
})

test('they are switched on and off by a word, which is kept until the configuration is changed', async () => {
  await begun()
  expect(await commandIn(world, management, 'reactions')).toMatchObject({ policy: 'off' })
  expect(await commandIn(world, management, 'reactions on')).toMatchObject({
    type: 'reactions',
    policy: 'line',
    now: true,
  })
  world = await world.restart()
  await reacts('👍')
  await until(() => sent().length === 1, 'the line')
  expect(await commandIn(world, management, 'reactions off')).toMatchObject({ policy: 'off' })
  await reacts('🎉')
  await until(async () => (await noticesIn(world, friendChat)).length === 1, 'the notice')
})
