import { afterAll, beforeAll, expect, it } from 'vitest'
import type { MatrixHub } from '../../adapters/matrix/hub.ts'
import { names as namesOf } from '../../adapters/matrix/ids.ts'
import type { Chat, Member } from '../../src/core/chat.ts'
import { contactId, mintPortalId } from '../../src/core/ids.ts'
import { Inbox } from '../contract/hub-inbox.ts'
import { account, contact, group, noMedia, textPost, unique } from '../contract/hub-posts.ts'
import { until } from '../support/until.ts'
import { lossyProxy } from './lossy-proxy.ts'
import { type MatrixHarness, matrixHarness } from './matrix-harness.ts'
import { onSynapse } from './on-synapse.ts'

onSynapse('Matrix members on a real Synapse', () => {
  const never = new AbortController().signal
  let harness: MatrixHarness

  beforeAll(async () => {
    harness = await matrixHarness()
    await harness.start(new Inbox())
  })
  afterAll(() => harness?.drop())

  const hubNow = () => harness.hub as MatrixHub
  const ensure = (chat: Chat = group(unique('Group')), hub = hubNow()) => harness.joined(chat, hub)
  type At = Awaited<ReturnType<typeof ensure>>
  const person = (name: string, nick?: string): Member => ({
    id: contact(name).contact,
    name,
    ...(nick !== undefined && { nick }),
  })
  const show = (at: At, members: readonly Member[], hub = hubNow()) =>
    hub.members!(at.portal, at.room, at.chat, members, noMedia, never)
  const ghost = (name: string) =>
    namesOf(harness.registration.prefix, 'wechatbot', 'localhost').ghost(contact(name).contact)
  /** What the ghosts in a room are called there. */
  const called = async (at: At) => {
    const members = await harness.alice.members(at.room)
    return Object.entries(members)
      .filter(([id]) => id.startsWith('@wechat_'))
      .map(([, one]) => one.display_name)
      .sort()
  }
  const changes = async (at: At) =>
    (await harness.alice.events(at.room)).filter(
      (e) => e.type === 'm.room.member' && e.state_key?.startsWith('@wechat_'),
    )

  it('join and leave with the group, under the names they have in it', async () => {
    const at = await ensure()
    const [li, mei] = [unique('Li'), unique('Mei')]
    await show(at, [person(li), person(mei, 'The boss')])
    expect(await called(at)).toEqual([li, 'The boss'].sort())
    // Asked in and come in, and nobody is told of a change of name.
    expect(await changes(at)).toHaveLength(4)
    await show(at, [person(mei, 'Former boss')])
    expect(await called(at)).toEqual(['Former boss'])
    await show(at, [person(mei)])
    expect(await called(at)).toEqual([mei])
  })

  it('are elsewhere called what they call themselves', async () => {
    const [at, other] = [await ensure(), await ensure()]
    const name = unique('Zhou')
    await show(at, [person(name, 'Nick here')])
    await show(other, [person(name)])
    expect(await called(at)).toEqual(['Nick here'])
    expect(await called(other)).toEqual([name])
  })

  it('keep their nickname when they are called something else everywhere', async () => {
    const at = await ensure()
    const before = unique('Before')
    const other = await ensure()
    const after = unique('After')
    await show(at, [person(before, 'Nick')])
    await show(other, [person(before)])
    const speaker = { ...contact(before), name: after }
    await harness.hub.send(textPost(other, 'renamed', speaker), noMedia, never)
    await until(async () => (await called(other)).includes(after), 'the new name elsewhere')
    // The homeserver puts the new name over the nickname, a little later.
    await until(
      async () => (await changes(at)).some((e) => e.content.displayname === after),
      'the nickname to be lost',
    )
    await until(async () => (await called(at))[0] === 'Nick', 'the nickname to be back')
  })

  it('of large groups come when they speak, with their nickname, and leave with the group', async () => {
    const hub = harness.fresh({ memberLimit: 2 })
    const at = await ensure(group(unique('Large')), hub)
    const all = [person(unique('A')), person(unique('B'), 'Nick of B'), person(unique('C'))]
    await show(at, all, hub)
    expect(await called(at)).toEqual([])
    await hub.send(textPost(at, 'hello', contact(all[1]?.name ?? '')), noMedia, never)
    expect(await called(at)).toEqual(['Nick of B'])
    expect((await changes(at)).map((e) => e.content.displayname)).not.toContain(undefined)
    await show(
      at,
      all.filter((_, index) => index !== 1),
      hub,
    )
    await until(async () => (await called(at)).length === 2, 'a small group to be whole')
    expect(await called(at)).toEqual([all[0]?.name, all[2]?.name].sort())
  })

  it('are asked in once: a restart does nothing again, and whoever was thrown out stays out', async () => {
    const at = await ensure()
    const [kicked, other] = [unique('Kicked'), unique('Other')]
    const all = [person(kicked, 'Trouble'), person(other)]
    await show(at, all)
    const path = `/rooms/${encodeURIComponent(at.room)}/kick`
    await harness.alice.call('POST', path, { user_id: ghost(kicked) })
    const proxy = await lossyProxy(harness.synapse.url, () => false)
    try {
      await show(at, all, harness.fresh({ url: proxy.url }))
      expect(proxy.requests).toEqual([])
    } finally {
      await proxy.close()
    }
    expect(await called(at)).toEqual([other])
    await harness.hub.send(textPost(at, 'I am back', contact(kicked)), noMedia, never)
    expect(await called(at)).toEqual([other, 'Trouble'].sort())
  })

  it('that were half in when it was broken off all come in, and no one twice', async () => {
    const at = await ensure()
    const all = Array.from({ length: 12 }, (_, n) => person(unique(`M${n}`), `Nick ${n}`))
    const stop = new AbortController()
    let joins = 0
    const proxy = await lossyProxy(harness.synapse.url, (request) => {
      if (request.includes('/state/m.room.member/') && ++joins === 5) stop.abort()
      return false
    })
    const broken = harness.fresh({ url: proxy.url }).members!(
      at.portal,
      at.room,
      at.chat,
      all,
      noMedia,
      stop.signal,
    )
    await expect(broken).rejects.toThrow()
    await proxy.close()
    await show(at, all, harness.fresh())
    expect(await called(at)).toHaveLength(12)
    const joined = (await changes(at)).filter((e) => e.content.membership === 'join')
    const times = new Map<string, number>()
    for (const { state_key = '' } of joined) times.set(state_key, (times.get(state_key) ?? 0) + 1)
    expect([...times.values()].every((count) => count === 1)).toBe(true)
  })

  it('do not have the owner among them, who is there already', async () => {
    const at = await ensure()
    const me = { id: contactId(`${account}/self`), name: 'Alice' }
    await harness.hub.showLogin({ state: 'online', account, me }, never)
    const name = unique('Friend')
    await show(at, [{ ...me, nick: 'Me here' }, person(name)])
    expect(await called(at)).toEqual([name])
  })

  it('who spoke before anybody told of members leave with the group, too', async () => {
    const at = await ensure()
    const [gone, stays] = [unique('Gone'), unique('Stays')]
    await harness.hub.send(textPost(at, 'bye', contact(gone)), noMedia, never)
    await show(at, [person(stays)])
    expect(await called(at)).toEqual([stays])
  })
})

onSynapse('Matrix members on a strict Synapse', () => {
  it('come in as fast as the homeserver lets them', async () => {
    const never = new AbortController().signal
    const harness = await matrixHarness({ limits: 'default', rateLimited: true })
    try {
      await harness.start(new Inbox())
      const portal = mintPortalId(Math.random)
      const chat = group(unique('Strict'))
      const room = await harness.hub.ensureRoom(portal, chat, noMedia, never)
      await harness.alice.join(room)
      const all = Array.from({ length: 14 }, (_, n) => {
        const name = unique(`S${n}`)
        return { id: contact(name).contact, name, nick: `Nick ${n}` }
      })
      await harness.hub.members?.(portal, room, chat, all, noMedia, never)
      const members = await harness.alice.members(room)
      const ghosts = Object.keys(members).filter((id) => id.startsWith('@wechat_'))
      expect(ghosts).toHaveLength(14)
    } finally {
      await harness.drop()
    }
  }, 120_000)
})
