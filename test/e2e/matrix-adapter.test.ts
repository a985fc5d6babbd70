import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MatrixHub } from '../../adapters/matrix/hub.ts'
import type { Chat } from '../../src/core/chat.ts'
import { BridgeError } from '../../src/core/errors.ts'
import { eventId, mediaId, mintPortalId, type PortalId, type RoomId } from '../../src/core/ids.ts'
import type { MediaRef } from '../../src/core/message.ts'
import type { Body, Speaker } from '../../src/core/post.ts'
import type { Open, Receipt } from '../../src/ports/outlet.ts'
import { hubContract } from '../contract/hub.ts'
import { Inbox } from '../contract/hub-inbox.ts'
import {
  type At,
  contact,
  friend,
  group,
  noMedia,
  opener,
  picture,
  redactionPost,
  textPost,
  unique,
} from '../contract/hub-posts.ts'
import { everyKind } from '../core/every-kind.ts'
import { memoryVault } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { lossyProxy } from './lossy-proxy.ts'
import { type MatrixHarness, matrixHarness } from './matrix-harness.ts'
import type { ClientEvent } from './matrix-user.ts'
import { onSynapse } from './on-synapse.ts'
import { synapseUnavailable } from './synapse-install.ts'

const unavailable = synapseUnavailable()

hubContract({ name: 'Matrix, on a real Synapse', make: () => matrixHarness(), unavailable })

