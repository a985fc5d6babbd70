import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MatrixHub } from '../../adapters/matrix/hub.ts'
import { escapeId, names as namesOf, sha256 } from '../../adapters/matrix/ids.ts'
import type { Chat } from '../../src/core/chat.ts'
import { contactId, mediaId, mintPortalId, type PortalId, type RoomId } from '../../src/core/ids.ts'
import type { MediaRef } from '../../src/core/message.ts'
import type { Open } from '../../src/ports/outlet.ts'
import { Inbox } from '../contract/hub-inbox.ts'
import {
  account,
  contact,
  friend,
  group,
  noMedia,
  picture,
  textPost,
  unique,
} from '../contract/hub-posts.ts'
import { memoryVault } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { type MatrixHarness, matrixHarness } from './matrix-harness.ts'
import { onSynapse } from './on-synapse.ts'

onSynapse('Matrix rooms on a real Synapse', () => {
  const never = new AbortController().signal
  const bot = '@wechatbot:localhost'
  let harness: MatrixHarness
  let inbox: Inbox

  beforeAll(async () => {
    harness = await matrixHarness()
    inbox = new Inbox()
    await harness.restart({ space: true })
    await harness.start(inbox)
  })
  afterAll(() => harness?.drop())

  const ensure = (chat: Chat, hub?: MatrixHub, open?: Open) => harness.joined(chat, hub, open)
  const state = (room: string, type: string, key = '') => harness.alice.state(room, type, key)
  const gone = (room: string, type: string, key = '') =>
    state(room, type, key).then(
      () => false,
      () => true,
    )
  const ghost = (id: string) =>
    namesOf(harness.registration.prefix, 'wechatbot', 'localhost').ghost(contactId(id))
  const kept = (portal: PortalId, vault = harness.vault) =>
    JSON.parse(vault.entries.get(`room/${portal}`) ?? '{}')
  const spaceNow = (vault = harness.vault) =>
    until(() => JSON.parse(vault.entries.get('space') ?? '{}').room as string, 'the space')
  const inSpace = (portal: PortalId, vault = harness.vault) =>
    until(() => kept(portal, vault).space as string, 'the room in its space')
  const children = async (space: string) => {
    const all = (await harness.alice.call(
      'GET',
      `/rooms/${encodeURIComponent(space)}/state`,
    )) as never
    const events = all as { type: string; state_key: string; content: { via?: string[] } }[]
    return events.filter((e) => e.type === 'm.space.child' && e.content.via).map((e) => e.state_key)
  }
  const ofPuppet = () => harness.fresh({ vault: memoryVault(), puppetToken: harness.alice.token })

  describe('the space', () => {
    it('holds every room, is one, and has the owner in it', async () => {
      const one = await ensure(friend('In space'))
      const two = await ensure(group('Also in space'))
      const space = await inSpace(one.portal)
      await inSpace(two.portal)
      expect(await harness.alice.invitations()).toContain(space)
      await harness.alice.join(space)
      expect(await children(space)).toEqual(expect.arrayContaining([one.room, two.room]))
      expect(await state(space, 'm.room.create')).toMatchObject({ type: 'm.space' })
      expect(await state(space, 'm.room.name')).toEqual({ name: 'WeChat' })
      const parent = { via: ['localhost'], canonical: true }
      expect(await state(one.room, 'm.space.parent', space)).toEqual(parent)
      expect(await state(two.room, 'm.space.parent', space)).toEqual(parent)
    })

    it('is taken up again by a bridge that has forgotten it', async () => {
      const before = await spaceNow()
      const vault = memoryVault()
      const at = await ensure(friend('Forgetful'), harness.fresh({ vault, space: true }))
      expect(await inSpace(at.portal, vault)).toBe(before)
    })

    it('is given rooms that were made before it', async () => {
      const vault = memoryVault()
      const at = await ensure(friend('Before space'), harness.fresh({ vault }))
      expect(kept(at.portal, vault).space).toBeUndefined()
      const hub = harness.fresh({ vault, space: true })
      await hub.ensureRoom(at.portal, at.chat, noMedia, never)
      const space = await inSpace(at.portal, vault)
      expect(await children(space)).toContain(at.room)
    })

    it('is made anew where the bot is not in it any more, and no message waits for it', async () => {
      const vault = memoryVault()
      vault.entries.set('space', JSON.stringify({ room: '!gone:localhost' }))
      const hub = harness.fresh({ vault, space: true })
      const at = await ensure(friend('Lost space'), hub)
      await hub.send(textPost(at, 'all the same', contact('Lost space')), noMedia, never)
      expect(await inSpace(at.portal, vault)).not.toBe('!gone:localhost')
    })
  })

  describe.each(['11', '12'])('in version %s', (roomVersion) => {
    const made = (chat: Chat) => {
      const vault = memoryVault()
      return ensure(chat, harness.fresh({ vault, roomVersion }))
    }

    it('the owner may do what owners do, and the maker is listed only where it must be', async () => {
      const at = await made(group('Rights'))
      const { users, events } = (await state(at.room, 'm.room.power_levels')) as {
        users: Record<string, number>
        events: Record<string, number>
      }
      const owner = { [harness.alice.id]: 50 }
      expect(users).toEqual(roomVersion === '12' ? owner : { ...owner, [bot]: 100 })
      expect(events['m.room.tombstone']).toBe(50)
      const path = `/rooms/${encodeURIComponent(at.room)}/state`
      for (const [type, content] of [
        ['m.room.name', { name: 'Mine' }],
        ['m.room.topic', { topic: 'Mine' }],
        ['m.room.avatar', { url: 'mxc://localhost/mine' }],
      ] as const) {
        await harness.alice.call('PUT', `${path}/${type}`, content)
      }
      const levels = (await harness.alice.events(at.room)).filter(
        (event) => event.type === 'm.room.power_levels',
      )
      // Made with them, not changed afterwards.
      expect(levels).toHaveLength(1)
    })

    it('a direct chat has the person in it from the beginning, and says who only serves', async () => {
      const chat = friend('Wang')
      const at = await made(chat)
      const members = await harness.alice.members(at.room)
      expect(members[ghost(chat.id)]?.display_name).toBe('Wang')
      expect(await state(at.room, 'io.element.functional_members')).toEqual({
        service_members: [bot, '@wechat_me:localhost'],
      })
      const invited = (await harness.alice.events(at.room)).filter(
        (e) => e.type === 'm.room.member' && e.content.membership === 'invite',
      )
      expect(invited.map((e) => e.content.is_direct)).toEqual([true, true])
    })
  })

  it('gives rooms in a version that nobody knows beforehand their rights all the same', async () => {
    const vault = memoryVault()
    const at = await ensure(group('Older'), harness.fresh({ vault }))
    expect(await state(at.room, 'm.room.create')).toMatchObject({
      room_version: expect.any(String),
    })
    // A room as it was made before the owner could upgrade.
    const asBot = { authorization: `Bearer ${harness.registration.asToken}` }
    const url = `${harness.synapse.url}/_matrix/client/v3/rooms/${encodeURIComponent(at.room)}/state/m.room.power_levels`
    const users = { [bot]: 100 }
    const body = JSON.stringify({ users, events: { 'm.room.tombstone': 100 } })
    expect((await fetch(url, { method: 'PUT', headers: asBot, body })).status).toBe(200)
    await harness.fresh({ vault }).ensureRoom(at.portal, at.chat, noMedia, never)
    expect(await state(at.room, 'm.room.power_levels')).toMatchObject({
      users: { ...users, [harness.alice.id]: 50 },
      events: { 'm.room.tombstone': 50 },
    })
  })

  it('tells what is bridged, and keeps that and the looks up to date', async () => {
    const avatar: MediaRef = {
      id: mediaId(unique('avatar')),
      source: 'contract',
      kind: 'image',
      mime: 'image/png',
      token: 'avatar',
    }
    const bytes = picture()
    const open: Open = async () => ({
      stream: new Blob([new Uint8Array(bytes)]).stream(),
      mime: 'image/png',
      bytes: bytes.length,
    })
    const chat: Chat = { ...group('Team <b>'), topic: 'Meet at 9 <i>' }
    const at = await ensure(chat)
    const key = `net.wechat-bridge/${at.portal}`
    const info = (name: string) => ({
      bridgebot: bot,
      creator: harness.alice.id,
      protocol: { id: 'wechat', displayname: 'WeChat', external_url: 'https://weixin.qq.com/' },
      channel: { id: at.portal, displayname: name },
    })
    expect(await state(at.room, 'm.bridge', key)).toEqual(info('Team <b>'))
    expect(await state(at.room, 'uk.half-shot.bridge', key)).toEqual(info('Team <b>'))
    expect(await state(at.room, 'm.room.topic')).toMatchObject({ topic: 'Meet at 9 <i>' })

    const next: Chat = { ...chat, name: 'Crew', topic: 'Meet at 10', avatar }
    await harness.hub.ensureRoom(at.portal, next, open, never)
    const { url } = await state(at.room, 'm.room.avatar')
    expect(Buffer.from(await harness.alice.download(String(url)))).toEqual(Buffer.from(bytes))
    const told = await state(at.room, 'm.bridge', key)
    const { channel } = info('Crew')
    expect(told).toMatchObject({ channel: { ...channel, avatar_url: url } })
    expect(await state(at.room, 'uk.half-shot.bridge', key)).toEqual(told)
    expect(await state(at.room, 'm.room.topic')).toMatchObject({ topic: 'Meet at 10' })
    const { topic: _, ...silent } = next
    await harness.hub.ensureRoom(at.portal, silent, open, never)
    expect(await state(at.room, 'm.room.topic')).toMatchObject({ topic: '' })
  })

  describe('with the owner’s account', () => {
    const data = async (type: string) =>
      harness.alice.call('GET', `/user/${harness.alice.id}/account_data/${type}`).catch(() => ({}))
    const tags = async (room: string) =>
      (
        await harness.alice.call(
          'GET',
          `/user/${harness.alice.id}/rooms/${encodeURIComponent(room)}/tags`,
        )
      ).tags as Record<string, unknown>
    const tagged = (room: string, names: readonly string[]) =>
      until(
        async () =>
          Object.keys(await tags(room))
            .sort()
            .join() === [...names].sort().join(),
        `the tags ${names}`,
      )

    it('shows what is on top and what is muted in WeChat, and takes back only that', async () => {
      const hub = ofPuppet()
      const chat = group('Loud')
      const at = await ensure(chat, hub)
      const loud = (more: object) => hub.ensureRoom(at.portal, { ...chat, ...more }, noMedia, never)
      await loud({ pinned: true, muted: true })
      await tagged(at.room, ['m.favourite', 'm.lowpriority'])
      const muted = await until(() => harness.silence(at.room), 'the push rule')
      expect(muted).toMatchObject({
        actions: [],
        conditions: [{ kind: 'event_match', key: 'room_id', pattern: at.room }],
      })
      await loud({})
      await tagged(at.room, [])
      await until(async () => (await harness.silence(at.room)) === undefined, 'no rule')
      // What the person sets is theirs.
      const mine = `/user/${harness.alice.id}/rooms/${encodeURIComponent(at.room)}/tags/m.favourite`
      await harness.alice.call('PUT', mine, { order: 0.5 })
      await loud({ pinned: true })
      await loud({ pinned: true, muted: true })
      await tagged(at.room, ['m.favourite', 'm.lowpriority'])
      await loud({})
      await tagged(at.room, ['m.favourite'])
      expect((await tags(at.room))['m.favourite']).toEqual({ order: 0.5 })
    })

    it('lists direct chats without dropping what else is there', async () => {
      const theirs = { '@somebody:elsewhere.example': ['!other:elsewhere.example'], odd: 1 }
      const path = `/user/${harness.alice.id}/account_data/m.direct`
      await harness.alice.call('PUT', path, theirs)
      const chat = friend('Direct')
      const at = await ensure(chat, ofPuppet())
      await until(async () => ghost(chat.id) in (await data('m.direct')), 'the direct chat')
      expect(await data('m.direct')).toEqual({ ...theirs, [ghost(chat.id)]: [at.room] })
    })
  })

  describe('merged', () => {
    it('rooms lead on to the one that stays, and are left', async () => {
      const from = await ensure(friend('Old one'))
      const into = await ensure(friend('The one'))
      await harness.hub.send(textPost(from, 'before', contact('Old one')), noMedia, never)
      const space = await inSpace(from.portal)
      await harness.hub.merged?.(from.portal, into.portal, never)
      await until(
        async () => Object.keys(await harness.alice.members(from.room)).length === 1,
        'all to leave',
      )
      expect(await state(from.room, 'm.room.tombstone')).toMatchObject({
        replacement_room: into.room,
      })
      expect(await children(space)).not.toContain(from.room)
      const said = (await harness.alice.events(from.room)).filter(
        (e) => e.type === 'm.room.message',
      )
      expect(said.at(-1)?.content.body).toBe('This chat goes on in another room.')
      await harness.hub.merged?.(from.portal, into.portal, never)
      await harness.hub.send(textPost(into, 'still here', contact('The one')), noMedia, never)
      expect(kept(from.portal)).toEqual({})
      await aliasGone(from.portal)
    })

    it('a room whose chat went into one that has none now waits for that one, and is not given to it', async () => {
      const from = await ensure(friend('Only one'))
      const into = await ensure(friend('Gone one'))
      // What core calls after a post found the room gone, before the next makes another.
      const asBot = { authorization: `Bearer ${harness.registration.asToken}` }
      const url = `${harness.synapse.url}/_matrix/client/v3/rooms/${encodeURIComponent(into.room)}/leave`
      await fetch(url, { method: 'POST', headers: asBot, body: '{}' })
      const lost = textPost(into, 'lost', { type: 'bridge' })
      await expect(harness.hub.send(lost, noMedia, never)).rejects.toMatchObject({
        failure: { code: 'gone' },
      })
      await expect(harness.hub.merged?.(from.portal, into.portal, never)).rejects.toMatchObject({
        failure: { heal: 'retry' },
      })
      const next = await harness.hub.ensureRoom(into.portal, into.chat, noMedia, never)
      expect([from.room, into.room]).not.toContain(next)
      await harness.alice.join(next)
      await harness.hub.merged?.(from.portal, into.portal, never)
      await until(async () => (await gone(from.room, 'm.room.tombstone')) === false, 'the way on')
      expect(await state(from.room, 'm.room.tombstone')).toMatchObject({ replacement_room: next })
    })
  })

  it('what is said in a room that core does not know yet is kept until it does', async () => {
    const known = new Set<string>()
    // The rooms of before are looked at once more, up to two seconds later.
    await until(() => !harness.vault.entries.has('newborn'), 'all rooms of before to be known')
    Object.assign(inbox, { shows: async (room: string) => known.has(room) })
    const at = await ensure(group(unique('Unknown yet')))
    const words = [unique('first'), unique('second')]
    for (const each of words) await harness.alice.say(at.room, each)
    const held = () => harness.vault.entries.get(`held/${at.room}`)
    await until(() => words.every((each) => held()?.includes(each)), 'both to be kept')
    expect(inbox.all.some((event) => event.room === at.room)).toBe(false)
    known.add(at.room)
    for (const each of words) await inbox.text(each)
    const told = inbox.all.filter(({ room, type }) => room === at.room && type === 'message')
    expect(told).toMatchObject(words.map((text) => ({ text })))
    await until(() => !harness.vault.entries.has('newborn'), 'nothing to be waited for')
    Object.assign(inbox, { shows: undefined })
  })

  it('a room that was left while nobody looked is made again, and what is said goes there', async () => {
    const chat = friend('Left behind')
    const at = await ensure(chat)
    const asBot = { authorization: `Bearer ${harness.registration.asToken}` }
    const url = `${harness.synapse.url}/_matrix/client/v3/rooms/${encodeURIComponent(at.room)}/leave`
    await fetch(url, { method: 'POST', headers: asBot, body: '{}' })
    const hub = harness.fresh({ vault: harness.vault, space: true })
    const send = async (room: RoomId) =>
      hub.send(textPost({ ...at, room }, 'said anew', contact('Left behind')), noMedia, never)
    const post = async () => send(await hub.ensureRoom(at.portal, chat, noMedia, never))
    await post().catch(async (error: { failure?: { code: string } }) => {
      expect(error.failure?.code).toBe('gone')
      await post()
    })
    const next = await hub.ensureRoom(at.portal, chat, noMedia, never)
    expect(next).not.toBe(at.room)
    await harness.alice.join(next)
    const said = (await harness.alice.events(next)).map((event) => event.content.body)
    expect(said).toContain('said anew')
  })

  it('whatever breaks off while a room is made, it is one room and whole in the end', async () => {
    const chat: Chat = { ...friend('Broken off'), pinned: true }
    let breaks = 0
    for (let at = 0; at < 40; at++) {
      const real = memoryVault()
      let writes = 0
      const vault = {
        ...real,
        async set(name: string, value: string) {
          if (writes++ === at) throw new Error('the process was killed here')
          await real.set(name, value)
        },
      }
      const portal = mintPortalId(Math.random)
      const first = await harness
        .fresh({ vault, space: true })
        .ensureRoom(portal, chat, noMedia, never)
        .catch(() => undefined)
      if (first === undefined) breaks++
      const hub = harness.fresh({ vault: real, space: true })
      const room = await hub.ensureRoom(portal, chat, noMedia, never)
      if (first !== undefined) expect(room).toBe(first)
      const alias = `#${harness.registration.prefix}${escapeId(portal)}:localhost`
      const named = await harness.alice.call('GET', `/directory/room/${encodeURIComponent(alias)}`)
      expect(named.room_id).toBe(room)
      expect(kept(portal, real)).toMatchObject({ room, name: 'Broken off', opened: true })
      expect(real.entries.get(`at/${room}`)).toBe(portal)
      await harness.alice.join(room)
      expect(Object.keys(await harness.alice.members(room))).toContain(ghost(chat.id))
      await inSpace(portal, real)
      if (first !== undefined && writes <= at) break
    }
    expect(breaks).toBeGreaterThan(5)
  })

  const aliasGone = (portal: PortalId) => {
    const alias = `#${harness.registration.prefix}${escapeId(portal)}:localhost`
    const look = () => harness.alice.call('GET', `/directory/room/${encodeURIComponent(alias)}`)
    return until(
      () =>
        look().then(
          () => false,
          () => true,
        ),
      'the alias to be gone',
    )
  }

  describe('after a logout for good', () => {
    const me = { id: contactId(`${account}/self`), name: 'Alice' }
    const homes = async (atLogout: 'keep' | 'leave' | 'delete', puppetToken?: string) => {
      const vault = memoryVault()
      const changed = { vault, atLogout, space: true, ...(puppetToken && { puppetToken }) }
      const hub = harness.fresh(changed)
      const management: Chat = {
        ...friend('m'),
        id: 'bridge/management' as never,
        kind: 'management',
      }
      const home = await ensure(management, hub)
      await hub.run(new Inbox(), AbortSignal.abort())
      const at = await ensure(friend('Logged out'), hub)
      await inSpace(at.portal, vault)
      return { hub, home, at, vault, changed }
    }
    const joined = async (room: string) => Object.keys(await harness.alice.members(room))

    it('rooms stay where that is the policy', async () => {
      const { hub, at } = await homes('keep')
      expect(await hub.loggedOut?.(me, never)).toEqual([])
      expect(await joined(at.room)).toContain(bot)
    })

    it('the bridge leaves them, or the owner goes, too; the management room stays', async () => {
      const { hub, home, at } = await homes('leave')
      expect(await hub.loggedOut?.(me, never)).toEqual([at.portal])
      await aliasGone(at.portal)
      await until(async () => (await joined(at.room)).length === 1, 'only the owner')
      expect(await joined(home.room)).toContain(bot)
      // The same portal gets another room after the next login.
      expect(await hub.ensureRoom(at.portal, at.chat, noMedia, never)).not.toBe(at.room)

      const other = await homes('delete')
      expect(await other.hub.loggedOut?.(me, never)).toEqual([other.at.portal])
      const rooms = async () =>
        (await harness.alice.call('GET', '/joined_rooms')).joined_rooms as RoomId[]
      await until(async () => !(await rooms()).includes(other.at.room), 'the owner to be out')
      expect(await rooms()).toContain(other.home.room)
      expect(await children(await spaceNow(other.vault))).not.toContain(other.at.room)
    })

    it('what a crash broke off is finished at the next start, and told again', async () => {
      const { at, vault, changed } = await homes('leave')
      const dead = harness.fresh({ ...changed, url: 'http://127.0.0.1:9' })
      const stop = new AbortController()
      expect(await dead.loggedOut?.(me, never)).toEqual([at.portal])
      expect(await joined(at.room)).toContain(bot)
      expect(vault.entries.get('farewells')).toContain(at.room)
      stop.abort()
      await harness.stop()
      await harness.restart(changed)
      expect(await harness.hub.loggedOut?.(me, never)).toEqual([at.portal])
      await harness.start(new Inbox())
      await until(async () => (await joined(at.room)).length === 1, 'only the owner')
      await until(() => !vault.entries.has('farewells'), 'nothing left to do')
      expect(await gone(at.room, 'm.room.tombstone')).toBe(true)
    })
  })

  it('no two persons share an alias of their space', () => {
    const alias = (owner: string) => escapeId(`space/${sha256(owner).slice(0, 12)}`)
    expect(alias('@a:localhost')).not.toBe(alias('@b:localhost'))
  })
})
