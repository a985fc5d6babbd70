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
  const open = async (options: WorldOptions) => {
    world = await openWorld({
      ...options,
      prepare: ({ hub }) => {
        const ensure = hub.ensureRoom.bind(hub)
        Object.assign(hub, {
          ensureRoom: async (portal: string, chat: typeof friendChat) => {
            ensured.push(chat)
            return ensure(portal)
          },
        })
      },
    })
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
