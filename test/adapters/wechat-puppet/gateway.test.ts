import { afterEach, beforeEach, expect, test } from 'vitest'
import { types } from 'wechaty-puppet'
import type { WeChatPeople } from '../../../src/ports/wechat.ts'
import { Facts, type Running, runConnector } from '../../contract/connector/bench.ts'
import {
  bytesOf,
  failure,
  jpeg,
  opened,
  sendPicture,
  sendText,
  sha,
} from '../../contract/connector/jobs.ts'
import { Gateway, people, room } from '../../sim/puppet/gateway.ts'
import { memoryLog, memoryVault } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { connectorTo, ports } from './lab.ts'

const never = new AbortController().signal
let gateway: Gateway
let running: Running[]
const log = memoryLog()

beforeEach(async () => {
  running = []
  gateway = await Gateway.start({ online: true })
})
afterEach(async () => {
  await Promise.all(running.map((each) => each.stop()))
  await gateway.close()
})

async function online(more = {}, vault = memoryVault()): Promise<Running> {
  const one = runConnector(await connectorTo(gateway, ports(vault, log), more), new Facts())
  running.push(one)
  await until(() => one.facts.last()?.state === 'online', 'being online')
  await until(() => one.facts.rosters.length > 0, 'the group and its members')
  return one
}

const chatOf = (one: Running, kind: 'friend' | 'group' | 'mp', name: string) =>
  until(() => one.facts.chat(kind, name), `the chat ${name}`)
const friend = (one: Running) => chatOf(one, 'friend', people.friend)
const group = (one: Running) => chatOf(one, 'group', people.group)
const ask = (one: Running): WeChatPeople => {
  if (!one.connector.people) throw new Error('no people')
  return one.connector.people
}
const content = (one: Running, kind: string) =>
  until(() => one.facts.messages.find((each) => each.content.kind === kind), kind)

test('a restart goes on without a login, and leaves the gateway alone meanwhile', async () => {
  const vault = memoryVault()
  const first = await online({}, vault)
  await first.stop()
  expect(gateway.puppet.isLoggedIn).toBe(true)
  const second = await online({}, vault)
  expect(second.facts.logins.map(({ state }) => state)).toEqual(['online'])
})

test('friends, groups and official accounts are told; strangers are not', async () => {
  const one = await online()
  await friend(one)
  await group(one)
  await chatOf(one, 'mp', 'News')
  expect([...one.facts.chats.values()].map(({ name }) => name)).not.toContain(people.newcomer)
})

test('a text that calls members of a group names them to the gateway', async () => {
  const one = await online()
  const { id } = await group(one)
  const members = await ask(one).members(id)
  const wu = members.find(({ name }) => name.includes('吴'))
  if (!wu) throw new Error('nobody is called that')
  const job = sendText(id, '@吴 come')
  await one.send({ ...job, body: { kind: 'text', text: '@吴 come', mentions: [wu.id] } })
  expect(gateway.puppet.sendings).toMatchObject([{ to: room, mentions: ['wu'] }])
})

test('who comes into a group, leaves it or names it is told as a line of the group', async () => {
  const one = await online()
  const { mocker } = gateway.puppet
  const there = mocker.RoomMock.load(room)
  there.add(mocker.ContactMock.load('zhou')).by(mocker.ContactMock.load('wu'))
  const joined = await content(one, 'system')
  expect(joined.chat).toBe((await group(one)).id)
  expect(joined.content).toMatchObject({ text: expect.stringContaining(people.newcomer) })
  expect(joined.sender).toEqual({ type: 'system' })
  there.topic('a <i>new</i> name').by(mocker.ContactMock.load('wu'))
  await until(() => one.facts.chat('group', 'a <i>new</i> name'), 'the new name')
})

test('a friend request is told once, kept over a restart, and accepted by its short name', async () => {
  const vault = memoryVault()
  const one = await online({}, vault)
  const request = {
    id: 'f1',
    contactId: 'zhou',
    hello: 'hi <b>',
    type: 2,
    ticket: 't',
    timestamp: 1,
  }
  gateway.puppet.requests.set('f1', request)
  gateway.puppet.emit('friendship', { friendshipId: 'f1' })
  const asked = await content(one, 'friendRequest')
  expect(asked.content).toMatchObject({ name: people.newcomer, greeting: 'hi <b>', request: '1' })
  await one.stop()
  const again = await online({}, vault)
  expect(await ask(again).requests()).toMatchObject([{ request: '1', name: people.newcomer }])
  const chat = await ask(again).accept('1', never)
  expect(gateway.puppet.accepted).toEqual(['f1'])
  expect(again.facts.chats.get(chat.id)).toMatchObject({ kind: 'friend', name: people.newcomer })
  expect(await ask(again).requests()).toEqual([])
})

test('an invitation to a group is told where it came from', async () => {
  const one = await online()
  gateway.puppet.emit('room-invite', { roomInvitationId: 'i1' })
  const invited = await content(one, 'groupInvite')
  expect(invited.chat).toBe((await friend(one)).id)
  expect(invited.content).toMatchObject({ text: expect.stringContaining('a <b> group') })
})

test('people are found by parts of their names, and what a puppet cannot do is said', async () => {
  const one = await online()
  const found = await ask(one).search('小满', 5)
  expect(found.map(({ chat }) => chat.name)).toEqual([people.friend])
  const { id } = await friend(one)
  const pinned = await failure(ask(one).pin(id, true, never))
  expect(pinned.failure).toMatchObject({ code: 'refused', certain: true })
})

