import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chatId, key, type PortalId, sendLine } from '../../src/core/ids.ts'
import type { Job } from '../../src/core/post.ts'
import { bodyOf, type Fate, hour, minute, settled } from './pump-items.ts'
import { type Rules, watch } from './pump-rules.ts'
import { openPumpWorld, type PumpWorld } from './pump-world.ts'

// The real pump, delivery and pace over the real store, in virtual time, against everything that can happen to them.

interface Real {
  readonly world: PumpWorld
  readonly rules: Rules
}
type Command = fc.AsyncCommand<object, Real>

/** One thing that happens. Afterwards nothing may be wrong. */
const happening = (name: string, run: (real: Real) => Promise<void>): Command => ({
  check: () => true,
  toString: () => name,
  async run(_model, real) {
    await run(real)
    await settled()
    expect(real.world.wrong).toEqual([])
  },
})

const rate = { code: 'rate', heal: 'wait', certain: true, afterMs: 300_000 } as const
const session = { code: 'session', heal: 'relogin', certain: true } as const
const refused = { code: 'refused', heal: 'never', certain: true } as const
const down = { code: 'network', heal: 'retry', certain: true } as const

const chat = fc.nat({ max: 3 })
/** One of the items there are, by a number. */
const pick = ({ world }: Real, n: number) => {
  const names = [...world.entries.keys()]
  const name = names[n % Math.max(1, names.length)]
  const entry = name === undefined ? undefined : world.entries.get(name)
  return name !== undefined && entry ? { name, entry } : undefined
}

const enqueue = fc
  .tuple(chat, fc.boolean())
  .map(([n, media]) => happening(`enqueue ${n} ${media}`, ({ world }) => world.enqueue(n, media)))

const pass = fc
  .constantFrom(1_000, 4_000, 40_000, 2 * minute, 20 * minute, hour, 5 * hour)
  .map((ms) => happening(`pass ${ms}`, ({ world }) => world.pass(ms)))

const answer = fc
  .constantFrom<Parameters<PumpWorld['answer']>[0][]>(
    ...(['ok', 'ok', 'ok', 'uncertain', rate, session, refused, down] as const),
  )
  .map((how) =>
    happening(`answer ${JSON.stringify(how)}`, async (real) => {
      const { world, rules } = real
      if (world.open().length === 0) return
      if (how === rate && world.kind === 'wechat') rules.limited()
      if (how === 'ok') rules.taken()
      await world.answer(how)
    }),
  )

const gate = fc.boolean().map((open) =>
  happening(`gate ${open}`, async ({ world }) => {
    world.setGate(open)
  }),
)

const hold = fc.tuple(chat, fc.boolean()).map(([n, on]) =>
  happening(`hold ${n} ${on}`, async ({ world }) => {
    const portal = portalOf(world, n)
    if (on) world.held.add(portal)
    else world.held.delete(portal)
    world.wake()
  }),
)

const withdraw = fc.nat().map((n) =>
  happening(`withdraw ${n}`, async (real) => {
    const found = pick(real, n)
    if (!found) return
    if (!(await real.world.store.unit((unit) => unit.withdraw(key(found.name))))) return
    const { entry, name } = found
    if (entry.arrived > 0 && !entry.mayRepeat) real.world.wrong.push(`${name} arrived before`)
    entry.end = 'withdrawn'
  }),
)

const amend = fc.tuple(chat, fc.boolean(), fc.nat()).map(([n, media, text]) =>
  happening(`amend ${n}`, async ({ world }) => {
    const portal = portalOf(world, n)
    await world.store.unit(async (unit) => {
      const item = await unit.lastWaiting(world.lane, portal)
      const entry = item && world.entries.get(item.job.key)
      if (!item || !entry) return
      const body = bodyOf(media, `amended ${text}`)
      const done = await unit.amend(world.lane, item.seq, { ...item.job, body } as Job)
      if (done) entry.body = JSON.stringify(body)
    })
  }),
)

