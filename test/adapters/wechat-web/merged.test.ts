import { describe, expect, test } from 'vitest'
import { Teller } from '../../../adapters/wechat-web/teller.ts'
import type { Chat } from '../../../src/core/chat.ts'
import type { ChatId } from '../../../src/core/ids.ts'
import type { WeChatSink } from '../../../src/ports/wechat.ts'
import { memoryVault } from '../../support/ports.ts'
import { type Login, login, type Someone } from './worlds.ts'

const wei = { truth: 'a', name: '王伟', seq: 9 }
const many = ['b', 'c', 'd', 'e', 'f', 'g'].map((name, at) => ({ truth: name, name, seq: at + 1 }))
const family = (truth: string) => ({
  truth,
  topic: 'Family',
  members: many.map((each) => each.truth),
})

/** The other side, which took some chats for others before. */
function other(now: Login, merged: ReadonlyMap<string, string>) {
  const told: Chat[] = []
  const merges: string[] = []
  const chatOf = (id: string) => now.people.chatOf(id)
  const sink = {
    chats: async (chats: readonly Chat[]) => {
      told.push(...chats)
      const pairs = [...merged].map(([from, into]) => [chatOf(from), chatOf(into)] as const)
      return new Map(pairs.filter(([from]) => chats.some(({ id }) => id === from)))
    },
    doubts: async () => undefined,
    merge: async (from: ChatId, into: ChatId) => void merges.push(`${from} ${into}`),
  } as unknown as WeChatSink
  return { told, merges, teller: new Teller(now.people, sink) }
}

/** Three logins: known in the first, doubtful in the second and spoken to there, known by that in the third. */
async function three(late: readonly Someone[]) {
  const vault = memoryVault()
  const first = await login(vault, 's1')
  first.meet([wei])
  await first.book.save(true)
  const second = await login(vault, 's2')
  second.meet([{ ...wei, seq: 10 }])
  const doubtful = second.id('a') ?? ''
  second.book.doubtful.used(doubtful)
  await second.book.save(true)
  const third = await login(vault, 's3')
  third.meet(late)
  return { known: first.id('a') ?? '', doubtful, third, vault }
}

describe('an answer the other side keeps and this one never heard of', () => {
  test('is made up for in the next login: what is written there reaches them', async () => {
    const { known, doubtful, third, vault } = await three([{ ...wei, seq: 10 }])
    expect(third.id('a')).toBe(doubtful)
    const { teller, told } = other(third, new Map([[doubtful, known]]))
    await teller.tell([third.user('a')])
    expect(third.id('a')).toBe(known)
    expect(third.people.userName(known)).toBe(third.user('a'))
    expect(third.people.userName(doubtful)).toBe(third.user('a'))
    expect(told.map(({ id }) => id)).toEqual([doubtful, known].map((id) => third.people.chatOf(id)))
    await third.book.save(true)
    const fourth = await login(vault, 's4')
    fourth.meet([{ ...wei, seq: 10 }])
    expect([fourth.id('a'), fourth.book.doubtful.open()]).toEqual([known, []])
  })

  test('that turned out wrong gives them a chat of their own: never the one of somebody else', async () => {
    const found = [
      { ...wei, seq: 10 },
      { ...wei, truth: 'x' },
    ]
    const { known, doubtful, third } = await three(found)
    expect([third.id('a'), third.id('x')]).toEqual([doubtful, known])
    const { teller, told } = other(third, new Map([[doubtful, known]]))
    await teller.tell([third.user('a'), third.user('x')])
    expect(third.id('x')).toBe(known)
    expect([known, doubtful]).not.toContain(third.id('a'))
    expect(told.at(-1)?.id).toBe(third.people.chatOf(third.id('a') ?? ''))
    expect(third.people.userName(known)).toBe(third.user('x'))
  })
})

