import { afterAll, beforeAll, expect, it } from 'vitest'
import type { MatrixHub } from '../../adapters/matrix/hub.ts'
import type { Chat } from '../../src/core/chat.ts'
import { management } from '../../src/core/chat.ts'
import { roomId } from '../../src/core/ids.ts'
import { Inbox } from '../contract/hub-inbox.ts'
import { contact, friend, group, noMedia, textPost, unique } from '../contract/hub-posts.ts'
import { until } from '../support/until.ts'
import { type MatrixHarness, matrixHarness } from './matrix-harness.ts'
import { onSynapse } from './on-synapse.ts'

onSynapse('Matrix room upgrades on a real Synapse', () => {
  const never = new AbortController().signal
  const bot = '@wechatbot:localhost'
  let harness: MatrixHarness
  let inbox: Inbox

  beforeAll(async () => {
    harness = await matrixHarness()
    inbox = new Inbox()
    await harness.restart({ space: true, roomVersion: '11' })
    await harness.start(inbox)
  })
  afterAll(() => harness?.drop())

  const ensure = (chat: Chat, hub?: MatrixHub) => harness.joined(chat, hub)
  const at = (room: string) => `/rooms/${encodeURIComponent(room)}`
  const upgrade = async (room: string, version = '12') => {
    const body = { new_version: version }
    return String((await harness.alice.call('POST', `${at(room)}/upgrade`, body)).replacement_room)
  }
  const invite = (room: string) =>
    harness.alice.call('POST', `${at(room)}/invite`, { user_id: bot })
  const moves = (room: string) =>
    inbox.all.filter((event) => event.type === 'moved' && event.room === room)
  const moved = (room: string) => until(() => moves(room)[0], 'the room to have moved')
  const texts = async (room: string) =>
    (await harness.alice.events(room))
      .filter((event) => event.type === 'm.room.message')
      .map((event) => event.content.body)

  it('by the owner are followed, and nothing said before or after is lost', async () => {
    const here = await ensure(group(unique('Upgraded')))
    await harness.hub.send(textPost(here, 'from before', contact('Upgrader')), noMedia, never)
    const before = unique('said before')
    await harness.alice.say(here.room, before)
    await inbox.text(before)
    const next = await upgrade(here.room)
    // The bot is not there yet: nobody tells the bridge of this.
    const between = unique('said between')
    await harness.alice.say(next, between)
    await invite(next)
    const after = unique('said after')
    await harness.alice.say(next, after)
    expect(await moved(here.room)).toMatchObject({ from: harness.alice.id, to: next })
    for (const words of [between, after]) {
      expect(await inbox.text(words)).toMatchObject({ type: 'message', room: next })
    }
    const ids = inbox.all.map((event) => event.id)
    const move = ids.indexOf((await moved(here.room)).id)
    expect(ids.indexOf((await inbox.text(between)).id)).toBeGreaterThan(move)
    expect(ids.indexOf((await inbox.text(after)).id)).toBeGreaterThan(move)

    expect(await harness.hub.ensureRoom(here.portal, here.chat, noMedia, never)).toBe(next)
    const there = { ...here, room: roomId(next) }
    await harness.hub.send(textPost(there, 'from after', contact('Upgrader')), noMedia, never)
    expect(await texts(next)).toContain('from after')
    expect(await harness.alice.state(next, 'm.room.create')).toMatchObject({ room_version: '12' })
    // The bot keeps the rights it had, so that the room can be kept up to date.
    const renamed: Chat = { ...here.chat, name: unique('Renamed') }
    await harness.hub.ensureRoom(here.portal, renamed, noMedia, never)
    expect(await harness.alice.state(next, 'm.room.name')).toEqual({ name: renamed.name })
    await harness.hub.members?.(
      here.portal,
      there.room,
      here.chat,
      [{ id: contact('Silent one').contact, name: 'Silent one' }],
      noMedia,
      never,
    )
    const names = Object.values(await harness.alice.members(next)).map((one) => one.display_name)
    expect(names).toContain('Silent one')
  })

  it('that happen while the bridge is away are followed when it is back, in the space, too', async () => {
    const here = await ensure(friend(unique('Away')))
    const space = await until(
      () => JSON.parse(harness.vault.entries.get(`room/${here.portal}`) ?? '{}').space as string,
      'the room in its space',
    )
    await harness.stop()
    const next = await upgrade(here.room)
    await invite(next)
    await harness.restart({ space: true, roomVersion: '11' })
    await harness.start(inbox)
    await moved(here.room)
    await harness.alice.join(space)
    await until(async () => {
      const child = await harness.alice.state(space, 'm.space.child', next)
      const old = await harness.alice.state(space, 'm.space.child', here.room)
      return child.via !== undefined && old.via === undefined
    }, 'the new room in the space')
  })

  it('wait for the invitation, say so, and are remembered meanwhile', async () => {
    const here = await ensure(group(unique('Waiting')))
    const next = await upgrade(here.room)
    await until(
      async () => (await texts(here.room)).some((text) => String(text).includes(`Invite ${bot}`)),
      'the bridge to ask for an invitation',
    )
    expect(moves(here.room)).toEqual([])
    await harness.stop()
    await harness.restart({ space: true, roomVersion: '11' })
    await harness.start(inbox)
    await invite(next)
    expect(await moved(here.room)).toMatchObject({ to: next })
    await until(() => !harness.vault.entries.has('upgrades'), 'nothing left to follow')
  })

  it('are not followed into rooms that do not say so themselves', async () => {
    const here = await ensure(group(unique('Lied')))
    const trap = await harness.alice.createRoom({ preset: 'private_chat', invite: [bot] })
    const content = { body: 'come', replacement_room: trap }
    await harness.alice.call('PUT', `${at(here.room)}/state/m.room.tombstone`, content)
    await until(() => harness.log.text().includes('not followed'), 'the refusal')
    expect(moves(here.room)).toEqual([])
    const post = textPost(here, unique('still here'), contact('Lied'))
    await harness.hub.send(post, noMedia, never)
  })

  it('that lead into the room of another chat leave both as they are, and lose nothing there', async () => {
    const here = await ensure(group(unique('Misled')))
    const other = await ensure(group(unique('Bystander')))
    const home = await ensure(management)
    for (const to of [other.room, home.room]) {
      const content = { body: 'come', replacement_room: to }
      await harness.alice.call('PUT', `${at(here.room)}/state/m.room.tombstone`, content)
      const words = unique('said there')
      await harness.alice.say(to, `!wx ${words}`)
      await until(
        () => inbox.all.find((one) => one.type === 'command' && one.words.join(' ') === words),
        'what was said there',
        5_000,
      )
      await until(async () => Object.keys(await harness.alice.members(to)).includes(bot), 'the bot')
    }
    expect(harness.vault.entries.has('upgrades')).toBe(false)
    expect(moves(here.room)).toEqual([])
    const post = textPost(here, unique('still here'), contact('Misled'))
    await harness.hub.send(post, noMedia, never)
    const there = textPost(other, unique('there too'), contact('Misled'))
    await harness.hub.send(there, noMedia, never)
    expect(Object.keys(await harness.alice.members(other.room))).toContain(bot)
  })

  it('by somebody else are followed as soon as the owner is there', async () => {
    const here = await ensure(group(unique('By Bob')))
    const bob = await harness.synapse.user(`bob${Date.now()}`)
    await harness.alice.call('POST', `${at(here.room)}/invite`, { user_id: bob.id })
    await bob.join(here.room)
    const levels = await harness.alice.state(here.room, 'm.room.power_levels')
    const users = { ...(levels.users as object), [bob.id]: 100 }
    const asBot = { authorization: `Bearer ${harness.registration.asToken}` }
    const put = async (type: string, content: object) => {
      const url = `${harness.synapse.url}/_matrix/client/v3${at(here.room)}/state/${type}`
      const body = JSON.stringify(content)
      expect((await fetch(url, { method: 'PUT', headers: asBot, body })).status).toBe(200)
    }
    await put('m.room.power_levels', { ...levels, users })
    await put('m.room.join_rules', { join_rule: 'public' })
    const done = await bob.call('POST', `${at(here.room)}/upgrade`, { new_version: '11' })
    const next = String(done.replacement_room)
    await until(async () => bot in (await bob.members(next)), 'the bot to come')
    expect(moves(here.room)).toEqual([])
    await harness.alice.join(next)
    expect(await moved(here.room)).toMatchObject({ to: next })
  })

  it('of the management room are followed', async () => {
    const home = await ensure(management)
    const next = await upgrade(home.room)
    await invite(next)
    await moved(home.room)
    await harness.alice.say(next, 'help me')
    await until(
      () => inbox.all.find((event) => event.type === 'command' && event.room === next),
      'words for the bridge',
    )
  })

  it('of the space are followed', async () => {
    const space = JSON.parse(harness.vault.entries.get('space') ?? '{}').room as string
    await harness.alice.join(space)
    const next = await upgrade(space)
    await invite(next)
    await until(() => harness.vault.entries.get('space')?.includes(next), 'the new space')
    const here = await ensure(friend(unique('In the new space')))
    await until(async () => harness.alice.state(next, 'm.space.child', here.room), 'the room in it')
  })

  it('where the bot has no right any more say which, and it speaks all the same', async () => {
    const hub = harness.fresh({ roomVersion: '12' })
    const here = await ensure(group(unique('Powerless')), hub)
    const next = await upgrade(here.room)
    await invite(next)
    await moved(here.room)
    await until(
      async () => (await texts(next)).some((text) => String(text).includes('lacks rights')),
      'what is lacking',
    )
    const there = { ...here, room: roomId(next) }
    await harness.hub.ensureRoom(here.portal, { ...here.chat, name: 'New' }, noMedia, never)
    await harness.hub.send(textPost(there, 'all the same', contact('Powerless')), noMedia, never)
    expect(await texts(next)).toContain('all the same')
  })

  it('take along what is muted, and the owner hears the room again when the chat is not', async () => {
    await harness.stop()
    await harness.restart({ puppetToken: harness.alice.token })
    await harness.start(inbox)
    const here = await ensure({ ...group(unique('Muted')), muted: true })
    await until(() => harness.silence(here.room), 'the rule of the old room')
    const next = await upgrade(here.room)
    await invite(next)
    await moved(here.room)
    await until(() => harness.silence(next), 'the rule of the new room')
    const { muted: _, ...loud } = here.chat
    await harness.hub.ensureRoom(here.portal, loud, noMedia, never)
    await until(async () => (await harness.silence(next)) === undefined, 'the room to ring again')
  })
})
