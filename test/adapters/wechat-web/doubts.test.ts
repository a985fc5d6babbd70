import { describe, expect, test } from 'vitest'
import { memoryVault } from '../../support/ports.ts'
import { type Login, login, type Someone } from './worlds.ts'

const wei = { name: '王伟', sex: 1, city: '杭州' }

/** The candidates of the doubt about someone, as they were in an earlier login. */
function candidates(now: Login, truth: string): readonly string[] | undefined {
  return now.book.doubtful.open().find(({ id }) => id === now.id(truth))?.candidates
}

async function two(before: readonly Someone[], after: readonly Someone[]) {
  const vault = memoryVault()
  const first = await login(vault, 's1')
  first.meet(before)
  await first.book.save(true)
  const second = await login(vault, 's2')
  second.meet(after)
  return { vault, first, second }
}

describe('people it is not sure who they are', () => {
  test('trap 44: two who look alike are never guessed between; the user is asked, and nobody is misled', async () => {
    const twins = [
      { truth: 'a', ...wei },
      { truth: 'b', ...wei },
    ]
    const { first, second } = await two(twins, twins)
    const old = [first.id('a'), first.id('b')]
    for (const truth of ['a', 'b']) {
      expect(old).not.toContain(second.id(truth))
      expect([...(candidates(second, truth) ?? [])].sort()).toEqual([...old].sort())
      expect(second.people.chat(second.user(truth)).unconfirmed).toBe(true)
    }
  })

  test('three of a kind of whom one is found: a doubt between the three', async () => {
    const three = ['a', 'b', 'c'].map((truth) => ({ truth, ...wei }))
    const { first, second } = await two(three, three.slice(1, 2))
    expect(candidates(second, 'b')).toHaveLength(3)
    expect(candidates(second, 'b')).toContain(first.id('b'))
  })

  test('one was known and two who look alike are found: both are in doubt', async () => {
    const { first, second } = await two(
      [{ truth: 'a', ...wei, seq: 7 }],
      [
        { truth: 'a', ...wei, seq: 8 },
        { truth: 'b', ...wei, seq: 9 },
      ],
    )
    expect(candidates(second, 'a')).toEqual([first.id('a')])
    expect(candidates(second, 'b')).toEqual([first.id('a')])
  })

  test('nobody is left over: the second of two is not whom the first is not', async () => {
    const { first, second } = await two(
      [
        { truth: 'a', ...wei, seq: 1 },
        { truth: 'b', ...wei, seq: 2 },
      ],
      [
        { truth: 'a', ...wei, seq: 1 },
        { truth: 'b', ...wei, seq: 3 },
      ],
    )
    expect(second.id('a')).toBe(first.id('a'))
    expect(second.id('b')).not.toBe(first.id('b'))
    expect(candidates(second, 'b')).toEqual([first.id('b')])
  })

  test('whom nobody known resembles is simply new', async () => {
    const { second } = await two([{ truth: 'a', ...wei }], [{ truth: 'z', name: '李娜', seq: 5 }])
    expect(second.book.doubtful.open()).toEqual([])
    expect(second.people.chat(second.user('z')).unconfirmed).toBeUndefined()
  })

  test('who has another WeChat id and picture is no candidate; with the same picture it is a question', async () => {
    const before = [{ truth: 'a', ...wei, seq: 1, alias: 'old' }]
    const other = await two(before, [{ truth: 'b', ...wei, seq: 2, alias: 'new' }])
    expect(other.second.book.doubtful.open()).toEqual([])
    const same = await two(before, [{ truth: 'a', ...wei, seq: 1, alias: 'new' }])
    expect(candidates(same.second, 'a')).toEqual([same.first.id('a')])
  })

  test('a changed name and picture, the remark kept: the same; all three changed: new, the old id stays', async () => {
    const before = [{ truth: 'a', ...wei, seq: 1, remark: '老王' }]
    const kept = await two(before, [{ truth: 'a', name: 'W', seq: 2, remark: '老王' }])
    expect(kept.second.id('a')).toBe(kept.first.id('a'))
    const lost = await two(before, [{ truth: 'a', name: 'W', seq: 2 }])
    expect(lost.second.id('a')).not.toBe(lost.first.id('a'))
    expect(lost.second.book.doubtful.open()).toEqual([])
    expect(lost.second.book.traits(lost.first.id('a') ?? '')?.remark).toBe('老王')
  })

  test('a real id that comes later settles a doubt, and is proof in the next login', async () => {
    const twins = [
      { truth: 'a', ...wei },
      { truth: 'b', ...wei },
    ]
    const vault = memoryVault()
    const first = await login(vault, 's1')
    first.meet(twins)
    first.people.learnReal([[first.user('a'), 'wxid_aaaa1']])
    await first.book.save(true)
    const second = await login(vault, 's2')
    second.meet(twins)
    const temporary = second.id('a') ?? ''
    expect(second.book.doubtful.settled()).toBeUndefined()
    second.people.learnReal([[second.user('a'), 'wxid_aaaa1']])
    expect(second.book.doubtful.settled()).toEqual({ from: temporary, into: first.id('a') })
    second.book.merge(temporary, first.id('a') ?? '')
    expect(second.id('a')).toBe(first.id('a'))
    expect(second.book.userOf(temporary)).toBe(second.user('a'))
    expect(candidates(second, 'b')).toEqual([first.id('b')])
  })

  test('a real id that contradicts ends a wrong match at once, and the old one is as before', async () => {
    const before = { truth: 'a', ...wei, seq: 5, remark: 'r' }
    const vault = memoryVault()
    const first = await login(vault, 's1')
    first.meet([before])
    first.people.learnReal([[first.user('a'), 'wxid_aaaa1']])
    await first.book.save(true)
    const second = await login(vault, 's2')
    second.meet([{ ...before, truth: 'b', name: 'other', seq: 5 }])
    expect(second.id('b')).toBe(first.id('a'))
    second.people.learnReal([[second.user('b'), 'wxid_bbbb2']])
    expect(second.id('b')).not.toBe(first.id('a'))
    expect(second.book.userOf(first.id('a') ?? '')).toBeUndefined()
    expect(second.book.traits(first.id('a') ?? '')).toMatchObject({
      name: '王伟',
      real: 'wxid_aaaa1',
    })
  })

  test('an answer is kept: not asked again in this session, asked anew in the next login', async () => {
    const twins = [
      { truth: 'a', ...wei },
      { truth: 'b', ...wei },
    ]
    const { vault, first, second } = await two(twins, twins)
    const [forA, forB] = [second.id('a') ?? '', second.id('b') ?? '']
    second.book.doubtful.isNew(forB)
    second.book.merge(forA, first.id('b') ?? '')
    second.book.merge(forA, first.id('b') ?? '')
    await second.book.save()
    expect(second.book.doubtful.open()).toEqual([])

    const resumed = await login(vault, 's2')
    resumed.meet(twins)
    expect(resumed.book.doubtful.open()).toEqual([])
    expect(resumed.id('b')).toBe(forB)
    expect(resumed.book.userOf(forA)).toBe(resumed.user('a'))
    expect(resumed.id('a')).toBe(first.id('b'))
    await resumed.book.save(true)

    const third = await login(vault, 's3')
    third.meet(twins)
    expect(third.book.doubtful.open()).toHaveLength(2)
    expect(candidates(third, 'a')).not.toContain(forA)
  })

  test('open doubts survive a restart as they were', async () => {
    const twins = [
      { truth: 'a', ...wei },
      { truth: 'b', ...wei },
    ]
    const { vault, second } = await two(twins, twins)
    await second.book.save()
    const resumed = await login(vault, 's2')
    resumed.meet(twins)
    expect(resumed.book.doubtful.open()).toEqual(second.book.doubtful.open())
  })

  test('an id in doubt where nothing was ever said is forgotten; one that was used can be chosen', async () => {
    const one = [{ truth: 'a', ...wei }]
    const { vault, first, second } = await two(one, one)
    const temporary = second.id('a') ?? ''
    await second.book.save()
    const third = await login(vault, 's3')
    third.meet(one)
    expect(candidates(third, 'a')).toEqual([first.id('a')])
    third.book.doubtful.used(third.id('a') ?? '')
    await third.book.save()
    const fourth = await login(vault, 's4')
    fourth.meet(one)
    expect(candidates(fourth, 'a')).toHaveLength(2)
    expect(candidates(fourth, 'a')).not.toContain(temporary)
    expect(candidates(fourth, 'a')).toContain(third.id('a'))
  })

  test('a friend who is deleted and comes again under another name of the session is the same', async () => {
    const vault = memoryVault()
    const now = await login(vault, 's1')
    now.meet([{ truth: 'a', ...wei, seq: 4 }])
    const id = now.id('a')
    now.people.remove([now.user('a')])
    expect(now.people.chat(now.user('a')).left).toBe(true)
    now.people.learn([{ ...now.contact({ truth: 'a2', ...wei, seq: 4 }) }])
    expect(now.id('a2')).toBe(id)
    expect(now.people.chat(now.user('a2')).left).toBeUndefined()
  })

  test('who was met in a group only and then becomes a friend may be one known before', async () => {
    const vault = memoryVault()
    const first = await login(vault, 's1')
    first.meet([{ truth: 'a', ...wei, seq: 4 }])
    await first.book.save(true)
    const second = await login(vault, 's2')
    const all = [{ truth: 'a', ...wei }]
    second.people.learn([second.room({ truth: 'g1', topic: 't', members: ['a'] }, all)])
    const sender = second.people.member(second.user('g1'), second.user('a'))
    second.people.learn([second.contact({ truth: 'a', ...wei, seq: 4 })])
    expect(second.id('a')).toBe(first.id('a'))
    const before = sender.type === 'group' ? sender.contact.id.split('/').at(-1) : ''
    expect(second.book.userOf(before ?? '')).toBe(second.user('a'))
  })
})

