import { createServer } from 'node:http'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { MatrixAppservice } from '../../adapters/matrix/appservice.ts'
import { readsOf } from '../../adapters/matrix/ephemeral.ts'
import { until } from '../support/until.ts'
import { type Listener, listener, type Stage, stage } from './matrix-appservice-stage.ts'
import type { MatrixUser } from './matrix-user.ts'
import { onSynapse } from './on-synapse.ts'

onSynapse('the application service on a real Synapse', () => {
  const never = new AbortController().signal
  let on: Stage
  let alice: MatrixUser
  let bob: MatrixUser
  /** A room of the bot's with Alice in it. */
  let room: string
  const leaving: (() => Promise<void>)[] = []

  beforeAll(async () => {
    on = await stage()
    alice = await on.synapse.user('alice')
    bob = await on.synapse.user('bob')
    const service = on.service()
    const { enter } = listener(service, alice.id, on.log)
    const leave = await enter()
    room = await roomFor(service, alice)
    await leave()
  })
  afterEach(async () => {
    for (const leave of leaving.splice(0)) await leave()
  })
  afterAll(() => on?.drop())

  const roomFor = async (service: MatrixAppservice, user: MatrixUser) => {
    const body = { invite: [user.id], preset: 'private_chat' }
    const path = '/_matrix/client/v3/createRoom'
    const call = { method: 'POST', path, body, what: 'make a room' } as const
    const made = String((await service.homeserver.call(call, never)).room_id)
    await user.join(made)
    return made
  }
  const enter = async (one: Listener, beside?: 'others') => {
    const leave = await one.enter(beside)
    leaving.push(leave)
    return leave
  }
  const now = () =>
    leaving.splice(0).reduce((before, leave) => before.then(leave), Promise.resolve())

  it('hears who has read what', async () => {
    const service = on.service()
    const one = listener(service, alice.id, on.log)
    await enter(one)
    const said = await alice.say(room, 'seen?')
    await until(() => one.said.includes('seen?'), 'the message')
    const where = `/rooms/${encodeURIComponent(room)}/receipt/m.read/${encodeURIComponent(said)}`
    await alice.call('POST', where, {})
    const reads = () => one.fleeting.flatMap((event) => readsOf(event, Date.now()))
    const read = await until(() => reads().find(({ from }) => from === alice.id), 'the receipt')
    expect(read).toMatchObject({ type: 'read', room, from: alice.id })
    expect(read.at).toBeGreaterThan(Date.now() - 60_000)
  })

  it('gets what was said while it was stopped, in order and at once', async () => {
    const one = listener(on.service(), alice.id, on.log)
    await enter(one)
    await now()
    const said = Array.from({ length: 5 }, (_, n) => `while away ${n}`)
    for (const words of said) await alice.say(room, words)
    const again = listener(on.service(), alice.id, on.log)
    await enter(again)
    const since = Date.now()
    await until(() => again.said.length >= 5, 'what was said meanwhile')
    expect(Date.now() - since).toBeLessThan(2_000)
    expect(again.said).toEqual(said)
  })

  it('hears within two seconds once a homeserver is back that it saw go, and says so', async () => {
    const service = on.service()
    const one = listener(service, alice.id, on.log, { home: room })
    await enter(one)
    await on.synapse.stop()
    const call = {
      method: 'GET',
      path: '/_matrix/client/v3/account/whoami',
      what: 'ask',
    } as const
    await expect(service.homeserver.call(call, never)).rejects.toMatchObject({
      failure: { code: 'network', certain: true },
    })
    const before = one.returns.length
    await on.synapse.start()
    const since = Date.now()
    await alice.say(room, 'are you there?')
    await until(() => one.said.includes('are you there?'), 'the message')
    expect(Date.now() - since).toBeLessThan(2_000)
    await until(() => one.returns.length > before, 'the return')
    expect(Date.now() - since).toBeLessThan(2_000)
  })

  it('hears at once after a restart of the homeserver that it did not see', async () => {
    const one = listener(on.service(), alice.id, on.log)
    await enter(one)
    await on.synapse.stop()
    await on.synapse.start()
    const since = Date.now()
    await alice.say(room, 'did you notice?')
    await until(() => one.said.includes('did you notice?'), 'the message')
    expect(Date.now() - since).toBeLessThan(2_000)
  })

  it('is told at its start what a homeserver kept that restarted while it was stopped', async () => {
    const one = listener(on.service(), alice.id, on.log)
    await enter(one)
    await now()
    // A door that takes nothing: the second call tells that the first has failed, and that the homeserver waits.
    let calls = 0
    const door = createServer((request, response) => {
      calls += request.method === 'PUT' ? 1 : 0
      response.writeHead(500).end()
    })
    await new Promise<void>((resolve) => door.listen(on.port, '127.0.0.1', resolve))
    await alice.say(room, 'kept over a restart')
    await until(() => calls > 1, 'the second call')
    await new Promise((resolve) => door.close(resolve).closeAllConnections())
    await on.synapse.stop()
    await on.synapse.start()
    const again = listener(on.service(), alice.id, on.log, { home: room })
    await enter(again)
    const since = Date.now()
    await until(() => again.said.includes('kept over a restart'), 'the message')
    expect(Date.now() - since).toBeLessThan(3_000)
  })

  it('tells two people apart, and keeps what is for who is not in', async () => {
    const service = on.service()
    const hers = listener(service, alice.id, on.log)
    const his = listener(service, bob.id, on.log, { person: 'bob' })
    service.expect(alice.id)
    service.expect(bob.id, 'bob')
    await enter(hers)
    const bobs = await roomFor(service, bob)
    await service.claim(room, hers.inhabitant)
    await service.claim(bobs, his.inhabitant)
    await bob.say(bobs, 'one')
    await bob.say(bobs, 'two')
    await alice.say(room, 'hers')
    await until(() => hers.said.includes('hers'), 'what is hers')
    expect(his.said).toEqual([])
    await enter(his, 'others')
    await bob.say(bobs, 'three')
    await until(() => his.said.includes('three'), 'what is his')
    expect(his.said).toEqual(['one', 'two', 'three'])
    expect(hers.said).toEqual(['hers'])
  })

  it('comes where its people invite it, and nowhere else', async () => {
    const asked: string[] = []
    const service = on.service({
      permissions: { [bob.id]: 'user', localhost: 'relay' },
      newcomer: async (user) => {
        asked.push(user)
        throw new Error('the disk is full')
      },
    })
    await enter(listener(service, alice.id, on.log))
    const mallory = await on.synapse.user('mallory')
    const invite = (user: MatrixUser, who: string) =>
      user.createRoom({ invite: [who], preset: 'private_chat' })
    const membership = async (user: MatrixUser, where: string, who: string) =>
      (await user.state(where, 'm.room.member', who)).membership
    const ghost = service.names().me
    const call = {
      method: 'POST',
      path: '/_matrix/client/v3/register',
      body: {
        type: 'm.login.application_service',
        username: ghost.slice(1).split(':')[0],
        inhibit_login: true,
      },
      what: 'register',
    } as const
    await service.homeserver.call(call, never)

    const hers = await invite(alice, on.bot)
    const bobs = await invite(bob, on.bot)
    const mallorys = await invite(mallory, on.bot)
    const ghosts = await invite(alice, ghost)
    await until(async () => (await membership(alice, hers, on.bot)) === 'join', 'her room')
    await until(async () => (await membership(bob, bobs, on.bot)) === 'join', "Bob's room")
    for (const [user, where, who] of [
      [mallory, mallorys, on.bot],
      [alice, ghosts, ghost],
    ] as const) {
      await until(async () => (await membership(user, where, who)) === 'leave', 'no')
    }
    expect(asked).toEqual([bob.id])
    const told = await until(
      async () => (await bob.events(bobs)).find(({ sender }) => sender === on.bot && sender),
      'the words',
    )
    expect(told).toBeDefined()
    await until(async () => JSON.stringify(await bob.events(bobs)).includes('the disk is full'))
  })
})
