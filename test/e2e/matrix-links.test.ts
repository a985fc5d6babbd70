import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Chat, management } from '../../src/core/chat.ts'
import { roomId } from '../../src/core/ids.ts'
import { Inbox } from '../contract/hub-inbox.ts'
import { contact, friend, group, noMedia, textPost, unique } from '../contract/hub-posts.ts'
import { until } from '../support/until.ts'
import { type MatrixHarness, matrixHarness } from './matrix-harness.ts'
import { onSynapse } from './on-synapse.ts'

onSynapse('Linked Matrix rooms on a real Synapse', () => {
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

  const places = () => harness.hub.places!
  const ensure = (chat: Chat) => harness.joined(chat)
  /** A room of Alice's with the bot in it. */
  const brought = async (more: object = {}) => {
    const room = await harness.alice.createRoom({ preset: 'private_chat', invite: [bot], ...more })
    await until(async () => bot in (await harness.alice.members(room)), 'the bot to come')
    return roomId(room)
  }
  const refusal = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error: { failure?: { code: string }; message: string }) =>
        error.failure?.code === 'refused' ? error.message : undefined,
    )
  const moves = (room: string) =>
    inbox.all.flatMap((event) => (event.type === 'moved' && event.room === room ? [event.to] : []))

  it('show the chat from then on, both ways, and keep their own looks', async () => {
    const at = await ensure({ ...friend(unique('Linked')), remark: 'My secret name' })
    const here = await brought({ name: 'My kitchen' })
    const now = await places().link(at.portal, here)
    expect(now).toMatchObject({ kind: 'linked', name: 'My kitchen' })
    expect(now.url).toContain(encodeURIComponent(here))
    expect(moves(at.room)).toEqual([here])
    expect(await places().portalAt(here)).toBe(at.portal)
    expect(await places().portalAt(at.room)).toBeUndefined()
    expect(await harness.hub.ensureRoom(at.portal, at.chat, noMedia, never)).toBe(here)
    const there = { ...at, room: here }
    await harness.hub.send(textPost(there, 'in the kitchen', contact('Linked')), noMedia, never)
    const shown = await harness.person.sees(here)
    expect(shown.map((one) => one.text)).toContain('in the kitchen')
    expect(await harness.alice.state(here, 'm.room.name')).toEqual({ name: 'My kitchen' })
    expect(JSON.stringify(await harness.alice.events(here))).not.toContain('My secret name')
    const words = unique('from the kitchen')
    await harness.alice.say(here, words)
    expect(await inbox.text(words)).toMatchObject({ room: here })
    const old = async () => JSON.stringify(await harness.alice.events(at.room))
    await until(
      async () => (await old()).includes('shown in another room'),
      'a word in the old one',
    )
  })

  it('are taken back for the room of its own, also twice', async () => {
    const at = await ensure(group(unique('Back')))
    const here = await brought()
    await places().link(at.portal, here)
    expect(await places().move(at.portal, 'auto')).toMatchObject({ kind: 'own' })
    expect(moves(here)).toEqual([at.room])
    expect(await harness.hub.ensureRoom(at.portal, at.chat, noMedia, never)).toBe(at.room)
    await places().move(at.portal, 'auto')
    expect(moves(here)).toEqual([at.room])
    await harness.hub.send(textPost(at, 'home again', contact('Back')), noMedia, never)
    await places().link(at.portal, here)
    expect(await places().of(at.portal)).toMatchObject({ kind: 'linked' })
  })

  it('are left for a new room where the old one is not there any more', async () => {
    const at = await ensure(group(unique('Anew')))
    const here = await brought()
    await places().link(at.portal, here)
    const asBot = { authorization: `Bearer ${harness.registration.asToken}` }
    const url = `${harness.synapse.url}/_matrix/client/v3/rooms/${encodeURIComponent(at.room)}/leave`
    await until(async () => {
      const members = await harness.alice.members(at.room)
      return !Object.keys(members).some((id) => id.startsWith('@wechat_'))
    }, 'the ghosts to have left')
    await fetch(url, { method: 'POST', headers: asBot, body: '{}' })
    await places().move(at.portal, 'auto')
    const [next] = moves(here)
    expect(next).not.toBe(at.room)
    expect(await harness.hub.ensureRoom(at.portal, at.chat, noMedia, never)).toBe(next)
  })

  it('are refused where the chat could not be shown, with the level that lacks', async () => {
    const at = await ensure(group(unique('Refused')))
    const levels = { events_default: 30, invite: 60, users_default: 10 }
    const strict = await brought({ power_level_content_override: levels })
    const said = await refusal(places().link(at.portal, strict))
    expect(said).toContain(bot)
    expect(said).toMatch(/to write takes 30, it is 10/)
    expect(said).toMatch(/to invite takes 60, it is 10/)
    const encrypted = await brought({
      initial_state: [
        {
          type: 'm.room.encryption',
          state_key: '',
          content: { algorithm: 'm.megolm.v1.aes-sha2' },
        },
      ],
    })
    expect(await refusal(places().link(at.portal, encrypted))).toMatch(/encrypted/)
    const other = await ensure(group(unique('Other')))
    expect(await refusal(places().link(at.portal, other.room))).toMatch(/another chat/)
    const outside = roomId(await harness.alice.createRoom({ preset: 'private_chat' }))
    expect(await refusal(places().link(at.portal, outside))).toMatch(/not in that room/)
    expect(await places().of(at.portal)).toMatchObject({ kind: 'own' })
    expect(moves(at.room)).toEqual([])
  })

  it('show one chat, also where two are linked to them at once; and never the bridge’s own talk', async () => {
    const [one, two] = [await ensure(group(unique('One'))), await ensure(group(unique('Two')))]
    const here = await brought()
    const all = await Promise.allSettled([one, two].map((at) => places().link(at.portal, here)))
    expect(all.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    const winner = all[0]?.status === 'fulfilled' ? one : two
    const other = winner === one ? two : one
    expect(await places().portalAt(here)).toBe(winner.portal)
    expect(await places().of(other.portal)).toMatchObject({ kind: 'own' })
    expect(await harness.hub.ensureRoom(other.portal, other.chat, noMedia, never)).toBe(other.room)
    const home = await ensure(management)
    expect(await refusal(places().link(other.portal, home.room))).toMatch(/the bridge itself/)
    const space = JSON.parse(harness.vault.entries.get('space') ?? '{}').room as string
    expect(await refusal(places().link(other.portal, roomId(space)))).toMatch(/the bridge itself/)
  })

  it('are left in peace by a chat that is back before its going was over', async () => {
    const at = await ensure(group(unique('To and fro')))
    const here = await brought()
    await places().link(at.portal, here)
    await places().move(at.portal, 'auto')
    await places().link(at.portal, here)
    await places().move(at.portal, 'auto')
    await harness.hub.send(textPost(at, 'to and fro', contact('Fro')), noMedia, never)
    const said = (await harness.person.sees(at.room)).map(({ text }) => text)
    expect(said).toContain('to and fro')
    const space = JSON.parse(harness.vault.entries.get('space') ?? '{}').room as string
    if (!(await harness.alice.invitations()).includes(space))
      await harness.alice.call('GET', '/sync')
    await harness.alice.join(space)
    await until(
      async () => (await harness.alice.state(space, 'm.space.child', at.room)).via !== undefined,
      'the room in its space',
    )
    expect((await harness.alice.state(space, 'm.space.child', here)).via).toBeUndefined()
  })

  it('are asked for by inviting the bot, and there is no home for all', async () => {
    const at = await ensure(group(unique('Asked')))
    expect(await refusal(places().invitation(at.portal))).toContain(`Invite ${bot}`)
    expect(await refusal(places().home(at.room))).toMatch(/room of its own/)
    expect(await refusal(places().move(at.portal, 'forum'))).toMatch(/room of its own/)
  })

  it('are not muted any longer than they show a chat that is', async () => {
    await harness.stop()
    await harness.restart({ puppetToken: harness.alice.token })
    await harness.start(inbox)
    const silent = (room: string) => until(() => harness.silence(room), 'the room to be silent')
    const loud = (room: string) =>
      until(async () => (await harness.silence(room)) === undefined, 'the room to ring')
    const at = await ensure({ ...group(unique('Silent')), muted: true })
    await silent(at.room)
    const here = await brought()
    await places().link(at.portal, here)
    await loud(at.room)
    await harness.hub.ensureRoom(at.portal, at.chat, noMedia, never)
    await silent(here)
    await places().move(at.portal, 'auto')
    await loud(here)
    await silent(at.room)
    const { muted: _, ...ringing } = at.chat
    await harness.hub.ensureRoom(at.portal, ringing, noMedia, never)
    await loud(at.room)
  })
})
