import { afterEach, expect, test } from 'vitest'
import { BridgeError } from '../../src/core/errors.ts'
import type { Unit } from '../../src/ports/store.ts'
import { message } from '../core/samples.ts'
import { until } from '../support/until.ts'
import { openWorld, roomOf, type World } from './harness.ts'

let world: World
afterEach(() => world?.close())

const shown = (words: string) =>
  until(() => world.hub.words().some((each) => each.includes(words)), words)

/** A store that trips over whatever says so. */
const tripping = (real: Unit): Unit => ({
  ...real,
  async saveMessage(saved, about) {
    const { content } = saved
    if (content.kind === 'text' && content.text.includes('poison')) {
      throw new TypeError('nobody foresaw this')
    }
    return real.saveMessage(saved, about)
  },
})

const diskFull = () =>
  new BridgeError('disk full', { code: 'server', heal: 'retry', certain: true })

/** What the outer sides do: offer it again until it is taken. Resolves with how often that was. */
async function offered(event: () => Promise<unknown>): Promise<number> {
  for (let times = 1; ; times++) {
    try {
      await event()
      return times
    } catch (error) {
      if (times === 10) throw error
    }
  }
}

test('a message the bridge fails at is kept and said, and those behind it arrive', async () => {
  world = await openWorld({ unit: tripping })
  await world.wechat.hear(message('1'))
  const poison = message('2', { content: { kind: 'text', text: 'poison' } })
  expect(await offered(() => world.wechat.hear(poison))).toBe(3)
  await world.wechat.hear(message('3'))
  await shown('text 3')
  await shown('could not be shown')
  const said = world.hub.words().filter((words) => words.includes('could not be shown'))
  expect(said).toHaveLength(1)
  expect(said[0]).not.toContain('nobody foresaw this')
  // Should it come once more, nothing is said twice.
  expect(await offered(() => world.wechat.hear(poison))).toBe(1)
})

test('what the owner writes and the bridge fails at is said to be not sent, and the rest goes on', async () => {
  world = await openWorld({ unit: tripping })
  await world.wechat.hear(message('1'))
  const room = await roomOf(world)
  const id = world.hub.event()
  expect(await offered(() => world.hub.says(room, 'poison', '@owner', id))).toBe(3)
  await shown('it was not sent')
  await world.hub.says(room, 'next')
  await until(() => world.wechat.delivered.length === 1, 'the next send')
})

test('while the store cannot write nothing is given up', async () => {
  let broken = 5
  const full = (real: Unit): Unit => ({
    ...real,
    async saveMessage(saved, about) {
      if (saved.content.kind === 'text' && broken-- > 0) throw diskFull()
      return real.saveMessage(saved, about)
    },
  })
  world = await openWorld({ unit: full })
  expect(await offered(() => world.wechat.hear(message('1')))).toBe(6)
  await shown('text 1')
})
