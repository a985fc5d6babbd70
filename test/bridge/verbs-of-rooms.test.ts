import { afterEach, expect, test } from 'vitest'
import { management } from '../../src/core/chat.ts'
import { BridgeError } from '../../src/core/errors.ts'
import type { Role } from '../../src/core/hub.ts'
import { chatId } from '../../src/core/ids.ts'
import { friendChat, message } from '../core/samples.ts'
import { plainOf } from '../support/plain.ts'
import { until } from '../support/until.ts'
import { openWorld, roomOf, type World } from './harness.ts'
import { ask } from './pressing.ts'

// The commands on a hub of rooms, where people have ids and no links: as on Matrix.

let world: World
const users = new Map<string, Role>()
const calls: unknown[][] = []
let given: 'none' | 'configured' | 'given' = 'none'
afterEach(() => world.close())

async function begun(): Promise<string> {
  users.clear()
  users.set('@owner', 'owner')
  calls.length = 0
  given = 'none'
  world = await openWorld({
    prepare: ({ hub }) => {
      hub.roles.set('@relay', 'relay')
      Object.assign(hub, {
        people: {
          byId: '@name:server',
          list: async () => [...users].map(([id, role]) => ({ id, role, name: id.slice(1) })),
          async set(id: string, role: Role | undefined) {
            if (!/^@\w+:\w+$/.test(id)) return false
            if (role) users.set(id, role)
            return role ? true : users.delete(id)
          },
          invitation: async () => Promise.reject(new Error('no links')),
          relay: async (room: string, on: boolean) => void calls.push(['relay', room, on]),
        },
        places: {
          only: 'rooms',
          of: async () => ({ kind: 'own' }),
          async link(portal: string, here: string) {
            calls.push(['link', portal, here])
            linked = here
            return { kind: 'linked', name: 'mine' }
          },
          async move(portal: string, to: string) {
            calls.push(['move', portal, to])
            linked = undefined
            return { kind: 'own' }
          },
          invitation: async () => Promise.reject(new Error('no addresses')),
          home: async () => Promise.reject(new Error('no topics')),
          portalAt: async () => undefined,
        },
        puppet: {
          now: () => given,
          async give(secret: string | undefined) {
            calls.push(['give', secret])
            if (secret === 'bad') throw refused('The token is nobody’s.')
            given = secret === undefined ? 'none' : 'given'
          },
        },
      })
      let linked: string | undefined
      const ensure = hub.ensureRoom.bind(hub)
      hub.ensureRoom = async (portal) => {
        const own = await ensure(portal)
        return portal === friend && linked !== undefined ? (linked as never) : own
      }
    },
  })
  await world.wechat.hear(message('1'))
  const room = await roomOf(world)
  friend = room.slice(1)
  return room
}
let friend = ''
const refused = (detail: string) =>
  new BridgeError(detail, { code: 'refused', heal: 'never', certain: true })
const said = async (line: string, saying = {}) =>
  (await ask(world, management, line, saying)).notice

test('people are let in by their ids, and put out by the number in the list or by the id', async () => {
  await begun()
  expect(await said('users add')).toMatchObject({ type: 'addById', form: '@name:server' })
  expect(await said('users add relay')).toMatchObject({ type: 'addById', role: 'relay' })
  expect(await said('users add @ann:a')).toMatchObject({ type: 'userAdded', role: 'user' })
  expect(await said('users add @bob:b relay')).toMatchObject({ id: '@bob:b', role: 'relay' })
  expect(await said('users add nobody')).toEqual({ type: 'cannot', why: 'noSuchUser' })
  expect(await said('users add @bob:b owner')).toMatchObject({ type: 'usage' })
  expect(await said('users remove 2')).toMatchObject({ why: 'noUser' })
  const list = await ask(world, management, 'users')
  expect(plainOf(list.post.body)).toContain('2. ann:a  @ann:a: a user')
  expect(await said('users remove 2')).toEqual({ type: 'userGone', name: 'ann:a' })
  expect(await said('users remove @bob:b')).toMatchObject({ type: 'userGone' })
  expect(await said('users remove 1')).toMatchObject({ why: 'noUser' })
})