test('a place comes with its coordinates, which the library itself would lose on the way', async () => {
  const one = await online()
  gateway.say('lin', { type: types.Message.Location, listenerId: 'me' })
  const place = await content(one, 'location')
  expect(place.content).toMatchObject({
    latitude: expect.closeTo(39.995, 2),
    longitude: expect.closeTo(116.33, 1),
  })
})

test('a large file goes through in pieces, both ways', async () => {
  const one = await online()
  const bytes = jpeg(9_000_000)
  const { id } = await friend(one)
  await one.send(sendPicture(id, 'image/jpeg'), async () => opened(bytes, 'image/jpeg'))
  expect(sha(gateway.puppet.sendings[0]?.bytes ?? new Uint8Array())).toBe(sha(bytes))
  gateway.sendFile('lin', 'p.jpg', bytes)
  const media = await until(() => one.facts.pictures()[0], 'the picture')
  const got = await one.connector.download(media, never)
  expect(sha(await bytesOf(got.stream))).toBe(sha(bytes))
})

test('a file whose bytes break off is not sent at all, and the gateway goes on', async () => {
  const one = await online()
  const { id } = await friend(one)
  let count = 0
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      count += 1
      if (count > 20) controller.error(new Error('gone'))
      else controller.enqueue(jpeg(50_000))
    },
  })
  const job = sendPicture(id, 'image/jpeg')
  const error = await failure(one.send(job, async () => ({ stream, mime: 'image/jpeg' })))
  expect(error.failure).toMatchObject({ heal: 'retry', certain: true })
  expect(await one.connector.find(job, Date.now(), never)).toBe('absent')
  await one.send(sendText(id, 'after it'))
  expect(gateway.puppet.sendings.map(({ text }) => text)).toEqual(['after it'])
  expect(one.facts.logins).toHaveLength(1)
})

test('a file that is larger than allowed is certainly not sent', async () => {
  const one = await online({ maxFileBytes: 100_000 })
  const { id } = await friend(one)
  const job = sendPicture(id, 'image/jpeg')
  const error = await failure(one.send(job, async () => opened(jpeg(200_000), 'image/jpeg')))
  expect(error.failure).toMatchObject({ code: 'tooLarge', heal: 'never', certain: true })
  expect(gateway.puppet.sendings).toEqual([])
})

test('a file the gateway stumbles over is not sent a second time by the library', async () => {
  const one = await online()
  const { id } = await friend(one)
  const send = gateway.puppet.messageSendFile.bind(gateway.puppet)
  gateway.puppet.messageSendFile = async (to, file) => {
    await send(to, file)
    throw new Error('it went out, and then something broke')
  }
  const error = await failure(
    one.send(sendPicture(id, 'image/jpeg'), async () => opened(jpeg(1000), 'image/jpeg')),
  )
  expect(error.failure).toMatchObject({ certain: false })
  expect(gateway.puppet.sendings).toHaveLength(1)
})

test('what a gateway gives as an address inside this network is not fetched', async () => {
  const one = await online()
  for (const url of [
    'http://127.0.0.1:9/x',
    'http://[::1]/x',
    'http://localhost/x',
    'http://10.1.2.3/x',
  ]) {
    const id = gateway.sendFile('lin', 'p.jpg', jpeg(10))
    gateway.puppet.mocker.cacheFileBoxPayload.set(id, {
      type: 2,
      boxType: 2,
      url,
      name: 'p.jpg',
    } as never)
    const media = await until(
      () => one.facts.pictures().find((each) => each.token.includes(`"${id}"`)),
      id,
    )
    const error = await failure(one.connector.download(media, never))
    expect(error.failure).toMatchObject({ code: 'gone', said: expect.stringContaining('network') })
  }
})

test('the same words said on the phone right after a send are news once the echo was seen', async () => {
  const one = await online()
  const { id } = await friend(one)
  await one.send(sendText(id, 'ok'))
  gateway.sayText('me', 'ok', 'lin')
  await one.facts.said('ok')
  expect(one.facts.texts()).toEqual(['ok'])
})

test('when somebody else logs in, ids of the one before reach nobody', async () => {
  const one = await online()
  const { id, account } = await friend(one)
  gateway.puppet.mocker.createContact({ id: 'other', name: 'Other' })
  await gateway.puppet.logout('bye')
  await until(() => one.facts.last()?.state === 'offline', 'going offline')
  gateway.puppet.login('other')
  await until(() => one.facts.last()?.state === 'online', 'the other')
  expect(one.facts.last()).not.toMatchObject({ account })
  const error = await failure(one.send(sendText(id, 'to whom')))
  expect(error.failure).toMatchObject({ code: 'session', heal: 'relogin', certain: true })
  expect(gateway.puppet.sendings).toEqual([])
})

test('no words and no token are in the log, and nothing is kept in the home folder', async () => {
  const one = await online()
  gateway.sayText('lin', 'a very secret word')
  await one.facts.said('a very secret word')
  expect(log.text()).not.toContain('secret word')
  expect(log.text()).not.toContain(gateway.token)
  const { existsSync } = await import('node:fs')
  const { homedir } = await import('node:os')
  expect(existsSync(`${homedir()}/.wechaty/wechaty-puppet-service/${gateway.token}`)).toBe(false)
})