describe('groups it is not sure which they are', () => {
  const all = ['a', 'b', 'c', 'd'].map((truth, at) => ({ truth, name: `N${truth}`, seq: at + 1 }))
  const trio = { topic: '', members: ['a', 'b', 'c'] }

  test('trap 39: groups met one at a time, later: those alike are still seen as such', async () => {
    const vault = memoryVault()
    const first = await login(vault, 's1')
    first.meet(all, [
      { truth: 'g1', ...trio },
      { truth: 'g2', ...trio },
    ])
    await first.book.save(true)
    const second = await login(vault, 's2')
    second.meet(all)
    second.people.learn([second.room({ truth: 'g2', ...trio }, all)])
    expect(candidates(second, 'g2')).toHaveLength(2)
    second.people.learn([second.room({ truth: 'g1', ...trio }, all)])
    expect(candidates(second, 'g1')).toHaveLength(2)
    expect([first.id('g1'), first.id('g2')]).not.toContain(second.id('g1'))
  })

  test('a group met late brings the evidence that tells namesakes apart', async () => {
    const namesakes = [
      { truth: 'x', ...wei, seq: 21 },
      { truth: 'y', ...wei, seq: 22 },
    ]
    const people = [...all, ...namesakes]
    const group = { truth: 'g1', topic: '山', members: ['a', 'b', 'c', 'x'] }
    const vault = memoryVault()
    const first = await login(vault, 's1')
    first.meet(people, [group])
    await first.book.save(true)
    const second = await login(vault, 's2')
    const now = [...all, ...namesakes.map((each) => ({ ...each, seq: each.seq + 10 }))]
    second.meet(now)
    expect(second.book.doubtful.open()).toHaveLength(2)
    second.people.learn([second.room(group, now)])
    expect(second.id('g1')).toBe(first.id('g1'))
    expect(second.book.doubtful.settled()).toEqual({ from: second.id('x'), into: first.id('x') })
  })

  test('trap 47: pictures of groups, and of people without one, are no evidence', async () => {
    const { first, second } = await two(
      [{ truth: 'a', name: 'A', seq: 0 }],
      [{ truth: 'b', name: 'B', seq: 0 }],
    )
    expect(second.id('b')).not.toBe(first.id('a'))
    expect(second.book.doubtful.open()).toEqual([])
  })
})