onSynapse('Matrix adapter on a real Synapse', () => {
  const never = new AbortController().signal
  let harness: MatrixHarness
  let inbox: Inbox

  beforeAll(async () => {
    harness = await matrixHarness({ maxUpload: '2M' })
    inbox = new Inbox()
    await harness.start(inbox)
  })
  afterAll(() => harness?.drop())

  const ensure = async (chat: Chat, hub: MatrixHub = harness.hub as MatrixHub) => {
    const portal = mintPortalId(Math.random)
    return { portal, chat, room: await hub.ensureRoom(portal, chat, noMedia, never) }
  }
  const joined = async (chat: Chat) => {
    const at = await ensure(chat)
    await harness.alice.join(at.room)
    return at
  }
  /** The rooms of this name that Alice was asked into. */
  const invitedTo = async (chat: Chat) => {
    const rooms = await harness.alice.call('GET', '/sync?timeout=0')
    const invite = (rooms.rooms as { invite?: Record<string, unknown> } | undefined)?.invite ?? {}
    return Object.entries(invite)
      .filter(([, room]) => JSON.stringify(room).includes(JSON.stringify(chat.name)))
      .map(([room]) => room)
  }
  const asBot = async (method: string, path: string, body?: object) => {
    const answer = await fetch(`${harness.synapse.url}/_matrix/client/v3${path}`, {
      method,
      headers: { authorization: `Bearer ${harness.registration.asToken}` },
      ...(body && { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(await answer.text())
    return (await answer.json()) as Record<string, unknown>
  }
  const alias = (portal: PortalId) => `#${harness.registration.prefix}${portal}:localhost`

  describe('rooms', () => {
    it('takes up the room again that a crash had hidden', async () => {
      const chat = friend(unique('Crashed'))
      const portal = mintPortalId(Math.random)
      const crash = () => {
        throw new Error('crashed')
      }
      const crashing = harness.fresh({ trace: crash }).ensureRoom(portal, chat, noMedia, never)
      await expect(crashing).rejects.toThrow('crashed')
      const room = await harness.fresh().ensureRoom(portal, chat, noMedia, never)
      expect(await invitedTo(chat)).toEqual([room])
      await harness.alice.join(room)
      const levels = await harness.alice.state(room, 'm.room.power_levels')
      expect(levels.users).toMatchObject({ [harness.alice.id]: 50 })
    })

    it('makes one room when it is killed while the homeserver is making it', async () => {
      const chat = friend(unique('Killed'))
      const portal = mintPortalId(Math.random)
      const killed = new AbortController()
      const dying = harness.fresh().ensureRoom(portal, chat, noMedia, killed.signal)
      dying.catch(() => {})
      setImmediate(() => killed.abort())
      const room = await harness.fresh().ensureRoom(portal, chat, noMedia, never)
      await dying.catch(() => {})
      await until(async () => (await invitedTo(chat)).length > 0, 'the invitation')
      expect(await invitedTo(chat)).toEqual([room])
    })

    it('makes one room when two make it at the same moment', async () => {
      const chat = friend(unique('Twins'))
      const portal = mintPortalId(Math.random)
      const [one, other] = await Promise.all(
        [harness.fresh({ vault: memoryVault() }), harness.fresh({ vault: memoryVault() })].map(
          (hub) => hub.ensureRoom(portal, chat, noMedia, never),
        ),
      )
      expect(other).toBe(one)
      expect(await invitedTo(chat)).toEqual([one])
    })

    it('makes the room again when its alias leads to one that was never finished', async () => {
      const chat = friend(unique('Unfinished'))
      const portal = mintPortalId(Math.random)
      const empty = await harness.alice.createRoom({ preset: 'private_chat' })
      await asBot('PUT', `/directory/room/${encodeURIComponent(alias(portal))}`, { room_id: empty })
      const room = await harness
        .fresh({ clock: hurried() })
        .ensureRoom(portal, chat, noMedia, never)
      expect(room).not.toBe(empty)
      expect(await invitedTo(chat)).toEqual([room])
    })

    it('does not take up a room that somebody else made', async () => {
      const portal = mintPortalId(Math.random)
      const bot = '@wechatbot:localhost'
      const theirs = await harness.alice.createRoom({ preset: 'private_chat', invite: [bot] })
      await asBot('POST', `/join/${encodeURIComponent(theirs)}`, {})
      await asBot('PUT', `/directory/room/${encodeURIComponent(alias(portal))}`, {
        room_id: theirs,
      })
      const making = harness.hub.ensureRoom(portal, friend('Theirs'), noMedia, never)
      await expect(making).rejects.toMatchObject({ failure: { code: 'refused', certain: true } })
    })

    it('follows the name of a friend, with the remark before it, and the name of a group', async () => {
      const at = await joined({ ...friend('Wang'), remark: 'Boss <b>' })
      const state = (type: string) => harness.alice.state(at.room, type)
      expect(await state('m.room.name')).toMatchObject({ name: 'Boss <b>' })
      expect(await state('m.room.topic')).toMatchObject({ topic: 'Calls themselves: Wang' })
      const renamed = { ...at.chat, remark: 'Old boss' }
      expect(await harness.hub.ensureRoom(at.portal, renamed, noMedia, never)).toBe(at.room)
      expect(await state('m.room.name')).toMatchObject({ name: 'Old boss' })
      const team = await joined({ ...group('Team'), remark: 'My secret name for it' })
      expect(await harness.alice.state(team.room, 'm.room.name')).toMatchObject({ name: 'Team' })
    })

    it('leaves a name alone that the person gave the room, until the chat changes', async () => {
      const at = await joined(friend('Mine'))
      const path = `/rooms/${encodeURIComponent(at.room)}/state/m.room.name`
      await harness.alice.call('PUT', path, { name: 'My own name' })
      await harness.hub.ensureRoom(at.portal, at.chat, noMedia, never)
      expect(await harness.alice.state(at.room, 'm.room.name')).toEqual({ name: 'My own name' })
    })

    it('works in the newest room version too, where the maker may not be listed', async () => {
      const hub = harness.fresh({ roomVersion: '12', vault: memoryVault() })
      const at = await ensure(friend('Twelve'), hub)
      await harness.alice.join(at.room)
      await hub.send(textPost(at, 'hello twelve', contact('Twelve')), noMedia, never)
      const levels = await harness.alice.state(at.room, 'm.room.power_levels')
      expect(levels.users).toEqual({ [harness.alice.id]: 50 })
      const shown = await harness.person.sees(at.room)
      expect(shown.map((one) => one.text)).toContain('hello twelve')
    })

    it('declines the invitation of a stranger', async () => {
      const mallory = await harness.synapse.user('mallory')
      const bot = '@wechatbot:localhost'
      const room = await mallory.createRoom({ preset: 'private_chat', invite: [bot] })
      await until(
        async () => (await mallory.state(room, 'm.room.member', bot)).membership === 'leave',
        'the bot to decline',
      )
    })
  })

  describe('ghosts', () => {
    it('renames a ghost and changes its picture, and only then', async () => {
      const at = await joined(group('Renaming'))
      const bytes = picture()
      const avatar: MediaRef = {
        id: mediaId(unique('avatar')),
        source: 'contract',
        kind: 'image',
        mime: 'image/png',
        token: 'avatar',
      }
      const speaker = { ...contact('Before'), avatar }
      const open = opener(
        { ...textPost(at, '', speaker), body: { kind: 'media', media: avatar } },
        bytes,
      )
      const says = (text: string, name: string) =>
        harness.hub.send(textPost(at, text, { ...speaker, name }), open, never)
      await says('one', 'Before')
      await says('two', 'Before')
      await says('three', 'After')
      // The homeserver tells the rooms of a new profile a little later.
      const ghost = await until(async () => {
        const members = Object.values(await harness.alice.members(at.room))
        return members.find((one) => one.display_name === 'After' && one.avatar_url)
      }, 'the renamed ghost with its picture')
      expect(Buffer.from(await harness.alice.download(ghost.avatar_url ?? ''))).toEqual(
        Buffer.from(bytes),
      )
      const changes = (await harness.alice.events(at.room)).filter(
        (event) => event.type === 'm.room.member' && event.state_key?.startsWith('@wechat_'),
      )
      // Invited, joined (named and pictured already), renamed.
      expect(changes).toHaveLength(3)
    })

    it('asks nothing of the homeserver but to say it, when nothing about the ghost is new', async () => {
      const at = await joined(friend('Usual'))
      const proxy = await lossyProxy(harness.synapse.url, () => false)
      try {
        const says = (hub: MatrixHub) =>
          hub.send(textPost(at, unique('as usual'), contact('Usual')), noMedia, never)
        await says(harness.fresh({ url: proxy.url }))
        proxy.requests.length = 0
        await says(harness.fresh({ url: proxy.url }))
        expect(proxy.requests).toEqual([expect.stringContaining('/send/m.room.message/')])
      } finally {
        await proxy.close()
      }
    })

    it('speaks although its picture cannot be had', async () => {
      const at = await joined(friend('No picture'))
      const avatar: MediaRef = {
        id: mediaId(unique('avatar')),
        source: 'contract',
        kind: 'image',
        mime: 'image/png',
        token: 'gone',
      }
      const words = unique('without a face')
      await harness.hub.send(
        textPost(at, words, { ...contact('Faceless'), avatar }),
        noMedia,
        never,
      )
      expect((await harness.person.sees(at.room)).at(-1)).toMatchObject({
        text: words,
        who: 'Faceless',
      })
    })

    it('comes back when it was kicked', async () => {
      const at = await joined(group('Kicking'))
      await harness.hub.send(textPost(at, 'first', contact('Kicked')), noMedia, never)
      const members = await harness.alice.members(at.room)
      const ghost = Object.keys(members).find((id) => members[id]?.display_name === 'Kicked')
      const path = `/rooms/${encodeURIComponent(at.room)}/kick`
      await harness.alice.call('POST', path, { user_id: ghost })
      const words = unique('back')
      await harness.hub.send(textPost(at, words, contact('Kicked')), noMedia, never)
      expect((await harness.person.sees(at.room)).at(-1)).toMatchObject({ text: words })
    })

    it('says that the room is gone when the bridge was thrown out of it, and then makes another', async () => {
      const at = await joined(friend('Thrown out'))
      await asBot('POST', `/rooms/${encodeURIComponent(at.room)}/leave`, {})
      for (const speaker of [contact('Outsider'), { type: 'bridge' } as const]) {
        const sending = harness.hub.send(textPost(at, 'anybody?', speaker), noMedia, never)
        const failure = { code: 'gone', heal: 'retry', certain: true }
        await expect(sending).rejects.toMatchObject({ failure })
      }
      const room = await harness.hub.ensureRoom(at.portal, at.chat, noMedia, never)
      expect(room).not.toBe(at.room)
      const again = { ...at, room }
      await harness.hub.send(textPost(again, 'here again', contact('Outsider')), noMedia, never)
      expect((await harness.person.sees(room)).at(-1)).toMatchObject({ text: 'here again' })
    })

    it('invites the owner again who has left a room, when there is something to hear', async () => {
      const at = await joined(friend('Left'))
      await harness.alice.call('POST', `/rooms/${encodeURIComponent(at.room)}/leave`, {})
      await until(async () => {
        await harness.hub.send(textPost(at, unique('come back'), contact('Left')), noMedia, never)
        return (await harness.alice.invitations()).includes(at.room)
      }, 'the new invitation')
      await harness.alice.join(at.room)
      // An adapter that did not see the owner leave looks for itself.
      await harness.alice.call('POST', `/rooms/${encodeURIComponent(at.room)}/leave`, {})
      await harness.fresh().ensureRoom(at.portal, at.chat, noMedia, never)
      const isInvited = async () => (await harness.alice.invitations()).includes(at.room)
      await until(isInvited, 'the invitation by another adapter')
    })

    it("speaks with the owner's WeChat name once that is known", async () => {
      const at = await joined(group('Myself'))
      const account = at.chat.account
      const me = { id: contact('me').contact, name: '张三' }
      await harness.hub.showLogin({ state: 'online', account, me }, never)
      await harness.hub.send(textPost(at, 'from my phone', { type: 'me' }), noMedia, never)
      expect((await harness.person.sees(at.room)).at(-1)).toMatchObject({ who: '张三 (WeChat)' })
    })
  })

  describe('posts', () => {
    it('carry the time at which they were said', async () => {
      const at = await joined(friend('Times'))
      const said = Date.UTC(2024, 1, 29, 12, 34, 56, 789)
      const post = { ...textPost(at, 'long ago', contact('Times')), at: said }
      const receipt = await harness.hub.send(post, noMedia, never)
      const event = (await harness.alice.events(at.room)).find((e) => e.event_id === receipt.ids[0])
      expect(event?.origin_server_ts).toBe(said)
      // Old times must not hide it from a search that begins later.
      const next = { ...textPost(at, 'and longer ago', contact('Times')), at: said - 60_000 }
      await harness.hub.send(next, noMedia, never)
      const found = await harness.fresh().find(post, Date.now(), never)
      expect(found).toMatchObject({ ids: receipt.ids })
    })

    it('are markup only where the bridge wrote it', async () => {
      const at = await joined(friend('Markup'))
      const post = textPost(at, '', contact('Markup'))
      const evil = '</strong><script>alert(1)</script>'
      const body = { kind: 'text' as const, text: [{ text: evil, bold: true as const }] }
      const receipt = await harness.hub.send({ ...post, body }, noMedia, never)
      const event = (await harness.alice.events(at.room)).find((e) => e.event_id === receipt.ids[0])
      expect(event?.content).toMatchObject({
        body: evil,
        formatted_body: '<strong>&lt;/strong&gt;&lt;script&gt;alert(1)&lt;/script&gt;</strong>',
      })
    })

    it('of the longest text with the widest characters still fit into an event', async () => {
      const at = await joined(friend('Long'))
      const text = '&"\'<😀微信 \n'.repeat(900).slice(0, 8000)
      const post = textPost(at, '', contact('Long'))
      const body = { kind: 'text' as const, text: [{ text, bold: true as const }] }
      const receipt = await harness.hub.send({ ...post, body }, noMedia, never)
      const shown = (await harness.person.sees(at.room)).find((one) => one.id === receipt.ids[0])
      expect(shown?.text).toBe(text)
    })

    it('are not found by a key that somebody else wrote into a message', async () => {
      const at = await joined(friend('Forged'))
      const post = textPost(at, 'forged', contact('Forged'))
      await harness.alice.say(at.room, 'I am your post', { 'net.wechat-bridge.key': post.key })
      expect(await harness.hub.find(post, Date.now(), never)).toBe('absent')
      const heard = await inbox.text('I am your post')
      expect(heard.type).toBe('message')
    })

    it('of every kind of media, and a place, are read back as what they are', async () => {
      const at = await joined(friend('All media'))
      const { alice } = harness
      const bytes = (media: MediaRef) => Buffer.from(`bytes of ${media.token}`)
      const open: Open = async (media) => ({
        stream: new Blob([bytes(media)]).stream(),
        mime: media.mime,
        bytes: bytes(media).length,
      })
      const says = (body: Body) =>
        harness.hub.send({ ...textPost(at, '', contact('All media')), body }, open, never)
      const kinds = ['image', 'voice', 'video', 'file', 'sticker'] as const
      for (const kind of kinds) {
        const { content } = everyKind[kind]
        const { media, poster } = { poster: undefined, ...content }
        const caption = [{ text: `a ${kind}` }]
        await says({ kind: 'media', media, caption, ...(poster && { poster }) })
      }
      await says({ kind: 'location', latitude: 30.25, longitude: 120.15, label: '断桥残雪' })
      const shown = (await alice.events(at.room)).slice(-6).map((event) => event.content)
      expect(shown).toMatchObject([
        { msgtype: 'm.image', body: 'a image', info: { w: 640, h: 420 } },
        { msgtype: 'm.audio', 'org.matrix.msc3245.voice': {}, info: { duration: 2400 } },
        { msgtype: 'm.video', info: { duration: 3000, thumbnail_info: { mimetype: 'image/png' } } },
        { msgtype: 'm.file', filename: '徒步计划 v2.pdf', body: 'a file' },
        { msgtype: 'm.image', info: { mimetype: 'image/gif' } },
        { msgtype: 'm.location', body: '断桥残雪', geo_uri: 'geo:30.250000,120.150000' },
      ])
      for (const [index, kind] of kinds.entries()) {
        const had = await alice.download(String(shown[index]?.url))
        expect(Buffer.from(had)).toEqual(bytes(everyKind[kind].content.media))
      }
      const info = shown[2]?.info as { thumbnail_url: string }
      const still = Buffer.from(await alice.download(info.thumbnail_url)).toString()
      expect(still).toBe('bytes of poster')
    })

    it('say both sizes when the homeserver would not take a file', async () => {
      const at = await joined(friend('Large'))
      const media: MediaRef = {
        id: mediaId(unique('large')),
        source: 'contract',
        kind: 'video',
        mime: 'video/mp4',
        token: 'large',
      }
      let pulled = 0
      const open = async () => ({
        mime: 'video/mp4',
        bytes: 3 * 1024 * 1024,
        stream: new ReadableStream<Uint8Array>({ pull: () => void pulled++ }, { highWaterMark: 0 }),
      })
      const post = {
        ...textPost(at, '', contact('Large')),
        body: { kind: 'media' as const, media },
      }
      const error: unknown = await harness.hub.send(post, open, never).catch((thrown) => thrown)
      if (!(error instanceof BridgeError)) throw new Error('no BridgeError')
      expect(error.failure).toEqual({ code: 'tooLarge', heal: 'never', certain: true })
      expect(error.message).toMatch(/3\.0 MB.*2\.0 MB/)
      expect(pulled).toBe(0)
    })

    it('are uploaded whole although nobody knew their size', async () => {
      const at = await joined(friend('Sizeless'))
      const media: MediaRef = {
        id: mediaId(unique('sizeless')),
        source: 'contract',
        kind: 'image',
        mime: 'image/png',
        token: 'sizeless',
      }
      const bytes = picture()
      const open = async () => ({
        mime: 'image/png',
        stream: new Blob([new Uint8Array(bytes)]).stream(),
      })
      const post = {
        ...textPost(at, '', contact('Sizeless')),
        body: { kind: 'media' as const, media },
      }
      const receipt = await harness.hub.send(post, open, never)
      const shown = (await harness.person.sees(at.room)).find((one) => one.id === receipt.ids[0])
      expect(Buffer.from(shown?.picture ?? []).equals(Buffer.from(bytes))).toBe(true)
    })

    it('whose answer was lost are found, and not doubled when they are sent again', async () => {
      const at = await joined(friend('Lost answer'))
      const proxy = await lossyProxy(harness.synapse.url, (request) =>
        request.includes('/send/m.room.message/'),
      )
      try {
        const hub = harness.fresh({ url: proxy.url })
        const words = unique('lost answer')
        const post = textPost(at, words, contact('Lost'))
        await hub.send(textPost(at, 'hello', contact('Lost')), noMedia, never).catch(() => {})
        const since = Date.now()
        const error: unknown = await hub.send(post, noMedia, never).catch((thrown) => thrown)
        expect(error).toMatchObject({ failure: { code: 'network', heal: 'retry', certain: false } })
        const found = await hub.find(post, since, never)
        if (typeof found === 'string') throw new Error(found)
        const again = await harness.hub.send(post, noMedia, never)
        expect(again.ids).toEqual(found.ids)
        const shown = (await harness.person.sees(at.room)).filter((one) => one.text === words)
        expect(shown).toHaveLength(1)
      } finally {
        await proxy.close()
      }
    })
  })

  describe('taking back', () => {
    const post = (at: At, ...events: readonly string[]) => redactionPost(at, events.map(eventId))
    const says = async (at: At, speaker: Speaker, text = unique('words')) =>
      (await harness.hub.send(textPost(at, text, speaker), noMedia, never)).ids[0] ?? ''
    /** Who took an event back, and why, and how many times it was taken back. */
    const fate = async (room: RoomId, id: string) => {
      const events = await harness.alice.events(room)
      const because = events.find((e) => e.event_id === id)?.unsigned?.redacted_because as
        | ClientEvent
        | undefined
      const times = events.filter(
        (e) => e.type === 'm.room.redaction' && JSON.stringify(e).includes(id),
      ).length
      return { by: because?.sender, reason: because?.content.reason, times }
    }

    it('is done by whoever said it, for everybody, with the reason', async () => {
      const at = await joined(group('Takers'))
      const [ghost, me, bot] = [
        await says(at, contact('Taker')),
        await says(at, { type: 'me' }),
        await says(at, { type: 'bridge' }),
      ]
      await harness.hub.send(post(at, ghost, me, bot), noMedia, never)
      const reason = 'recalled in WeChat'
      const by = async (id: string) => (await fate(at.room, id)).by
      expect(await fate(at.room, ghost)).toMatchObject({ reason, times: 1 })
      expect(await by(ghost)).toMatch(/^@wechat_[0-9a-f]{24}:/)
      expect(await by(me)).toBe('@wechat_me:localhost')
      expect(await by(bot)).toBe('@wechatbot:localhost')
      expect(await harness.person.sees(at.room)).toEqual([])
    })

    it('of what the owner wrote is done by the bot', async () => {
      const at = await joined(friend('Own words'))
      const said = await harness.alice.say(at.room, unique('from the room'))
      const receipt = await harness.hub.send(post(at, said), noMedia, never)
      expect(receipt.ids).toHaveLength(1)
      expect(await fate(at.room, said)).toMatchObject({ by: '@wechatbot:localhost', times: 1 })
    })

    it('is done by the bot where the ghost is not there any more', async () => {
      const at = await joined(group('Kicked taker'))
      const said = await says(at, contact('Kicked taker'))
      const members = await harness.alice.members(at.room)
      const ghost = Object.keys(members).find((id) => members[id]?.display_name === 'Kicked taker')
      const path = `/rooms/${encodeURIComponent(at.room)}/kick`
      await harness.alice.call('POST', path, { user_id: ghost })
      await harness.hub.send(post(at, said), noMedia, never)
      expect((await fate(at.room, said)).by).toBe('@wechatbot:localhost')
    })

    it('of what is taken back already, or was never there, is done', async () => {
      const at = await joined(friend('Already'))
      const said = await says(at, contact('Already'))
      const by = await harness.alice.redact(at.room, said)
      const never_ = `$${'a'.repeat(43)}`
      const taking = post(at, said, never_)
      const receipt = await harness.hub.send(taking, noMedia, never)
      expect(receipt.ids).toEqual([by])
      expect(await harness.hub.find(taking, Date.now(), never)).toMatchObject({ ids: [by] })
      expect(await fate(at.room, said)).toMatchObject({ by: harness.alice.id, times: 1 })
    })

    it('of several that was broken off is finished, and nothing is taken back twice', async () => {
      const at = await joined(friend('Halves'))
      const one = await says(at, contact('Halves'))
      const two = await says(at, contact('Halves'))
      let puts = 0
      const isSecond = (request: string) => request.includes('/redact/') && ++puts === 2
      const proxy = await lossyProxy(harness.synapse.url, isSecond)
      try {
        const taking = post(at, one, two)
        const since = Date.now()
        const broken = harness.fresh({ url: proxy.url }).send(taking, noMedia, never)
        const failure = { code: 'network', heal: 'retry', certain: false }
        await expect(broken).rejects.toMatchObject({ failure })
        // The homeserver forgets which transactions it has seen.
        await harness.synapse.stop()
        await harness.synapse.start()
        const hub = harness.fresh()
        const found = await hub.find(taking, since, never)
        expect(found).toMatchObject({ ids: [expect.any(String), expect.any(String)] })
        expect((await hub.send(taking, noMedia, never)).ids).toEqual((found as Receipt).ids)
        for (const id of [one, two]) expect((await fate(at.room, id)).times).toBe(1)
      } finally {
        await proxy.close()
      }
    })

    it('is refused where the bridge was thrown out, unless the ghost is still there', async () => {
      const at = await joined(friend('No power'))
      const said = await says(at, contact('No power'))
      const own = await harness.alice.say(at.room, unique('from the room'))
      await asBot('POST', `/rooms/${encodeURIComponent(at.room)}/leave`, {})
      const failure = { code: 'refused', heal: 'never', certain: true }
      const taking = harness.hub.send(post(at, own), noMedia, never)
      await expect(taking).rejects.toMatchObject({ failure })
      const { ids } = await harness.hub.send(post(at, said), noMedia, never)
      expect(ids).toHaveLength(1)
    })

    it('reaches no other room', async () => {
      const at = await joined(friend('Here'))
      const other = await joined(friend('There'))
      const said = await says(other, contact('There'))
      expect((await harness.hub.send(post(at, said), noMedia, never)).ids).toEqual([])
      expect(await fate(other.room, said)).toMatchObject({ times: 0 })
    })

    it('means nothing to the bridge itself', async () => {
      const at = await joined(friend('Own redactions'))
      const said = await says(at, contact('Own redactions'))
      await harness.hub.send(post(at, said), noMedia, never)
      const words = unique('after')
      await harness.alice.say(at.room, words)
      await inbox.text(words)
      const heard = inbox.all.filter((e) => e.room === at.room && e.type === 'redaction')
      expect(heard).toEqual([])
    })
  })

  describe('events', () => {
    const heard = (kind: string, room: RoomId) =>
      until(() => inbox.all.find((e) => e.type === kind && e.room === room), `the ${kind} event`)

    it('of kinds that are not translated come with a word for them', async () => {
      const at = await joined(friend('Kinds'))
      const { alice } = harness
      await alice.send(at.room, 'm.room.encrypted', { algorithm: 'm.megolm.v1.aes-sha2' })
      const kinds = () =>
        inbox.all.flatMap((e) => (e.type === 'unsupported' && e.room === at.room ? [e.kind] : []))
      await alice.send(at.room, 'm.poll.start', { 'm.poll': {} })
      await until(() => kinds().length === 2, 'two unsupported events')
      expect(kinds()).toEqual(['encrypted message', 'poll'])
    })

    it('that take a message back name it', async () => {
      const at = await joined(friend('Redaction'))
      const said = await harness.alice.say(at.room, unique('take me back'))
      await harness.alice.redact(at.room, said)
      expect(await heard('redaction', at.room)).toMatchObject({
        target: said,
        from: harness.alice.id,
      })
    })

    it('of our own posts come back as echoes, unless their answer said what they became', async () => {
      const at = await joined(friend('Echo'))
      const answered = textPost(at, 'answered', contact('Echo'))
      await harness.hub.send(answered, noMedia, never)
      // As a process before this one would have sent it.
      const post = textPost(at, 'echo', contact('Echo'))
      const receipt = await harness.fresh().send(post, noMedia, never)
      expect(await heard('echo', at.room)).toMatchObject({
        key: post.key,
        id: eventId(receipt.ids[0] ?? ''),
      })
      const echoes = inbox.all.filter((e) => e.type === 'echo' && e.room === at.room)
      expect(echoes.map((e) => e.type === 'echo' && e.key)).toEqual([post.key])
    })

    it('of a stranger in a room are not told; of those whom the owner named, with who it was', async () => {
      const at = await joined(group('With a stranger'))
      const trudy = await harness.synapse.user('trudy')
      const path = `/rooms/${encodeURIComponent(at.room)}/invite`
      await harness.alice.call('POST', path, { user_id: trudy.id })
      await trudy.join(at.room)
      await trudy.say(at.room, unique('hello from a stranger'))
      await trudy.say(at.room, '!wx logout')
      const behind = unique('behind the stranger')
      await harness.alice.say(at.room, behind)
      await inbox.text(behind)
      await harness.hub.people?.set(trudy.id, 'relay')
      const words = unique('hello from a guest')
      await trudy.say(at.room, words)
      expect(await inbox.text(words)).toMatchObject({ from: trudy.id })
      const theirs = inbox.all.filter((event) => 'from' in event && event.from === trudy.id)
      expect(theirs).toHaveLength(1)
    })
  })

  it('delivers after an outage of the homeserver, and says what is wrong during it', async () => {
    const at = await joined(friend('Outage'))
    const post = textPost(at, unique('outage'), contact('Outage'))
    await harness.hub.send(textPost(at, 'before', contact('Outage')), noMedia, never)
    await harness.synapse.stop()
    const unreachable = { failure: { code: 'network', heal: 'retry', certain: true } }
    await expect(harness.hub.send(post, noMedia, never)).rejects.toMatchObject(unreachable)
    await expect(harness.hub.find(post, Date.now(), never)).rejects.toMatchObject(unreachable)
    await harness.synapse.start()
    const receipt = await harness.hub.send(post, noMedia, never)
    await harness.synapse.stop()
    await harness.synapse.start()
    expect(await harness.fresh().find(post, Date.now(), never)).toMatchObject({ ids: receipt.ids })
  })

  it('writes neither secrets nor words of people into the log', async () => {
    const at = await joined(friend('Secret name'))
    const words = unique('nobody may read this')
    await harness.hub.send(textPost(at, words, contact('Secret name')), noMedia, never)
    await harness.person.says(at.room, `${words} answer`)
    await inbox.text(`${words} answer`)
    const log = harness.log.text()
    for (const secret of [
      harness.registration.asToken,
      harness.registration.hsToken,
      words,
      'Secret name',
    ]) {
      expect(log).not.toContain(secret)
    }
  })
})

onSynapse('Matrix adapter on a strict Synapse', () => {
  it('says how long to wait when the homeserver asks for a slower pace', async () => {
    const never = new AbortController().signal
    const harness = await matrixHarness({ limits: 'default', rateLimited: true })
    try {
      await harness.start(new Inbox())
      const portal = mintPortalId(Math.random)
      const room = await harness.hub.ensureRoom(portal, friend('Fast'), noMedia, never)
      const sends = Array.from({ length: 30 }, (_, n) =>
        harness.hub.send(textPost({ portal, room }, `fast ${n}`, contact('Fast')), noMedia, never),
      )
      const results = await Promise.allSettled(sends)
      const refused = results.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
      expect(refused.length).toBeGreaterThan(0)
      for (const error of refused) {
        // Each user is limited by itself, so the other rooms go on.
        expect(error).toMatchObject({ failure: { code: 'rate', heal: 'retry', certain: true } })
        expect(error.failure.afterMs).toBeGreaterThan(0)
      }
    } finally {
      await harness.drop()
    }
  })
})

/** A clock on which waiting takes no time. */
function hurried() {
  let now = Date.now()
  const sleep = async (ms: number) => {
    now += ms
  }
  return { now: () => now, steady: () => now, sleep }
}