const resend = fc.nat().map((n) =>
  happening(`resend ${n}`, async ({ world }) => {
    const letters = await world.store.unit((unit) => unit.deadLetters(50))
    const letter = letters[n % Math.max(1, letters.length)]
    const entry = letter && world.entries.get(letter.job.key)
    if (!letter || !entry) return
    // The person was told that it may have arrived, and wants it again.
    if (letter.state === 'unknown') entry.mayRepeat = true
    entry.end = undefined
    entry.order = world.nextOrder()
    const { clock, store } = world
    await store.unit((unit) => unit.requeue(letter.seq, clock.now()))
  }),
)

/** Proof comes from elsewhere that something arrived. */
const echo = fc.nat().map((n) =>
  happening(`echo ${n}`, async (real) => {
    const found = pick(real, n)
    if (!found || found.entry.arrived === 0) return
    found.entry.fate = 'present'
    const receipt = { ids: [`echo-${found.name}`], at: 1 }
    await real.world.store.unit((unit) => unit.settle(key(found.name), receipt))
    const { open } = real.world
    for (const each of open()) if (each.key === found.name) each.open = false
  }),
)

const restart = fc.constant(happening('restart', ({ world }) => world.restart()))

const jump = fc
  .constantFrom(-8760 * hour, -3 * hour, -10 * minute, 10 * minute, 3 * hour, 8760 * hour)
  .map((by) =>
    happening(`the clock is set by ${by}`, async ({ world }) => {
      world.clock.set(by)
      world.wake()
    }),
  )

const obey = fc.boolean().map((does) =>
  happening(`tries ${does ? 'end when told to' : 'hang'}`, async ({ world }) => {
    world.setObeys(does)
  }),
)

const fates = fc.array(fc.constantFrom<Fate>('absent', 'present', 'lostUnknown', 'doneUnknown'), {
  minLength: 1,
  maxLength: 5,
})

const portalOf = (world: PumpWorld, n: number): PortalId =>
  world.kind === 'wechat' ? sendLine(chatId(`wx:1/c${n}`)) : (`p${n}` as PortalId)

/** Everything heals: each item must come to its end, in turns, at the pace. */
async function drain({ world, rules }: Real): Promise<void> {
  world.held.clear()
  world.setObeys(true)
  world.setGate(true)
  let waited = 0
  for (let step = 0; (await world.store.unit((unit) => unit.depth())).queued > 0; step++) {
    if (step > 20_000) throw new Error(`it never ends: ${world.log.text().slice(-2000)}`)
    if (world.open().length > 0) {
      rules.taken()
      await world.answer('ok')
      continue
    }
    const before = world.clock.passed
    const next = Math.min(10 * minute, (world.clock.next() ?? before) - before)
    await world.pass(Math.max(1, next))
    waited += world.clock.passed - before
    if (waited > 2 * hour) rules.fair()
    if (waited > 2 * hour) waited = Number.NEGATIVE_INFINITY
    expect(world.wrong).toEqual([])
  }
  for (const [name, { arrived, end, fate, mayRepeat }] of world.entries) {
    const isEnded = arrived > 0 || end !== undefined
    if (!isEnded) throw new Error(`${name} has no end (${fate})`)
    if (arrived > 1 && !mayRepeat) throw new Error(`${name} arrived ${arrived} times`)
  }
}

test.each(['wechat', 'hub'] as const)(
  'whatever happens to a lane of %s: in order, one at a time, not too fast, not twice, and to its end',
  async (kind) => {
    const happenings = fc.commands(
      [enqueue, enqueue, pass, pass, answer, answer, answer, gate, hold, withdraw, amend, resend]
        .concat([echo, restart, jump, obey] as never)
        .map((each) => each as fc.Arbitrary<Command>),
      { maxCommands: 60, size: 'max' },
    )
    const numRuns = Number(process.env.MODEL_RUNS ?? 150)
    await fc.assert(
      fc.asyncProperty(happenings, fc.nat(), fates, async (commands, seed, ends) => {
        const world = await openPumpWorld(kind, seed, ends)
        try {
          const real = { world, rules: watch(world) }
          await fc.asyncModelRun(() => ({ model: {}, real }), commands)
          await drain(real)
        } finally {
          await world.close()
        }
      }),
      { numRuns, interruptAfterTimeLimit: 600_000 },
    )
  },
  900_000,
)