describe('one chat for one of a session', () => {
  test('a group like one that was left is asked about, until that one is joined again', async () => {
    const now = await login(memoryVault(), 's1')
    now.meet(many, [family('g1')])
    const id = now.id('g1')
    now.people.remove([now.user('g1')])
    now.people.learn([now.room(family('g2'), many)])
    expect(now.book.doubtful.open()).toEqual([{ id: now.id('g2'), candidates: [id] }])
    expect(now.book.doubtful.settled()).toBeUndefined()
    now.people.learn([now.room(family('g1'), many)])
    expect([now.id('g1'), now.book.doubtful.open()]).toEqual([id, []])
    expect(now.id('g2')).not.toBe(id)
  })

  test('a group that was left, and then said to be another, has a chat of its own when it is joined again', async () => {
    const now = await login(memoryVault(), 's1')
    now.meet(many, [family('g1')])
    const id = now.id('g1') ?? ''
    now.people.remove([now.user('g1')])
    now.people.learn([now.room(family('g2'), many)])
    now.book.merge(now.id('g2') ?? '', id)
    now.people.learn([now.room(family('g1'), many)])
    expect([now.id('g2'), now.id('g1') === id]).toEqual([id, false])
    expect(now.people.userName(id)).toBe(now.user('g2'))
  })

  test('nor does a friend who was deleted, replaced by one of the same remark, and added again', async () => {
    const vault = memoryVault()
    const now = await login(vault, 's1')
    const lawyer = { ...wei, remark: '王伟 律师' }
    now.meet([...many, lawyer])
    const id = now.id('a')
    now.people.remove([now.user('a')])
    now.people.learn([now.contact({ ...lawyer, truth: 'x', seq: 10 })])
    now.people.learn([now.contact(lawyer)])
    expect([now.id('x'), now.id('a') === id]).toEqual([id, false])
    await now.book.save(true)
    const resumed = await login(vault, 's1')
    expect([resumed.id('x'), resumed.id('a')]).toEqual([now.id('x'), now.id('a')])
  })
})

describe('who was told of by a bare name first', () => {
  test('is who the evidence says as soon as there is some, and the other side is told', async () => {
    const vault = memoryVault()
    const first = await login(vault, 's1')
    first.meet([wei, ...many], [family('g1')])
    await first.book.save(true)
    const second = await login(vault, 's2')
    second.meet(many)
    for (const truth of ['a', 'g1']) {
      const bare = second.people.chat(second.user(truth))
      const { teller, merges } = other(second, new Map())
      await teller.tell([second.user(truth)])
      second.people.learn(truth === 'a' ? [second.contact(wei)] : [second.room(family('g1'), many)])
      await teller.tell([second.user(truth)])
      expect(second.id(truth)).toBe(first.id(truth))
      expect(merges).toEqual([`${bare.id} ${second.people.chatOf(first.id(truth) ?? '')}`])
    }
  })

  test('is asked about where nobody can tell, new where nobody is alike, and no one for ever if no more came', async () => {
    const vault = memoryVault()
    const first = await login(vault, 's1')
    first.meet([wei])
    await first.book.save(true)
    const second = await login(vault, 's2')
    for (const truth of ['a', 'z', 'n']) second.people.chat(second.user(truth))
    const fresh = second.id('z')
    second.people.learn([
      second.contact({ ...wei, seq: 10 }),
      second.contact({ truth: 'z', name: '李娜' }),
    ])
    const candidates = [first.id('a')]
    expect(second.book.doubtful.open()).toEqual([{ id: second.id('a'), candidates }])
    expect(second.id('z')).toBe(fresh)
    await second.book.save(true)
    const third = await login(vault, 's3')
    expect(third.book.traits(fresh ?? '')).toBeDefined()
    expect(third.book.traits(second.id('n') ?? '')).toBeUndefined()
  })
})

test('a group of very many strangers is named in a moment', async () => {
  const now = await login(memoryVault(), 's1')
  const members = Array.from({ length: 20_000 }, (_, at) => ({
    UserName: `@m${at}`,
    NickName: `m${at}`,
    DisplayName: '',
  }))
  now.people.learn([{ UserName: '@@r', NickName: 'r', MemberCount: 20_000, Members: members }])
  const before = performance.now()
  for (const { UserName } of members) now.people.member('@@r', UserName)
  expect(performance.now() - before).toBeLessThan(2_000)
})
