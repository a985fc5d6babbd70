import { existsSync } from 'node:fs'
import { readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Level, levelOf } from '../adapters/matrix/permissions.ts'
import { BridgeError } from '../src/core/errors.ts'
import { chatId } from '../src/core/ids.ts'
import { openDataFolder } from '../src/data-folder.ts'
import { healthOf } from '../src/health.ts'
import { createPersons, type Persons, type PersonsGround } from '../src/persons.ts'
import { enrol, knownAs, personId } from '../src/persons-folder.ts'
import { linesOf, operatorOf, residentsOf } from '../src/persons-told.ts'
import type { Clock } from '../src/ports/clock.ts'
import { HubSide } from './bridge/harness.ts'
import { friendChat } from './core/samples.ts'
import { kinds, loadConfig } from './support/config.ts'
import { memoryLog, realClock, tempFolder } from './support/ports.ts'
import { until } from './support/until.ts'

const alice = '@alice:example.org'
const bob = '@bob:example.org'
const eve = '@eve:example.org'

let temp: Awaited<ReturnType<typeof tempFolder>>
let log: ReturnType<typeof memoryLog>
let persons: Persons | undefined
let permissions: Record<string, Level>
let expected: (string | undefined)[][]
let dismissed: string[]
/** Whose hubs were made, in that order, and whose have ended. */
let made: string[]
let ended: string[]
let more: Partial<PersonsGround>
let hubs: Map<string, HubSide>

beforeEach(async () => {
  temp = await tempFolder()
  log = memoryLog()
  permissions = { 'example.org': 'user' }
  expected = []
  dismissed = []
  made = []
  ended = []
  more = {}
  hubs = new Map()
})
afterEach(async () => {
  await persons?.stop()
  persons = undefined
  await temp.drop()
})

async function begin(clock: Clock = realClock, connector = 'web'): Promise<Persons> {
  const { config } = loadConfig({
    files: [],
    env: {},
    sets: [
      `wechat.connector=${connector}`,
      'wechat.web.loginBase=http://127.0.0.1:9',
      'language=en',
    ],
  })
  persons = createPersons({
    config,
    tools: { clock, log },
    kinds,
    folder: { path: temp.path, sealKey: new Uint8Array(32) },
    first: alice,
    levelOf: (user) => levelOf(permissions, user),
    house: {
      expect: (...who) => void expected.push(who),
      dismiss: async (user) => void dismissed.push(user),
    },
    async seat({ user }) {
      made.push(user)
      return hubOf(user)
    },
    residents: () => residentsOf(alice, undefined, persons?.all() ?? []),
    ...more,
  })
  await persons.prepare()
  return persons
}

function hubOf(user: string) {
  const adapter = new HubSide('matrix')
  hubs.set(user, adapter)
  const run = adapter.run.bind(adapter)
  adapter.run = async (sink, signal) => {
    await run(sink, signal)
    ended.push(user)
  }
  return { adapter, users: new Set([user]) }
}

const running = () => (persons?.all() ?? []).filter(({ person }) => person).map(({ user }) => user)
const broken = async (user: string) => {
  const { folder } = await enrol(temp.path, user)
  const file = join(folder, 'bridge.sqlite')
  await writeFile(file, 'no database at all, but long enough to be looked at. '.repeat(100))
  return file
}

test('who may have an account gets a bridge of their own in a folder of their own, once', async () => {
  const all = await begin()
  expect(await Promise.all([all.newcomer(bob), all.newcomer(bob), all.newcomer(bob)])).toEqual([
    true,
    true,
    true,
  ])
  expect(made).toEqual([bob])
  expect(expected).toEqual([[alice], [bob, personId(bob)]])
  const file = join(knownAs(temp.path, bob).folder, 'bridge.sqlite')
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(all.provisioning(bob)?.login().state).toBe('offline')
  expect(all.provisioning(eve)).toBeUndefined()
})

test('nobody else does, and the first person is no newcomer', async () => {
  permissions = { [bob]: 'relay' }
  const all = await begin()
  expect(await all.newcomer(bob)).toBe(false)
  expect(await all.newcomer(eve)).toBe(false)
  expect(await all.newcomer(alice)).toBe(true)
  expect([made, await readdir(temp.path)]).toEqual([[], []])
})

test('those who were here are expected before any of them starts; whose level is gone is not, and keeps their data', async () => {
  for (const user of [bob, eve, alice]) await enrol(temp.path, user)
  permissions = { [bob]: 'admin', [eve]: 'relay', [alice]: 'user' }
  const all = await begin()
  expect([expected, dismissed, made]).toEqual([[[alice], [bob, personId(bob)]], [eve], []])
  await all.start()
  expect(running()).toEqual([bob])
  expect(log.text()).toContain('matrix.permissions gives this person no account here any more')
  expect(await readdir(knownAs(temp.path, eve).folder)).toContain('person.json')
})

