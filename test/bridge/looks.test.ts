import { afterEach, describe, expect, test } from 'vitest'
import { roomId } from '../../src/core/ids.ts'
import { friendChat, groupChat, message } from '../core/samples.ts'
import { until } from '../support/until.ts'
import { openWorld, roomOf, type World, type WorldOptions } from './harness.ts'

describe('a chat that changes', () => {
  let world: World
  const ensured: (typeof friendChat)[] = []
  afterEach(async () => {
    await world.close()
    ensured.length = 0
  })
  /** What a room is being given takes until then. */
  let held: Promise<void> | undefined
  const prepare: WorldOptions['prepare'] = ({ hub }) => {
    const ensure = hub.ensureRoom.bind(hub)
    Object.assign(hub, {
      features: { ...hub.features, speakers: 'ghost' },
      ensureRoom: async (portal: string, chat: typeof friendChat) => {
        ensured.push(chat)
        await held
        return ensure(portal)
      },
    })
  }
  const open = async (options: WorldOptions) => {
    world = await openWorld({ ...options, prepare })
    await world.wechat.sink.chats([friendChat, groupChat])
    await world.wechat.hear(message('1', { chat: friendChat.id }))
    await roomOf(world, friendChat)
  }
  const last = () => ensured.filter(({ id }) => id === friendChat.id)

  test('is shown so in its room at once, and makes none where there is none', async () => {
    await open({ features: { speakers: 'ghost' } })
    const before = last().length
    await world.wechat.sink.chats([
      { ...friendChat, pinned: true },
      { ...groupChat, name: 'renamed' },
    ])
    await until(() => last().at(-1)?.pinned, 'what is on top')
    expect(last()).toHaveLength(before + 1)
    await world.wechat.sink.chats([{ ...friendChat, pinned: true }])
    await world.wechat.sink.chats([friendChat])
    await until(() => last().at(-1)?.pinned === undefined, 'what is not on top any more')
    expect(last()).toHaveLength(before + 2)
    expect(ensured.filter(({ id }) => id === groupChat.id)).toEqual([])
  })

  for (const when of ['made', 'looked after for a message']) {
    test(`is shown so at once, too, where its room is just being ${when}`, async () => {
      await open({ features: { speakers: 'ghost' } })
      const isMade = when === 'made'
      if (!isMade) world = await world.restart(undefined, prepare)
      const chat = isMade ? groupChat : friendChat
      const all = () => ensured.filter(({ id }) => id === chat.id)
      const before = all().length
      const { promise, resolve } = Promise.withResolvers<void>()
      held = promise
      await world.wechat.hear(message('2', { chat: chat.id }))
      await until(() => all().length > before, 'the room to be asked for')
      await world.wechat.sink.chats([{ ...chat, name: 'renamed' }])
      // Whoever looks after it joins those who wait for the room.
      await world.wechat.sink.chats([])
      resolve()
      await until(() => all().at(-1)?.name === 'renamed', 'the new name')
      held = undefined
      expect(all()).toHaveLength(before + 2)
    })
  }
})

describe('a hub', () => {
  test('may ask whether a room is known', async () => {
    const world = await openWorld()
    await world.wechat.hear(message('1', { chat: friendChat.id }))
    const room = await roomOf(world, friendChat)
    expect(await world.hub.sink.shows?.(roomId(room))).toBe(true)
    expect(await world.hub.sink.shows?.(roomId(`${room}x`))).toBe(false)
    await world.close()
  })
})
