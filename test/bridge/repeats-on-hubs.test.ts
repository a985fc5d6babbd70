import { afterEach, expect, test } from 'vitest'
import { friendChat, message } from '../core/samples.ts'
import { until } from '../support/until.ts'
import { failure, openWorld, type World } from './harness.ts'

let world: World
afterEach(() => world.close())

const lost = () =>
  failure({ code: 'timeout', heal: 'retry', certain: false, afterMs: 1 }, 'the answer was lost')
const late = () => failure({ code: 'rate', heal: 'retry', certain: true, afterMs: 1 }, 'too often')
const queued = () => world.database.store.unit(async (unit) => (await unit.depth()).queued)

async function opened() {
  world = await openWorld()
  await until(async () => (await queued()) === 0, 'the welcome')
  world.hub.tries.length = 0
  await world.wechat.sink.chats([friendChat])
}

async function heard() {
  const one = message('1')
  await world.wechat.sink.message(one, JSON.stringify(one))
  await until(async () => (await queued()) === 0, 'the post')
  return world.hub.tries.map(({ repeat }) => repeat === true)
}

test('what may be in the room already is posted again as a possible repeat', async () => {
  await opened()
  world.hub.finds.push('unknown')
  world.hub.faults.push({ error: lost(), after: true })
  expect(await heard()).toEqual([false, true])
})

test('a later try that surely failed does not make it sure', async () => {
  await opened()
  world.hub.finds.push('unknown')
  world.hub.faults.push({ error: lost(), after: true }, { error: late() })
  expect(await heard()).toEqual([false, true, true])
})

test('what was looked for and is not there is no repeat', async () => {
  await opened()
  world.hub.finds.push('absent')
  world.hub.faults.push({ error: lost() })
  expect(await heard()).toEqual([false, false])
})

test('it is still a possible repeat for the process after a crash', async () => {
  await opened()
  world.hub.found = 'unknown'
  world.hub.faults.push({ error: lost(), after: true })
  const waits = failure({ code: 'network', heal: 'retry', certain: true, afterMs: 60_000 })
  for (let n = 0; n < 50; n++) world.hub.faults.push({ error: waits })
  const one = message('1')
  await world.wechat.sink.message(one, JSON.stringify(one))
  await until(() => world.hub.tries.length >= 2, 'two tries')
  world = await world.restart(async (store) => {
    await store.unit((unit) => unit.hasten(world.hub.id as never, 0, Date.now()))
  })
  await until(() => world.hub.tries.some(({ message: id }) => id === one.id), 'another try')
  expect(world.hub.tries.find(({ message: id }) => id === one.id)?.repeat).toBe(true)
})