test('not all start at the same time, and they stop in reverse', async () => {
  const users = Array.from({ length: 9 }, (_, n) => `@u${n}:example.org`)
  for (const user of users) await enrol(temp.path, user)
  const gate = Promise.withResolvers<void>()
  let at = 0
  let most = 0
  const inner = await (async () => {
    more = {
      seat: async ({ user }) => {
        most = Math.max(most, ++at)
        made.push(user)
        await gate.promise
        at--
        return hubOf(user)
      },
    }
    return begin()
  })()
  const started = inner.start()
  await until(() => made.length === 4, 'the first four')
  gate.resolve()
  await started
  const came = running()
  expect([most, came.length]).toEqual([4, 9])
  await until(
    () => at === 0 && hubs.size === 9 && [...hubs.values()].every(({ sink }) => sink),
    'all',
  )
  await inner.stop()
  expect(ended).toEqual([...came].reverse())
})

test('one whose storage is broken stops nobody, is told of with what to do, and comes back by itself', async () => {
  const file = await broken(bob)
  await enrol(temp.path, eve)
  const sleeps: (() => void)[] = []
  const clock: Clock = {
    ...realClock,
    now: () => realClock.now(),
    steady: () => realClock.steady(),
    sleep: (ms, signal) =>
      ms >= 60_000
        ? new Promise((resolve, reject) => {
            sleeps.push(resolve)
            if (signal.aborted) reject(signal.reason)
            signal.addEventListener('abort', () => reject(signal.reason), { once: true })
          })
        : realClock.sleep(ms, signal),
  }
  const all = await begin(clock)
  await all.start()
  expect(running()).toEqual([eve])
  expect(expected).toContainEqual([bob, personId(bob)])
  const line = log.lines.find((one) => one.includes('does not run, the others go on')) ?? ''
  expect(line).toContain(bob)
  expect(line).toContain(`-- restore --person ${bob} `)
  const [first] = (await linesOf(all.all())).filter(({ user }) => user === bob)
  expect(first).toMatchObject({ state: 'unknown', why: expect.stringMatching(/damaged/) })
  const { config } = loadConfig({ files: [], env: {}, sets: [] })
  await expect(operatorOf(bob, all.all(), clock, config)).rejects.toThrow(/does not run/)
  expect(await all.newcomer(bob)).toBe(false)
  await rm(file)
  for (const wake of sleeps) wake()
  await until(() => running().includes(bob), 'another try')
})

test('one whose bridge fails while it runs stops nobody, and is started again for whoever asks', async () => {
  const breaking = Promise.withResolvers<void>()
  breaking.promise.catch(() => undefined)
  more = {
    seat: async ({ user }) => {
      const seat = hubOf(user)
      if (user === bob && hubs.size === 1) seat.adapter.breaks = breaking.promise
      return seat
    },
  }
  const all = await begin()
  await all.newcomer(bob)
  await all.newcomer(eve)
  breaking.reject(
    new BridgeError('It is damaged.', { code: 'config', heal: 'never', certain: true }),
  )
  await until(() => running().join() === eve, 'bob’s end')
  expect(log.text()).toMatch(/does not run, the others go on.*It is damaged/)
  expect(await all.newcomer(bob)).toBe(true)
  expect(running().sort()).toEqual([bob, eve])
})

test('whoever stops waits for those who are starting, and nobody starts after', async () => {
  const gate = Promise.withResolvers<void>()
  const closed: string[] = []
  more = {
    seat: async ({ user }, _config, _tools, { database }) => {
      made.push(user)
      await gate.promise
      const adapter = new HubSide('matrix')
      const run = adapter.run.bind(adapter)
      adapter.run = async (sink, signal) => {
        await run(sink, signal)
        await database.archive.depth()
        closed.push(user)
      }
      return { adapter, users: new Set([user]) }
    },
  }
  const all = await begin()
  const coming = all.newcomer(bob)
  await until(() => made.length === 1, 'a start')
  const stopping = all.stop()
  gate.resolve()
  await Promise.all([coming, stopping])
  expect(running()).toEqual([])
  expect(await all.newcomer(eve)).toBe(false)
  expect(made).toEqual([bob])
})

test('data of one person is never taken for another’s', async () => {
  const all = await begin()
  await all.newcomer(bob)
  const from = knownAs(temp.path, bob).folder
  await until(async () => {
    const person = all.all()[0]?.person
    return (await person?.database.archive.chats())?.length
  }, 'a beginning')
  await all.stop()
  const { copyFile } = await import('node:fs/promises')
  const { folder } = await enrol(temp.path, eve)
  await copyFile(join(from, 'bridge.sqlite'), join(folder, 'bridge.sqlite'))
  const again = await begin()
  await again.start()
  expect(running()).toEqual([bob])
  expect(log.text()).toContain(`of ${bob}, and not of ${eve}`)
})

