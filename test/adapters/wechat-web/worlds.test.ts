import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { memoryVault } from '../../support/ports.ts'
import { type Login, login, type SomeGroup, type Someone } from './worlds.ts'

// Random address books and what becomes of them between two logins. Who is who is known here, and only here.

type Change = 'none' | 'name' | 'seq' | 'remark' | 'alias' | 'gone' | 'all'

interface Plan {
  readonly people: readonly {
    readonly name: number
    readonly city: number
    readonly sex: number
    readonly picture: boolean
    readonly alias: boolean
    readonly remark: boolean
    readonly groups: readonly number[]
    readonly change: Change
  }[]
  readonly added: readonly {
    readonly name: number
    readonly city: number
    readonly picture: boolean
  }[]
  readonly groups: readonly {
    readonly topic: number
    readonly change: 'none' | 'topic' | 'gone' | 'late'
  }[]
}

const topics = 6
const plan: fc.Arbitrary<Plan> = fc.record({
  people: fc.array(
    fc.record({
      name: fc.nat(4),
      city: fc.nat(2),
      sex: fc.nat(2),
      picture: fc.boolean(),
      alias: fc.boolean(),
      remark: fc.boolean(),
      groups: fc.uniqueArray(fc.nat(5), { maxLength: 4 }),
      change: fc.constantFrom<Change>(
        'none',
        'none',
        'none',
        'name',
        'seq',
        'remark',
        'alias',
        'gone',
        'all',
      ),
    }),
    { minLength: 1, maxLength: 14 },
  ),
  added: fc.array(fc.record({ name: fc.nat(4), city: fc.nat(2), picture: fc.boolean() }), {
    maxLength: 5,
  }),
  groups: fc.array(
    fc.record({
      topic: fc.nat(topics),
      change: fc.constantFrom('none', 'none', 'topic', 'gone', 'late'),
    }),
    { minLength: 6, maxLength: 6 },
  ),
})

const names = ['王伟', '李娜', '张敏', '刘洋', '王伟🌿']
const cities = ['', '杭州', '宁波']

/** Before and after. Whoever is added resembles others in all but what nobody shares. */
function worldOf({ people, added, groups }: Plan) {
  const before = people.map(
    (each, at): Someone => ({
      truth: `p${at}`,
      name: names[each.name] ?? '',
      city: cities[each.city] ?? '',
      sex: each.sex,
      seq: each.picture ? 1000 + at : 0,
      alias: each.alias ? `alias${at}` : '',
      remark: each.remark ? `remark${at}` : '',
    }),
  )
  const changed = before.flatMap((each, at): Someone[] => {
    const change = people[at]?.change
    if (change === 'gone') return []
    // Whoever takes over a name must be known by something: else nobody could tell.
    const taken = each.seq === 0 ? undefined : names[(at + 1) % names.length]
    const fresh = { name: `新名${at % 2}`, seq: 2000 + at, remark: `new${at}` }
    if (change === 'all') return [{ ...each, ...fresh, alias: '' }]
    if (change === 'name') return [{ ...each, name: taken ?? fresh.name }]
    if (change === 'seq') return [{ ...each, seq: fresh.seq }]
    if (change === 'remark') return [{ ...each, remark: fresh.remark }]
    if (change === 'alias') return [{ ...each, alias: `new${at}` }]
    return [each]
  })
  const fresh = added.map(
    (each, at): Someone => ({
      truth: `n${at}`,
      name: names[each.name] ?? '',
      city: cities[each.city] ?? '',
      seq: each.picture ? 3000 + at : 0,
    }),
  )
  const first = groups.map(
    (each, at): SomeGroup => ({
      truth: `g${at}`,
      topic: each.topic === 0 ? '' : `topic${each.topic}`,
      members: people.flatMap((one, who) => (one.groups.includes(at) ? [`p${who}`] : [])),
    }),
  )
  const second = first.flatMap((each, at): SomeGroup[] => {
    const change = groups[at]?.change
    if (change === 'gone') return []
    return [change === 'topic' ? { ...each, topic: `renamed${at}` } : each]
  })
  const late = new Set(groups.flatMap((each, at) => (each.change === 'late' ? [`g${at}`] : [])))
  // Who is no friend any more may still be in the groups.
  const after = [...changed, ...fresh]
  const still = before.filter(({ truth }) => !after.some((each) => each.truth === truth))
  return { before, after, still, first, second, late }
}

type World = ReturnType<typeof worldOf>

/** Everybody of the second login whose id was somebody else's in the first. */
function misled(one: Login, two: Login, world: World): string[] {
  const truthOf = new Map(
    [...world.before, ...world.first].map(({ truth }) => [one.id(truth), truth]),
  )
  return [...world.after, ...world.second].flatMap(({ truth }) => {
    const was = truthOf.get(two.id(truth))
    return was === undefined || was === truth ? [] : [`${truth} is told as ${was}`]
  })
}

