import type { Update } from '@grammyjs/types'
import { expect, test } from 'vitest'
import { until } from '../../support/until.ts'
import { type Answer, roundTrip, type Stage, stage } from './transport-stage.ts'

const ids = ({ body }: Answer): number[] =>
  (body.result as readonly Update[]).map(({ update_id }) => update_id)

const ask = async (at: Stage, params: object = {}): Promise<number[]> =>
  ids(await at.call('getUpdates', params))

test('updates have growing numbers and come again until an offset confirms them', async () => {
  const at = await stage()
  const [one, two, three] = [at.told('1'), at.told('2'), at.told('3')]
  expect([two, three]).toEqual([one + 1, one + 2])
  expect(await ask(at)).toEqual([one, two, three])
  expect(await ask(at)).toEqual([one, two, three])
  expect(at.sim.waiting).toBe(3)

  expect(await ask(at, { offset: two })).toEqual([two, three])
  expect(at.sim.waiting).toBe(2)
  // A smaller offset brings nothing back.
  expect(await ask(at, { offset: one })).toEqual([two, three])
  expect(await ask(at, { offset: three + 1 })).toEqual([])
  expect(at.sim.waiting).toBe(0)
})

test('a limit gives the oldest first, and confirms none of them', async () => {
  const at = await stage()
  const all = ['1', '2', '3'].map((text) => at.told(text))
  expect(await ask(at, { limit: 2 })).toEqual(all.slice(0, 2))
  expect(await ask(at)).toEqual(all)
  for (let n = 0; n < 120; n++) at.told(`${n}`)
  expect(await ask(at, { limit: 1000 })).toHaveLength(100)
})

test('a negative offset gives so many of the newest and forgets the rest', async () => {
  const at = await stage()
  const all = ['1', '2', '3', '4'].map((text) => at.told(text))
  expect(await ask(at, { offset: -2 })).toEqual(all.slice(2))
  expect(await ask(at)).toEqual(all.slice(2))
  expect(await ask(at, { offset: -100 })).toEqual(all.slice(2))
})

test('a question is held open, and answered as soon as there is something', async () => {
  const at = await stage()
  const held = at.call('getUpdates', { timeout: 20 })
  let answered = false
  void held.then(() => {
    answered = true
  })
  await roundTrip(at)
  await roundTrip(at)
  expect(answered).toBe(false)
  const id = at.told('now')
  expect(ids(await held)).toEqual([id])
})

test('a question that is held open ends empty when its time is over, and not before', async () => {
  const at = await stage()
  const since = performance.now()
  expect(await ask(at, { timeout: 1 })).toEqual([])
  expect(performance.now() - since).toBeGreaterThan(950)
  expect(await ask(at, { timeout: 0 })).toEqual([])
})

test('a second question ends the first with 409, and has the answer itself', async () => {
  const at = await stage()
  const first = at.call('getUpdates', { timeout: 20 })
  await roundTrip(at)
  const second = at.call('getUpdates', { timeout: 20 })
  expect(await first).toMatchObject({
    status: 409,
    body: {
      error_code: 409,
      description:
        'Conflict: terminated by other getUpdates request; make sure that only one bot instance is running',
    },
  })
  const id = at.told('for the second')
  expect(ids(await second)).toEqual([id])
})

test('whoever hangs up while waiting takes nothing along', async () => {
  const at = await stage()
  const id = at.told('sooner')
  await ask(at, { offset: id + 1 })
  const leaving = new AbortController()
  const held = at.call('getUpdates', { offset: id + 1, timeout: 20 }, leaving.signal)
  await roundTrip(at)
  leaving.abort()
  await expect(held).rejects.toThrow()
  await roundTrip(at)
  await roundTrip(at)
  // What comes once more comes once only: nobody who has left may have had it.
  at.sim.repeats(id)
  const next = at.told('later')
  expect(await ask(at, { offset: id + 1 })).toEqual([id, next])
})

test('some kinds come only when they are named, and what was named last is remembered', async () => {
  const at = await stage()
  const reaction = { message_reaction: {} } as Omit<Update, 'update_id'>
  const member = { chat_member: {} } as Omit<Update, 'update_id'>
  expect(at.push(reaction)).toBeUndefined()
  expect(at.push(member)).toBeUndefined()
  expect(await ask(at)).toEqual([])

  await at.post('getUpdates', new URLSearchParams({ allowed_updates: '["message_reaction"]' }))
  await ask(at)
  const told = at.push(reaction)?.update_id
  expect(at.told('not asked for')).toBe(0)
  expect(at.push(member)).toBeUndefined()
  expect(await ask(at)).toEqual([told])
  expect((await at.call('getWebhookInfo')).body.result).toMatchObject({
    allowed_updates: ['message_reaction'],
  })

  await ask(at, { allowed_updates: [] })
  expect(at.push(reaction)).toBeUndefined()
  const said = at.told('again')
  expect(await ask(at)).toEqual([told, said])
})

test('nothing is kept longer than a day', async () => {
  const at = await stage()
  at.told('old')
  at.clock.at += 23 * 60 * 60_000
  const young = at.told('young')
  expect(at.sim.waiting).toBe(2)
  at.clock.at += 61 * 60_000
  expect(await ask(at)).toEqual([young])
  expect(at.sim.waiting).toBe(1)
})

test('an update that was confirmed can come once more, as it was', async () => {
  const at = await stage()
  const [one, two] = [at.told('1'), at.told('2')]
  await ask(at, { offset: two + 1 })
  at.sim.repeats(one)
  const three = at.told('3')
  const answer = await at.call('getUpdates', { offset: two + 1 })
  expect(answer.body.result).toEqual([at.sim.updates[0], at.sim.updates[2]])
  expect(await ask(at, { offset: two + 1 })).toEqual([three])
})

test('questions for updates are not in the transcript', async () => {
  const at = await stage()
  at.sim.fails({ what: { status: 500 } })
  await ask(at)
  expect(at.sim.calls).toEqual([])
  // A fault that names no method is not for them.
  await until(async () => (await roundTrip(at)).status === 500)
})