test('a chat is linked from the room it goes into; topics are said not to be', async () => {
  const room = await begun()
  const hint = await ask(world, friendChat, 'link')
  expect(hint.notice).toMatchObject({ type: 'linkHere', portal: friend })
  expect(plainOf(hint.post.body)).toContain(`!wx link ${friend}`)
  await said(`link ${friend}`, { room: '!mine' })
  expect(calls).toEqual([['link', friend, '!mine']])
  await world.wechat.hear(message('2'))
  await until(() => world.hub.words('!mine').includes('text 2'), 'it in the linked room')
  await world.hub.says('!mine', 'from there')
  await until(() => world.wechat.delivered.length === 1, 'what was said there')
  await ask(world, friendChat, 'unlink')
  await world.hub.says(room, 'and back')
  await until(() => world.wechat.delivered.length === 2, 'what was said in its own')
  for (const line of ['place private', 'link all', 'unlink all', 'place auto']) {
    expect(await said(line)).toEqual({ type: 'cannot', why: 'noTopics' })
  }
  const place = await ask(world, friendChat, 'place')
  expect(plainOf(place.post.body)).not.toMatch(/forum|topic/)
})

test('a token is given, refused with the reason, and taken away; what is configured stays', async () => {
  await begun()
  expect(await said('puppet')).toEqual({ type: 'puppet', state: 'none' })
  expect(await said('puppet good')).toEqual({ type: 'puppet', state: 'given', now: true })
  expect(await said('puppet bad')).toMatchObject({
    type: 'notDone',
    detail: 'The token is nobody’s.',
  })
  expect(await said('puppet off')).toEqual({ type: 'puppet', state: 'none', now: true })
  given = 'configured'
  expect(await said('puppet good')).toEqual({ type: 'puppet', state: 'configured' })
  expect(calls).toEqual([
    ['give', 'good'],
    ['give', 'bad'],
    ['give', undefined],
  ])
})

test('help says what there is on this hub, as it is written here', async () => {
  await begun()
  await ask(world, management, 'help')
  const words = world.hub.words(await roomOf(world, management)).join('\n')
  expect(words).toContain('!wx puppet TOKEN|off')
  expect(words).toContain('!wx users add ID')
  expect(words).toContain('invite the bot there')
  expect(words).not.toMatch(/forum|topic/)
})

test('a friend request is accepted by an answer to it', async () => {
  await begun()
  world.wechat.people.open = [
    { request: 'r1', name: '秋', greeting: '你好', at: 1 },
    { request: 'r2', name: '冬', greeting: '', at: 2 },
  ]
  for (const request of ['r1', 'r2']) {
    const content = { kind: 'friendRequest', name: request, greeting: '', request } as const
    await world.wechat.hear(message(request, { content, chat: chatId('wx:2718281828/fm') }))
  }
  const replyTo = await until(
    () => world.database.store.unit((unit) => unit.eventOf(message('r2').id, world.hub.id)),
    'the request',
  )
  expect(await said('accept', { replyTo })).toMatchObject({ type: 'doneWith', what: 'accept' })
  expect(world.wechat.people.calls).toEqual([['accept', 'r2']])
})

test('who only writes says no commands', async () => {
  const room = await begun()
  await world.hub.does({
    type: 'command',
    id: world.hub.event(),
    room: room as never,
    at: 1,
    from: '@relay',
    words: ['logout'],
  })
  await said('status')
  expect(world.wechat.calls).toEqual([])
})

test('where people are let in by ids, who may write in a room is not everyone, and help says what there is', async () => {
  const room = await begun()
  const on = await ask(world, friendChat, 'relay on')
  expect(on.notice).toEqual({ type: 'relay', allowed: true, form: '@name:server' })
  const words = plainOf(on.post.body)
  expect(words).not.toMatch(/anyone/)
  for (const each of ['!wx users add @name:server relay', 'matrix.permissions']) {
    expect(words).toContain(each)
  }
  expect((await ask(world, friendChat, 'relay off')).notice).toEqual({
    type: 'relay',
    allowed: false,
  })
  expect(calls).toEqual([
    ['relay', room, true],
    ['relay', room, false],
  ])
})