async function relogin(world: World): Promise<{ one: Login; two: Login }> {
  const vault = memoryVault()
  const one = await login(vault, 's1')
  one.meet(world.before, world.first)
  await one.book.save(true)
  const two = await login(vault, 's2')
  const members = [...world.after, ...world.still]
  two.people.learn([
    ...world.after.map(two.contact),
    ...world.second
      .filter(({ truth }) => !world.late.has(truth))
      .map((group) => two.room(group, members)),
  ])
  for (const group of world.second.filter(({ truth }) => world.late.has(truth))) {
    two.people.learn([two.room(group, members)])
  }
  for (let next = two.book.doubtful.settled(); next; next = two.book.doubtful.settled()) {
    two.book.merge(next.from, next.into)
  }
  return { one, two }
}

/** No group became what another one was: the same topic over people of the same names. */
function isSound(world: World): boolean {
  const look = (group: SomeGroup, people: readonly Someone[]) => ({
    ...group,
    names: new Set(
      group.members.map((truth) => people.find((each) => each.truth === truth)?.name ?? truth),
    ),
  })
  const then = world.first.map((each) => look(each, world.before))
  return world.second.every((each) => {
    const now = look(each, [...world.after, ...world.still])
    return then.every((was) => {
      if (was.truth === now.truth || was.topic !== now.topic) return true
      const both = [...now.names].filter((name) => was.names.has(name)).length
      return both / new Set([...now.names, ...was.names]).size < 0.6
    })
  })
}

describe('random worlds and what becomes of them', () => {
  test('trap 44: nobody is ever taken for somebody else', async () => {
    await fc.assert(
      fc.asyncProperty(plan, async (drawn) => {
        const world = worldOf(drawn)
        const { one, two } = await relogin(world)
        const people = misled(one, two, world).filter((each) => !each.startsWith('g'))
        expect(people).toEqual([])
        if (isSound(world)) expect(misled(one, two, world)).toEqual([])
      }),
      { numRuns: Number(process.env.RUNS ?? 400) },
    )
  })

  test('whoever kept a picture or a WeChat id of their own keeps the id', async () => {
    await fc.assert(
      fc.asyncProperty(plan, async (drawn) => {
        const world = worldOf(drawn)
        const { one, two } = await relogin(world)
        const lost = world.after.filter((now) => {
          const was = world.before.find(({ truth }) => truth === now.truth)
          if (!was) return false
          const certain = now.alias
            ? now.alias === was.alias
            : was.seq !== 0 && was.seq === now.seq && now.alias === was.alias
          return certain && two.id(now.truth) !== one.id(now.truth)
        })
        expect(lost).toEqual([])
      }),
      { numRuns: 200 },
    )
  })

  test('whoever is not known again and may be somebody known is a doubt, with them among the candidates', async () => {
    await fc.assert(
      fc.asyncProperty(plan, async (drawn) => {
        const world = worldOf(drawn)
        const { one, two } = await relogin(world)
        for (const now of world.after) {
          const was = world.before.find(({ truth }) => truth === now.truth)
          const before = one.id(now.truth)
          const same = was && JSON.stringify(was) === JSON.stringify(now)
          if (!same || two.id(now.truth) === before) continue
          const doubt = two.book.doubtful.open().find(({ id }) => id === two.id(now.truth))
          expect(doubt?.candidates).toContain(before)
        }
      }),
      { numRuns: 200 },
    )
  })
})

describe('many people', () => {
  const many = Array.from(
    { length: 5000 },
    (_, at): Someone => ({
      truth: `p${at}`,
      name: `n${at % 1500}`,
      city: cities[at % 3] ?? '',
      seq: at % 7 === 0 ? 0 : 10_000 + at,
    }),
  )
  const groups = Array.from(
    { length: 300 },
    (_, at): SomeGroup => ({
      truth: `g${at}`,
      topic: `t${at}`,
      members: Array.from({ length: 60 }, (_, nth) => `p${(at * 37 + nth * 11) % 5000}`),
    }),
  )

  test('5000 people and 300 groups are known again in a moment, and one more at once', async () => {
    const vault = memoryVault()
    const one = await login(vault, 's1')
    one.meet(many, groups)
    await one.book.save(true)
    const two = await login(vault, 's2')
    const started = process.cpuUsage()
    two.meet(many, groups)
    // Milliseconds of work: the machine may be busy with something else.
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(8000)
    expect(two.id('p1')).toBe(one.id('p1'))

    const then = process.cpuUsage()
    for (let at = 0; at < 50; at++) {
      two.people.learn([two.contact({ truth: `late${at}`, name: `n${at}`, seq: 90_000 + at })])
      two.book.doubtful.open()
    }
    expect(process.cpuUsage(then).user / 1000).toBeLessThan(2000)
  })
})
