import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createAppservice } from '../../adapters/matrix/appservice.ts'
import { createPuppeting } from '../../adapters/matrix/puppet.ts'
import type { Chat } from '../../src/core/chat.ts'
import { eventId, mintPortalId } from '../../src/core/ids.ts'
import { Inbox } from '../contract/hub-inbox.ts'
import {
  type At,
  contact,
  friend,
  noMedia,
  redactionPost,
  textPost,
  unique,
} from '../contract/hub-posts.ts'
import { memoryLog, memoryVault, realClock } from '../support/ports.ts'
import { lossyProxy } from './lossy-proxy.ts'
import { type Changed, type MatrixHarness, matrixHarness } from './matrix-harness.ts'
import { onSynapse } from './on-synapse.ts'

const me = { type: 'me' } as const

/** An application service that may act for everybody, as people set one up for double puppets. */
const anybody = { asToken: randomBytes(16).toString('hex') }
const anybodyYaml = JSON.stringify({
  id: 'doublepuppet',
  url: null,
  as_token: anybody.asToken,
  hs_token: randomBytes(16).toString('hex'),
  sender_localpart: 'doublepuppet',
  rate_limited: false,
  namespaces: { users: [{ regex: '@.*:localhost', exclusive: false }] },
})

onSynapse("the owner's double puppet", () => {
  const never = new AbortController().signal
  let harness: MatrixHarness
  const tokens = { owner: '', appservice: anybody.asToken }

  beforeAll(async () => {
    harness = await matrixHarness({ others: [anybodyYaml] })
    tokens.owner = harness.alice.token
    await harness.start(new Inbox())
  })
  afterAll(() => harness?.drop())
  beforeEach(() => {
    harness.log.lines.length = 0
    harness.vault.entries.delete('puppet')
  })

  const made = async (chat: Chat, changed: Changed) => {
    const hub = harness.fresh(changed)
    const portal = mintPortalId(Math.random)
    return { hub, at: { portal, room: await hub.ensureRoom(portal, chat, noMedia, never) } }
  }
  const eventsOf = async (at: At) =>
    (await harness.alice.events(at.room)).filter(({ type }) => type === 'm.room.message')
  const ghost = '@wechat_me:localhost'
  /** A token of the owner that can be ended without ending the others. */
  const anotherToken = async () => {
    const answer = await fetch(`${harness.synapse.url}/_matrix/client/v3/login`, {
      method: 'POST',
      headers: { authorization: `Bearer ${anybody.asToken}` },
      body: JSON.stringify({
        type: 'm.login.application_service',
        identifier: { type: 'm.id.user', user: harness.alice.id },
      }),
    })
    return String(((await answer.json()) as { access_token: string }).access_token)
  }
  const logOut = (token: string) =>
    fetch(`${harness.synapse.url}/_matrix/client/v3/logout`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
      body: '{}',
    })

  describe.each(['owner', 'appservice'] as const)('by the token of the %s', (whose) => {
    const puppetToken = () => ({ puppetToken: tokens[whose] })

    it('brings the owner into their rooms and says as them what they typed on the phone', async () => {
      const { hub, at } = await made(friend('Phone'), puppetToken())
      expect(Object.keys(await harness.alice.members(at.room))).toContain(harness.alice.id)
      const said = Date.UTC(2024, 1, 29, 12, 34, 56, 789)
      const receipt = await hub.send({ ...textPost(at, 'typed', me), at: said }, noMedia, never)
      const [event, ...more] = await eventsOf(at)
      expect(more).toEqual([])
      expect(event).toMatchObject({
        sender: harness.alice.id,
        event_id: receipt.ids[0],
        content: { body: 'typed' },
      })
      // Only what an application service says can be of another time.
      if (whose === 'appservice') expect(event?.origin_server_ts).toBe(said)
      expect(Object.keys(await harness.alice.members(at.room))).not.toContain(ghost)
      expect(hub.puppet?.now()).toBe('configured')
    })

    it('costs one request for each message', async () => {
      const proxy = await lossyProxy(harness.synapse.url, () => false)
      try {
        const { hub, at } = await made(friend('Cheap'), { ...puppetToken(), url: proxy.url })
        await hub.send(textPost(at, 'one', me), noMedia, never)
        proxy.requests.length = 0
        await hub.send(textPost(at, 'two', me), noMedia, never)
        expect(proxy.requests).toEqual([expect.stringContaining('/send/m.room.message/')])
      } finally {
        await proxy.close()
      }
    })

    it('comes back into a room that the owner has left', async () => {
      const { hub, at } = await made(friend('Left'), puppetToken())
      await harness.alice.call('POST', `/rooms/${encodeURIComponent(at.room)}/leave`, {})
      await hub.send(textPost(at, 'still here', me), noMedia, never)
      const [event] = await eventsOf(at)
      expect(event?.sender).toBe(harness.alice.id)
    })

    it('takes back as the owner what it said as them', async () => {
      const { hub, at } = await made(friend('Back'), puppetToken())
      const { ids } = await hub.send(textPost(at, 'oops', me), noMedia, never)
      await hub.send(redactionPost(at, [eventId(ids[0] ?? '')]), noMedia, never)
      const taken = (await harness.alice.events(at.room)).at(-1)
      expect(taken).toMatchObject({ type: 'm.room.redaction', sender: harness.alice.id })
    })

    it('reads the room as the owner when they have seen it on the phone', async () => {
      const { hub, at } = await made(friend('Seen'), puppetToken())
      const { ids } = await hub.send(textPost(at, 'read me', contact('Lin')), noMedia, never)
      const path = `/user/${harness.alice.id}/rooms/${at.room}/account_data/m.fully_read`
      const marker = async () => (await harness.alice.call('GET', path)).event_id
      await hub.seen?.(at.room, never)
      expect(await marker()).toBe(ids[0])
      const last = await harness.alice.say(at.room, 'and this')
      await harness.fresh(puppetToken()).seen?.(at.room, never)
      expect(await marker()).toBe(last)
    })
  })

  it('finds what it said as the owner, and not what they copied from it', async () => {
    const proxy = await lossyProxy(harness.synapse.url, (request) =>
      request.includes('/send/m.room.message/'),
    )
    try {
      const { at } = await made(friend('Copied'), { puppetToken: tokens.owner })
      const hub = harness.fresh({ puppetToken: tokens.owner, url: proxy.url })
      const post = textPost(at, 'lost answer', me)
      const error = await hub.send(post, noMedia, never).catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ failure: { heal: 'retry', certain: false } })
      const [event] = await eventsOf(at)
      // Some clients forward a message with everything that is in it.
      await harness.alice.send(at.room, 'm.room.message', event?.content ?? {})
      await harness.alice.say(at.room, 'and something else')
      for (const changed of [{ puppetToken: tokens.owner }, {}]) {
        const found = await harness.fresh(changed).find(post, 0, never)
        expect(found).toMatchObject({ ids: [event?.event_id] })
      }
      const later = textPost(at, 'not sent yet', me)
      expect(await harness.fresh().find(later, 0, never)).toBe('absent')
    } finally {
      await proxy.close()
    }
  })

  it('lets a user of the bridge speak at once when its token is not accepted any more', async () => {
    const puppetToken = await anotherToken()
    const { hub, at } = await made(friend('Ended'), { puppetToken })
    await hub.send(textPost(at, 'one', me), noMedia, never)
    await logOut(puppetToken)
    await hub.send(textPost(at, 'two', me), noMedia, never)
    await hub.send(textPost(at, 'three', me), noMedia, never)
    const shown = (await eventsOf(at)).map(({ sender, content }) => [sender, content.body])
    expect(shown).toEqual([
      [harness.alice.id, 'one'],
      [ghost, 'two'],
      [ghost, 'three'],
    ])
    expect(hub.puppet?.now()).toBe('none')
    const warned = harness.log.lines.filter((line) => line.startsWith('warn'))
    expect(warned).toHaveLength(1)
    expect(harness.log.text()).not.toContain(puppetToken)
  })

  it('lets a user of the bridge speak where the owner may not', async () => {
    const { hub, at } = await made(friend('Muted'), { puppetToken: tokens.owner })
    const path = `/rooms/${encodeURIComponent(at.room)}/state/m.room.power_levels`
    const levels = await harness.alice.call('GET', path)
    const quiet = { ...levels, users: { ...(levels.users as object), [harness.alice.id]: -1 } }
    const asBot = await fetch(`${harness.synapse.url}/_matrix/client/v3${path}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${harness.registration.asToken}` },
      body: JSON.stringify(quiet),
    })
    expect(asBot.ok).toBe(true)
    await hub.send(textPost(at, 'said all the same', me), noMedia, never)
    const [event] = await eventsOf(at)
    expect(event).toMatchObject({ sender: ghost, content: { body: 'said all the same' } })
    // The token is as good as before.
    expect(hub.puppet?.now()).toBe('configured')
  })

  it('is asked for again when the homeserver was away at the start', async () => {
    const { at } = await made(friend('Away'), {})
    const hub = harness.fresh({ puppetToken: tokens.owner })
    await harness.synapse.stop()
    const sending = hub.send(textPost(at, 'early', me), noMedia, never)
    await expect(sending).rejects.toMatchObject({ failure: { heal: 'retry', certain: true } })
    await harness.synapse.start()
    await hub.send(textPost(at, 'early', me), noMedia, never)
    expect((await eventsOf(at)).map(({ sender }) => sender)).toEqual([harness.alice.id])
  })

  describe('given by the owner', () => {
    const puppeting = (configured?: string) => {
      const vault = memoryVault()
      const log = memoryLog()
      const { synapse, registration } = harness
      const appservice = createAppservice(
        {
          homeserver: { url: synapse.url, domain: synapse.domain },
          registration,
          listen: { host: '127.0.0.1', port: 0 },
        },
        { vault, clock: realClock, random: Math.random, log },
      )
      const fresh = () =>
        createPuppeting({
          url: synapse.url,
          owner: harness.alice.id,
          ownToken: registration.asToken,
          configured,
          membership: appservice.membership,
          vault,
          clock: realClock,
          random: Math.random,
          log,
        })
      return { one: fresh(), fresh, vault, log }
    }

    it('is kept for the next start, goes before the configured one, and is forgotten on request', async () => {
      const { one, fresh, vault } = puppeting(tokens.appservice)
      await one.begin(never)
      expect(one.port.now()).toBe('configured')
      await one.port.give(one.offered(tokens.owner), never)
      expect(one.port.now()).toBe('given')
      const next = fresh()
      await next.begin(never)
      expect(next.port.now()).toBe('given')
      await next.port.give(undefined, never)
      expect(next.port.now()).toBe('configured')
      expect(vault.entries.size).toBe(0)
    })

    it('is taken by its name, once, and never by itself', async () => {
      const { one, log } = puppeting()
      const name = one.offered(tokens.owner)
      expect(name).not.toContain(tokens.owner)
      await expect(one.port.give(tokens.owner, never)).rejects.toMatchObject({
        failure: { code: 'refused' },
      })
      await one.port.give(name, never)
      await expect(one.port.give(name, never)).rejects.toMatchObject({
        failure: { code: 'refused', certain: true },
      })
      expect(one.port.now()).toBe('given')
      expect(log.text()).not.toContain(tokens.owner)
    })

    it('is refused, in words without it, where it is not the owner’s', async () => {
      const mallory = await harness.synapse.user(unique('mallory').replace(' ', ''))
      const wrong = [mallory.token, harness.registration.asToken, 'nonsense', 'a\r\nb: c', ' ']
      for (const token of wrong) {
        const { one, vault, log } = puppeting()
        const error: unknown = await one.port
          .give(one.offered(token), never)
          .catch((thrown: unknown) => thrown)
        expect(error).toMatchObject({ failure: { code: 'refused', heal: 'never' } })
        if (token.trim()) expect(`${String(error)} ${log.text()}`).not.toContain(token)
        expect(one.port.now()).toBe('none')
        expect(vault.entries.size).toBe(0)
      }
    })

    it('that has ended since is dropped at the next start, and the configured one is used', async () => {
      const token = await anotherToken()
      const { one, fresh, vault } = puppeting(tokens.appservice)
      await one.port.give(one.offered(token), never)
      await logOut(token)
      const next = fresh()
      await next.begin(never)
      expect(next.port.now()).toBe('configured')
      expect(vault.entries.size).toBe(0)
    })
  })
})
