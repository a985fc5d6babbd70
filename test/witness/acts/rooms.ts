import type { Room } from 'matrix-js-sdk'
import { expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import {
  avatarOf,
  cameAsDirect,
  childrenOf,
  directWith,
  nameOf,
  peopleIn,
  rings,
  spacesIn,
  stateOf,
  statesOf,
  topicOf,
} from '../rooms.ts'
import type { Stage } from '../stage.ts'
import { sameBytes } from './bytes.ts'
import { fixture } from './management.ts'

/** What a person sees of a chat before reading a word in it. */
export function roomActs(stage: () => Stage): void {
  const lin = () => stage().eye.roomNamed(/^林小满/)
  const hikers = () => stage().eye.roomNamed(/^周末爬山队/)

  test('the first words of a friend make a room with their name and picture', async () => {
    const { eye, weChat } = stage()
    await weChat.say('lin', '早上好')
    const room = await lin()
    const said = await eye.hears(room, '早上好')
    expect(said.name).toBe('林小满🌿')
    const avatar = await until(() => said.event.sender && avatarOf(room), 'the picture')
    await sameBytes(eye, avatar, await fixture('lin.jpg'))
    const face = await until(() => room.getMember(said.sender)?.getMxcAvatarUrl(), 'the face')
    await sameBytes(eye, face, await fixture('lin.jpg'))
  })

  test('a private chat is a direct one: by its invitation, in the account, and its members say who it is', async () => {
    const { bot, eye, meGhost, profile } = stage()
    const room = await lin()
    const ghost = peopleIn(room).find(({ name }) => name === '林小满🌿')
    expect(cameAsDirect(room, eye.user) || directWith(eye.client, room) !== undefined).toBe(true)
    const service = stateOf(room, 'io.element.functional_members')?.service_members
    expect(service).toContain(bot)
    expect(service).toContain(meGhost)
    expect(service).not.toContain(ghost?.id)
    expect(room.getVersion()).toBe(profile.roomVersion)
    // Named by the SDK's own rules of direct chats, were it not named.
    expect(room.getMember(eye.user)?.membership).toBe('join')
  })

  test('a group’s room has its name, picture and topic', async () => {
    const { eye, weChat } = stage()
    await weChat.say('wu', '周六几点？', 'hikers')
    const room = await hikers()
    expect(nameOf(room)).toMatch(/^周末爬山队⛰/)
    const avatar = await until(() => avatarOf(room), 'the picture')
    await sameBytes(eye, avatar, await fixture('hikers.jpg'))
    await weChat.share('wu', { kind: 'announcement', text: '周六早上八点集合，带水' }, 'hikers')
    await until(
      () => topicOf(room).includes('周六早上八点集合，带水'),
      () => `the announcement as topic; there is: ${topicOf(room)}`,
    )
  })

  test('its members are there under their nicknames in the group, also those who never spoke', async () => {
    const { bot, eye, meGhost, weChat } = stage()
    const room = await hikers()
    const ghosts = () =>
      peopleIn(room).filter(({ id }) => id !== bot && id !== meGhost && id !== eye.user)
    const names = () => ghosts().map(({ name }) => name)
    const all = ['Mei Chen', '乔安 & 狗', '吴领队', '林小满🌿'].sort().join(', ')
    await until(
      () => names().sort().join(', ') === all,
      () => `four members; there are: ${names().join(', ')}`,
    )
    const said = await eye.hears(room, '周六几点？')
    expect(room.getMember(said.sender)?.rawDisplayName).toBe('吴领队')
    await weChat.setDisplay('hikers', 'qiao', '乔队医')
    await until(
      () => names().includes('乔队医'),
      () => `the new nickname; there are: ${names().join(', ')}`,
    )
  })

  test('one person is one user in every room, with the name they have in each', async () => {
    const { eye, weChat } = stage()
    await weChat.say('lin', '我也去', 'hikers')
    const group = await hikers()
    const there = await eye.hears(group, '我也去')
    const here = await eye.hears(await lin(), '早上好')
    expect(there.sender).toBe(here.sender)
  })

  test('who leaves the group leaves the room, and who joins comes in', async () => {
    const { weChat } = stage()
    const room = await hikers()
    const has = (name: string) => peopleIn(room).some((person) => person.name === name)
    await until(() => has('Mei Chen'), 'Mei in the room')
    await weChat.leaveGroup('hikers', 'mei', 'wu')
    await until(() => !has('Mei Chen'), 'Mei to be gone', 40_000)
    await weChat.joinGroup('hikers', 'zhou')
    await until(
      () => peopleIn(room).some(({ name }) => /周明远/.test(name)),
      () => `Zhou in the room; there are: ${peopleIn(room).map(({ name }) => name)}`,
      40_000,
    )
    expect(peopleIn(room).some(({ name }) => name.includes('木工'))).toBe(false)
  })

  test('all chats are in the person’s space', async () => {
    const { eye } = stage()
    const [space] = await until(() => {
      const spaces = spacesIn(eye.rooms())
      return spaces.length > 0 && spaces
    }, 'a space')
    const all = [await lin(), await hikers()].map(({ roomId }) => roomId)
    await until(async () => {
      const children = await childrenOf(eye.client, space as Room)
      return all.every((id) => children.includes(id))
    }, 'the chats in the space')
    for (const id of all) {
      expect(stateOf(space as Room, 'm.space.child', id)?.via).toEqual(['localhost'])
    }
    expect(peopleIn(space as Room).map(({ id }) => id)).toContain(eye.user)
  })

  test('each room says which chat of which network it shows', async () => {
    const { bot } = stage()
    for (const room of [await lin(), await hikers()]) {
      for (const type of ['m.bridge', 'uk.half-shot.bridge']) {
        const [[key, info] = []] = Object.entries(statesOf(room, type))
        expect(key, `${type} of ${nameOf(room)}`).toBeTruthy()
        expect(info).toMatchObject({
          bridgebot: bot,
          protocol: { id: 'wechat', displayname: 'WeChat' },
          channel: { displayname: nameOf(room) },
        })
        expect(info).toHaveProperty('channel.id')
      }
    }
  })

  test('bot and owner have the power they need, and the members none', async () => {
    const { bot, eye, profile } = stage()
    const room = await hikers()
    const levels = stateOf(room, 'm.room.power_levels')
    const users = (levels?.users ?? {}) as Record<string, number>
    if (profile.roomVersion === '12') expect(Object.keys(users)).not.toContain(bot)
    else expect(users[bot]).toBe(100)
    const owner = users[eye.user] ?? 0
    const state = room.currentState
    expect(owner).toBeGreaterThanOrEqual(50)
    expect(state.maySendEvent('m.reaction', eye.user)).toBe(true)
    expect(state.maySendStateEvent('m.room.tombstone', eye.user)).toBe(true)
    const power = (id: string) => room.getMember(id)?.powerLevel
    expect(power(bot)).toBeGreaterThan(owner)
    for (const { id } of peopleIn(room)) {
      if (id === bot || id === eye.user) continue
      expect(users[id] ?? 0, id).toBe(0)
      expect(state.maySendStateEvent('m.room.name', id)).toBe(false)
    }
  })

  test('official accounts share one room, each under its own name', async () => {
    const { eye, weChat } = stage()
    await weChat.say('paper', '今晚有雨')
    const room = await eye.roomNamed('Official accounts')
    const said = await eye.hears(room, /今晚有雨/)
    expect(said.name).toBe('城市晚报')
    const items = [{ title: '明天放晴', url: 'https://example.org/a', digest: '出门走走' }]
    await weChat.share('paper', { kind: 'articles', items })
    const push = await eye.hears(room, /明天放晴/)
    expect(push.html ?? push.body).toContain('https://example.org/a')
  })

  test('what is muted or pinned on the phone is so here', async () => {
    const { alice, again, eye, weChat } = stage()
    const room = await hikers()
    await weChat.say('wu', '别忘了带伞', 'hikers')
    const { event } = await eye.hears(room, '别忘了带伞')
    expect(rings(eye.client, event)).toBe(true)
    await again(`matrix.doublePuppet.token=${alice.token}`)
    try {
      await weChat.mute('hikers', true)
      await weChat.pin('hikers', true)
      await until(() => room.tags['m.favourite'], 'the mark of a pinned chat', 30_000)
      await until(() => !rings(eye.client, event), 'the chat to be muted', 30_000)
      const ghost = directWith(eye.client, await lin())
      expect((await eye.hears(await lin(), '早上好')).sender).toBe(ghost)
    } finally {
      await weChat.mute('hikers', false)
      await weChat.pin('hikers', false)
    }
    await until(() => rings(eye.client, event), 'it to ring again', 30_000)
    await until(() => !room.tags['m.favourite'], 'it not to be pinned any more', 30_000)
    await again()
  })
}
