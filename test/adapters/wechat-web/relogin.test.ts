import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Populated, Sandbox, Who } from '../../../src/sandbox/sandbox.ts'
import { startSandbox } from '../../../src/sandbox/server.ts'
import { failure, sendText } from '../../contract/connector/jobs.ts'
import { memoryVault } from '../../support/ports.ts'
import { until } from '../../support/until.ts'
import { connectorTo, type Desk, online } from './lab.ts'
import { opens } from './media-lab.ts'

/** What each friend and group of the sandbox was told as. */
type Ids = ReadonlyMap<Who, string>

describe('a new login with 300 friends, 60 groups, 20 twins, 10 renamed, 5 deleted', () => {
  let sandbox: Sandbox
  let desk: Desk
  let world: Populated
  let before: Ids
  let after: Ids
  let lastChat: ReadonlyMap<string, Desk['chats'][number]>
  let renamed: readonly Who[]
  let hadPicture: ReadonlySet<Who>
  const deleted = () => world.friends.slice(50, 55)
  const isTwin = (who: Who) => world.twins.includes(who)

  const hasPicture = (who: Who) => {
    const chat = desk.chats.findLast((each) => each.id === before.get(who))
    return chat?.avatar !== undefined && !chat.avatar.id.endsWith('/0')
  }

  /** Everybody writes; where it arrives is who they are taken for. */
  async function hear(round: string, friends: readonly Who[]): Promise<Ids> {
    const from = new Map<string, Who>()
    for (const who of friends) from.set(await sandbox.control.say(who, `${round} ${who}`), who)
    for (const group of world.groups) {
      const member = sandbox.control.figure(group).members.find((each) => each !== 'me')
      from.set(await sandbox.control.say(member ?? 'lin', `${round} ${group}`, group), group)
    }
    const all = from.size
    const heard = () => desk.messages.filter((each) => from.has(each.aliases[0] ?? ''))
    await until(() => heard().length >= all, `${all} messages`, 60_000)
    // Whoever turned out to be somebody known after the word came is that one.
    const now = (id: string) => desk.merges.find((each) => each.from === id)?.into ?? id
    return new Map(heard().map((each) => [from.get(each.aliases[0] ?? '') ?? '', now(each.chat)]))
  }

  beforeAll(async () => {
    sandbox = await startSandbox({ seed: 3 })
    world = await sandbox.control.populate({ friends: 300, groups: 60, twins: 20, mps: 10 })
    desk = await online(sandbox, connectorTo(sandbox.origin, memoryVault()))
    before = await hear('before', world.friends)
    await sandbox.control.kick()
    await desk.state('offline')
    // Renamed people are known by something else: here by their picture.
    hadPicture = new Set(world.friends.filter(hasPicture))
    renamed = world.friends.slice(60).filter(hasPicture).slice(0, 10)
    for (const [at, who] of renamed.entries()) await sandbox.control.rename(who, `新名字${at}`)
    for (const who of deleted()) await sandbox.control.unfriend(who)
    desk.connector.login({ code: true })
    await desk.state('online')
    await sandbox.control.settled()
    const left = world.friends.filter((who) => !deleted().includes(who))
    after = await hear('after', left)
    lastChat = new Map(desk.chats.map((each) => [each.id, each]))
  }, 120_000)
  afterAll(async () => {
    await desk?.stop()
    await sandbox?.close()
  })

  test('trap 25: no UserName of the old session is used, and everybody certain keeps the id', () => {
    const found = [...after]
    const kept = found.filter(([who, id]) => before.get(who) === id)
    const asked = found.filter(([, id]) => desk.doubts.some(({ chat }) => chat.id === id))
    const fresh = found.filter(
      ([who, id]) => before.get(who) !== id && !asked.some(([other]) => other === who),
    )
    console.log(
      JSON.stringify({
        found: found.length,
        kept: kept.length,
        keptOfRenamed: kept.filter(([who]) => renamed.includes(who)).length,
        keptGroups: kept.filter(([who]) => world.groups.includes(who)).length,
        misrouted: misrouted().length,
        twinsAsked: asked.filter(([who]) => isTwin(who)).length,
        othersAsked: asked.filter(([who]) => !isTwin(who)).map(([who]) => who),
        lostWithoutQuestion: fresh.map(([who]) => who),
        merges: desk.merges.length,
      }),
    )
    // Whoever has a picture, a remark or an id of their own is certain: only who has none of these is asked about.
    const doubtful = asked.filter(([who]) => !isTwin(who)).map(([who]) => who)
    const certain = doubtful.filter((who) => {
      const { remark, alias } = sandbox.control.figure(who)
      return hadPicture.has(who) || remark !== '' || alias !== ''
    })
    expect(certain).toEqual([])
    for (const who of renamed) expect([who, after.get(who)]).toEqual([who, before.get(who)])
    expect(fresh).toEqual([])
    expect(kept.length + asked.length).toBe(found.length)
  })

  function misrouted(): [Who, Who][] {
    const owner = new Map([...before].map(([who, id]) => [id, who]))
    return [...after].flatMap(([who, id]): [Who, Who][] => {
      const was = owner.get(id)
      return was === undefined || was === who ? [] : [[who, was]]
    })
  }

  test('trap 44: nobody is misrouted', () => {
    expect(misrouted()).toEqual([])
  })

  test('each twin is asked for, with both as candidates and a room marked unconfirmed', () => {
    for (const twin of world.twins) {
      const id = after.get(twin) ?? ''
      const doubt = desk.doubts.find(({ chat }) => chat.id === id)
      expect(doubt?.candidates).toContain(before.get(twin))
      expect(doubt?.candidates).toHaveLength(2)
      expect(lastChat.get(id)?.unconfirmed).toBe(true)
    }
  })

  test('doubts are told before the login is', () => {
    expect(desk.doubts.length).toBeGreaterThanOrEqual(world.twins.length)
  })

  test('answering settles a pair: the rooms are the old ones again, and repeating is harmless', async () => {
    const [one = '', two = ''] = world.twins
    const people = desk.connector.people
    const doubtful = desk.doubts.filter(({ chat }) =>
      [after.get(one), after.get(two)].includes(chat.id),
    )
    const [first, second] = doubtful
    if (!people || !first || !second) throw new Error('no doubt')
    const mine = (who: Who) => before.get(who) as typeof first.chat.id
    const whoIs = (id: string) => [one, two].find((who) => after.get(who) === id) ?? ''
    for (const { chat } of [first, second]) {
      await people.settle(chat.id, mine(whoIs(chat.id)))
      await people.settle(chat.id, mine(whoIs(chat.id)))
      expect(desk.merges.at(-1)).toEqual({ from: chat.id, into: mine(whoIs(chat.id)) })
      expect(desk.doubts.map((each) => each.chat.id)).not.toContain(chat.id)
    }
    await sandbox.control.say(one, 'me again')
    expect((await desk.said('me again')).chat).toBe(before.get(one))
    expect(desk.chats.findLast((each) => each.id === before.get(one))?.unconfirmed).toBeUndefined()
  })

  test('what was sent in doubt, and may not have arrived, is known by its echo after the answer', async () => {
    const twin = world.twins[8] ?? ''
    const doubt = desk.doubts.find(({ chat }) => chat.id === after.get(twin))
    const people = desk.connector.people
    if (!doubt || !people) throw new Error('no doubt')
    const job = sendText(doubt.chat.id, 'unclear')
    sandbox.control.fault({ path: 'webwxsendmsg', how: 'reset' })
    const none = opens(new Uint8Array())
    const error = await failure(desk.connector.send(job, none, AbortSignal.timeout(20_000)))
    expect(error.failure.certain).toBe(false)
    await people.settle(doubt.chat.id, before.get(twin) as typeof doubt.chat.id)
    const { id } = await sandbox.control.waitDelivered(({ text }) => text === 'unclear')
    await sandbox.control.repeat(id)
    await until(() => desk.echoes.find(({ key }) => key === job.key), 'the echo')
    expect(desk.messages.some(({ aliases }) => aliases.includes(id))).toBe(false)
  })

  test('answering "somebody new" keeps the room, and the question is not asked again', async () => {
    const twin = world.twins[2] ?? ''
    const chat = desk.doubts.find((each) => each.chat.id === after.get(twin))?.chat
    if (!chat) throw new Error('no doubt')
    await desk.connector.people?.settle(chat.id, undefined)
    await desk.connector.people?.settle(chat.id, undefined)
    expect(desk.doubts.map((each) => each.chat.id)).not.toContain(chat.id)
    expect(desk.chats.findLast((each) => each.id === chat.id)?.unconfirmed).toBeUndefined()
    await sandbox.control.say(twin, 'new here')
    expect((await desk.said('new here')).chat).toBe(chat.id)
  })

  test('a remark that comes later is evidence: the doubt settles itself', async () => {
    const twin = world.twins[4] ?? ''
    const other = world.twins[5] ?? ''
    const temporary = after.get(twin)
    await sandbox.control.remark(twin, '某某')
    await until(() => desk.chats.findLast((each) => each.id === temporary)?.remark)
    expect(desk.doubts.map((each) => each.chat.id)).toContain(temporary)
    expect(desk.doubts.map((each) => each.chat.id)).toContain(after.get(other))
  })
})
