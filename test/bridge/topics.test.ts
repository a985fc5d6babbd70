import { afterEach, describe, expect, test } from 'vitest'
import { friendChat, groupChat, message } from '../core/samples.ts'
import { until } from '../support/until.ts'
import { openWorld, roomOf, type World } from './harness.ts'

describe('what is announced in a group', () => {
  let world: World
  afterEach(() => world.close())

  const topic = (id = groupChat.id) =>
    world.database.store.unit(async (unit) => (await unit.chat(id))?.topic)
  const announce = (id: string, text: string, chat = groupChat) =>
    world.wechat.hear(message(id, { chat: chat.id, content: { kind: 'announcement', text } }))

  test('is its topic, whatever else is told of the chat, until it is announced anew or taken away', async () => {
    world = await openWorld()
    await announce('1', 'Saturday, seven')
    expect(await topic()).toBe('Saturday, seven')
    await world.wechat.sink.chats([{ ...groupChat, name: 'renamed', members: 9 }])
    expect(await topic()).toBe('Saturday, seven')
    await world.wechat.sink.doubts([{ chat: groupChat, candidates: [], about: [] }])
    expect(await topic()).toBe('Saturday, seven')
    await announce('2', 'Sunday')
    expect(await topic()).toBe('Sunday')
    // A repeat of what was taken in before is no news.
    await announce('1', 'Saturday, seven')
    expect(await topic()).toBe('Sunday')
    await announce('3', '')
    expect(await topic()).toBeUndefined()
    await world.wechat.sink.chats([{ ...groupChat, topic: 'not its business' }])
    expect(await topic()).toBeUndefined()
  })

  test('is known to the room before it is shown there', async () => {
    const topics: (string | undefined)[] = []
    world = await openWorld({
      prepare: ({ hub }) => {
        const ensure = hub.ensureRoom.bind(hub)
        Object.assign(hub, {
          ensureRoom: async (portal: string, chat: typeof groupChat) => {
            if (chat.id === groupChat.id) topics.push(chat.topic)
            return ensure(portal)
          },
        })
      },
    })
    await announce('1', 'Saturday')
    await roomOf(world, groupChat)
    await until(() => world.hub.words().some((each) => each.includes('Saturday')), 'the post')
    expect(topics[0]).toBe('Saturday')
    await announce('2', '')
    await until(() => world.hub.words().some((each) => each.includes('taken away')), 'the line')
    expect(topics.at(-1)).toBeUndefined()
  })

  test('is nothing in the chat of a friend', async () => {
    world = await openWorld()
    await announce('1', 'odd', friendChat)
    expect(await topic(friendChat.id)).toBeUndefined()
  })
})
