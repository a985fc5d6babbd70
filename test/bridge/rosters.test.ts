import { afterEach, describe, expect, test } from 'vitest'
import type { Chat, Member } from '../../src/core/chat.ts'
import { chatId, contactId } from '../../src/core/ids.ts'
import type { HubAdapter } from '../../src/ports/hub.ts'
import { friendChat, groupChat, lin, message } from '../core/samples.ts'
import { until } from '../support/until.ts'
import { failure, openWorld, roomOf, type World, type WorldOptions } from './harness.ts'

const wu: Member = { id: contactId('wx:2718281828/wu'), name: '吴', nick: '领队' }

interface Given {
  readonly room: string
  readonly chat: Chat
  readonly names: readonly string[]
}

describe('the members of groups on a hub', () => {
  let world: World
  const given: Given[] = []
  let faults: Error[] = []
  let under = 0
  let most = 0
  const members: NonNullable<HubAdapter['members']> = async (_, room, chat, list) => {
    most = Math.max(most, ++under)
    await Promise.resolve()
    under--
    const fault = faults.shift()
    if (fault) throw fault
    expect(JSON.stringify(list)).not.toContain('remark')
    given.push({ room, chat, names: list.map(({ name, nick }) => nick ?? name) })
  }
  const open = async (options: WorldOptions = {}) => {
    world = await openWorld({
      ...options,
      prepare: (sides) => {
        Object.assign(sides.hub, { members })
        sides.wechat.people.inGroup = [lin, wu]
        options.prepare?.(sides)
      },
    })
  }
  const hear = (id: string, chat = groupChat) => world.wechat.hear(message(id, { chat: chat.id }))
  const until1 = (count: number) => until(() => given.length >= count, `${count} lists`)

  afterEach(async () => {
    await world.close()
    given.length = 0
    faults = []
    most = 0
  })

  test('are given when the room of a group is made, and once as long as they are the same', async () => {
    await open()
    await hear('1')
    await until1(1)
    const room = await roomOf(world, groupChat)
    expect(given[0]).toMatchObject({ room, chat: { id: groupChat.id }, names: ['林小满', '领队'] })
    await world.wechat.sink.members?.([groupChat.id])
    await hear('2')
    world.wechat.people.inGroup = [wu]
    await world.wechat.sink.members?.([groupChat.id])
    await until1(2)
    expect(given.map(({ names }) => names)).toEqual([['林小满', '领队'], ['领队']])
  })

  test('no room is made for them, and friends have none', async () => {
    await open()
    const other = { ...groupChat, id: chatId('wx:2718281828/other'), name: 'other' }
    await world.wechat.sink.chats([groupChat, other])
    await world.wechat.sink.members?.([groupChat.id, other.id, chatId('wx:2718281828/unheard')])
    await hear('1', friendChat)
    await roomOf(world)
    await hear('2')
    await until1(1)
    expect(given.map(({ chat }) => chat.id)).toEqual([groupChat.id])
    expect(world.hub.rooms).toHaveLength(3)
  })

  test('after a restart they are given again, to rooms that are there', async () => {
    await open()
    await hear('1')
    await until1(1)
    world = await world.restart(undefined, (sides) => {
      Object.assign(sides.hub, { members })
      sides.wechat.people.inGroup = [lin]
    })
    await world.wechat.sink.members?.([groupChat.id])
    await until1(2)
    expect(given[1]?.names).toEqual(['林小满'])
  })

  test('an outage is waited for and the newest list wins; what cannot be is left until the next change', async () => {
    const sleeps: number[] = []
    await open({ sleeps })
    faults = [failure({ code: 'network', heal: 'retry', certain: true })]
    await hear('1')
    await until(() => faults.length === 0, 'the first try')
    world.wechat.people.inGroup = [wu]
    await until1(1)
    expect(given[0]?.names).toEqual(['领队'])
    expect(sleeps.some((ms) => ms >= 250 && ms <= 1_000)).toBe(true)
    faults = [failure({ code: 'refused', heal: 'never', certain: true })]
    world.wechat.people.inGroup = [lin]
    await world.wechat.sink.members?.([groupChat.id])
    await until(() => faults.length === 0, 'the refusal')
    expect(given).toHaveLength(1)
    await world.wechat.sink.members?.([groupChat.id])
    await until1(2)
  })

  test('one list at a time, and nothing while nobody knows who is there', async () => {
    await open()
    const groups = Array.from({ length: 5 }, (_, at) => ({
      ...groupChat,
      id: chatId(`wx:2718281828/g${at}`),
      name: `g${at}`,
    }))
    await world.wechat.sink.chats(groups)
    world.wechat.people.faults.push(failure({ code: 'session', heal: 'relogin', certain: true }))
    await hear('first')
    await until(() => world.wechat.people.calls.length > 0, 'the question')
    expect(given).toEqual([])
    for (const [at, group] of groups.entries()) await hear(`m${at}`, group)
    await until1(5)
    expect(most).toBe(1)
  })

  test('a hub that has none hears nothing, and nothing else is disturbed', async () => {
    world = await openWorld()
    await world.wechat.sink.members?.([groupChat.id])
    await hear('1')
    await until(() => world.hub.delivered.some(({ message }) => message.endsWith('/1')), 'the post')
    expect(world.wechat.people.calls).toEqual([])
  })
})