test('behind a gateway with one account there is none for others, who are told so; their data stays', async () => {
  const before = await begin()
  await before.newcomer(bob)
  await before.stop()
  more = { kinds: kinds.map((kind) => ({ ...kind, single: true as const })) }
  made = []
  const all = await begin()
  await all.start()
  expect(all.all()).toEqual([])
  await expect(all.newcomer(eve)).rejects.toThrow(/one gateway with one account/)
  expect(log.text()).toContain('one gateway with one account')
  expect(made).toEqual([])
  expect(existsSync(knownAs(temp.path, bob).folder)).toBe(true)
})

test('how many live here, and how many of them are offline, is a detail that makes nothing unwell', async () => {
  await broken(eve)
  const all = await begin()
  await all.start()
  await all.newcomer(bob)
  const well = { archive: { depth: async () => ({ queued: 0, dead: 0 }) }, fault: () => undefined }
  const login = { state: 'scanned' } as const
  const health = await healthOf(well as never, login, realClock, all.all())
  expect(health).toEqual({
    ok: true,
    ready: true,
    detail: { login: 'scanned', people: '2 more, 2 offline' },
  })
  expect((await healthOf(well as never, login, realClock)).detail).toEqual({ login: 'scanned' })
  const doors = ['main', 'second'].map((id) => ({ id, login }))
  const several = await healthOf(well as never, login, realClock, [], doors)
  expect(several.detail).toEqual({ login: 'scanned', doors: 'main scanned, second scanned' })
})

test('one who fails is tried again, even if the next try comes before the last is cleared away', async () => {
  const breaking = Promise.withResolvers<void>()
  breaking.promise.catch(() => undefined)
  more = {
    seat: async ({ user }) => {
      made.push(user)
      const seat = hubOf(user)
      if (made.length === 1) seat.adapter.breaks = breaking.promise
      return seat
    },
  }
  let isSoon = false
  const clock: Clock = {
    ...realClock,
    now: () => realClock.now(),
    steady: () => realClock.steady(),
    async sleep(ms, signal) {
      if (ms !== 60_000 || !isSoon) return realClock.sleep(ms, signal)
      isSoon = false
      // What is told of somebody who has failed is that, at once.
      expect(running()).toEqual([])
    },
  }
  const all = await begin(clock)
  await all.newcomer(bob)
  isSoon = true
  breaking.reject(
    new BridgeError('It is damaged.', { code: 'config', heal: 'never', certain: true }),
  )
  await until(() => made.length === 2, 'another try')
  await until(() => running().join() === bob, 'it runs')
})

test('in a sandbox each has one of their own, in which the same account is nobody else’s, and nothing stays', async () => {
  const { config } = loadConfig({ files: [], env: {}, sets: ['wechat.connector=sandbox'] })
  const data = await openDataFolder(config)
  more = { folder: data }
  const all = await begin(realClock, 'sandbox')
  expect(await Promise.all([all.newcomer(bob), all.newcomer(eve)])).toEqual([true, true])
  const people = all.all().map(({ person }) => person!)
  const origins = people.map(({ sandbox }) => sandbox?.origin ?? '')
  expect(new Set(origins).size).toBe(2)
  for (const person of people) {
    await until(() => person.bridge().login().state === 'online', 'a login by itself')
  }
  const [his, hers] = people.map((person) => person.bridge().login())
  expect(his).toMatchObject({ account: (hers as { account?: string }).account })
  const chat = { ...friendChat, id: chatId('of-bob-alone'), name: 'of Bob alone' }
  await people[0]?.database.store.unit((unit) => unit.saveChats([chat]))
  const knows = people.map(({ database }) => database.archive.chat(chat.id))
  expect((await Promise.all(knows)).map((found) => found?.name)).toEqual([
    'of Bob alone',
    undefined,
  ])
  await all.stop()
  for (const origin of origins) await expect(fetch(origin)).rejects.toThrow()
  await data.drop()
  expect(existsSync(data.path)).toBe(false)
})

test('one whose folder cannot be read, or is somebody else’s, stops nobody', async () => {
  const { folder } = await enrol(temp.path, bob)
  await writeFile(join(folder, 'person.json'), JSON.stringify({ user: eve }))
  const all = await begin()
  await all.start()
  expect(await all.newcomer(bob)).toBe(false)
  expect(await all.newcomer(eve)).toBe(true)
  expect(running()).toEqual([eve])
  expect(log.text()).toContain(`belongs to ${eve}, and not to ${bob}`)
})

test('two bridges never have one person’s data at the same time', async () => {
  const one = await begin()
  await one.newcomer(bob)
  const other = await begin()
  expect(await other.newcomer(bob)).toBe(false)
  expect(other.all()[0]?.why).toMatch(/./)
  await one.stop()
  expect(await other.newcomer(bob)).toBe(true)
})
