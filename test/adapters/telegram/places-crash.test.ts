import { afterEach, beforeEach, expect, test } from 'vitest'
import type { TelegramApi } from '../../../adapters/telegram/api.ts'
import { management } from '../../../src/core/chat.ts'
import { roomId } from '../../../src/core/ids.ts'
import type { Vault } from '../../../src/ports/vault.ts'
import { startTelegram } from '../../sim/telegram/server.ts'
import type { SimUser, TelegramSim } from '../../sim/telegram/sim.ts'
import { memoryVault } from '../../support/ports.ts'
import {
  a,
  b,
  chatOf,
  managing,
  ownedBy,
  roomOf,
  type Stage,
  signal,
  stage,
  textsIn,
} from './places-stage.ts'

// The process may die before or after anything it asks of Telegram or of its vault. Whatever was being done, a new one over
// the same vault must find each chat in one place, with nothing of another chat's.

let sim: TelegramSim
let me: SimUser
let home: number

beforeEach(async () => {
  sim = await startTelegram({ limits: false })
  me = sim.user('Ann')
})
afterEach(() => sim.close())

/** Dies at the so-manieth step: from then on nothing it does has any effect. */
function dying(steps: number) {
  let left = steps
  const dead = () => left < 0
  const step = () => {
    if (left-- <= 0) {
      left = -1
      throw new Error('the process is gone')
    }
  }
  const around = async <T>(work: () => Promise<T>): Promise<T> => {
    step()
    const result = await work()
    step()
    return result
  }
  const api = (inner: TelegramApi): TelegramApi => ({
    file: inner.file,
    call: (method, args, signal, how) => around(() => inner.call(method, args, signal, how)),
  })
  const vault = (inner: Vault): Vault => ({
    get: inner.get,
    set: (name, text) => around(() => inner.set(name, text)),
    drop: (name) => around(() => inner.drop(name)),
  })
  return { api, vault, dead }
}

async function living(vault: Vault): Promise<Stage> {
  const one = await stage(sim, { vault })
  if (one.people.owner() === undefined) home = await ownedBy(one, me)
  await one.places.ensure(managing, management, signal)
  return one
}

/** Everything two chats have said, wherever it is, with where that is. */
function seen(groups: readonly number[]) {
  const threads = (chat: number) => {
    const own = me.topics(chat).map(({ thread }) => thread)
    return own.map((thread) => ({ chat, thread, texts: textsIn(me, chat, thread) }))
  }
  const bare = (chat: number) => ({
    chat,
    thread: 0,
    texts: me
      .sees(chat)
      .flatMap(({ text, is_topic_message: topic }) => (text && !topic ? [text] : [])),
  })
  return [home, ...groups].flatMap((chat) => [bare(chat), ...threads(chat)])
}

/**
 * Lets `deed` die at each of its steps in turn, in a world of its own, and begins anew. Resolves with how many steps there
 * were.
 */
async function atEachStep(
  setup: (one: Stage) => Promise<readonly number[]>,
  deed: (one: Stage, groups: readonly number[]) => Promise<unknown>,
): Promise<number> {
  for (let steps = 0; ; steps++) {
    me = sim.user(`Ann ${steps}`)
    const vault = memoryVault()
    const groups = await setup(await living(vault))
    const death = dying(steps)
    const doomed = await stage(sim, { vault: death.vault(vault), wrap: death.api }).catch(
      () => undefined,
    )
    const failed = doomed
      ? await deed(doomed, groups).then(
          () => false,
          () => true,
        )
      : true
    const next = await living(vault)
    await Promise.all([
      next.places.ensure(a, chatOf('Alice'), signal),
      next.places.ensure(b, chatOf('Bob'), signal),
    ])
    for (const text of ['1', '2']) {
      await next.posts(a, `from Alice ${text}`)
      await next.posts(b, `from Bob ${text}`)
    }
    check(next, groups, `step ${steps}`)
    if (!failed && !death.dead()) return steps
    if (steps > 60) throw new Error('It never comes to an end.')
  }
}

function check(one: Stage, groups: readonly number[], when: string): void {
  const places = seen(groups)
  for (const who of ['Alice', 'Bob']) {
    const mine = places.filter(({ texts }) => texts.some((text) => text.startsWith(`from ${who}`)))
    const isWhole = mine.filter(({ texts }) => texts.join().includes(`from ${who} 1`))
    expect(isWhole, when).toHaveLength(1)
    expect(mine.length, when).toBe(1)
    const other = who === 'Alice' ? 'Bob' : 'Alice'
    expect(mine[0]?.texts.join(), when).not.toContain(`from ${other}`)
    const name = me
      .topics(mine[0]?.chat ?? 0)
      .find(({ thread }) => thread === mine[0]?.thread)?.name
    if (name) expect(name, when).toBe(who)
  }
  const here = [a, b].map((portal) => one.places.located(roomOf(portal)))
  expect(here[0], when).not.toEqual(here[1])
}

test('a first post that dies anywhere leaves one topic in use per chat', async () => {
  const steps = await atEachStep(
    async () => [],
    async (one) => {
      await one.places.ensure(a, chatOf('Alice'), signal)
      await one.posts(a, 'from Alice 0')
      await one.places.ensure(b, chatOf('Bob'), signal)
      await one.posts(b, 'from Bob 0')
    },
  )
  expect(steps).toBeGreaterThan(10)
}, 60_000)

test('repairing a deleted topic that dies anywhere leaves one topic in use', async () => {
  const steps = await atEachStep(
    async (one) => {
      await one.places.ensure(a, chatOf('Alice'), signal)
      await one.places.ensure(b, chatOf('Bob'), signal)
      for (const { thread } of me.topics(home)) await me.deletesTopic(home, thread)
      return []
    },
    async (one) => {
      await one.places.ready(roomOf(a), signal)
      const place = one.places.located(roomOf(a))
      const error = await one.base.api
        .call(
          'sendMessage',
          { chat_id: home, message_thread_id: Number(place?.thread), text: 'x' },
          signal,
        )
        .catch((thrown: unknown) => thrown)
      expect(await one.places.failed(roomOf(a), error, signal, place)).toBe('again')
      await one.posts(a, 'from Alice 0')
    },
  )
  expect(steps).toBeGreaterThan(6)
}, 60_000)

test('linking that dies anywhere leaves the chat here or there', async () => {
  const steps = await atEachStep(
    async (one) => {
      await one.places.ensure(a, chatOf('Alice'), signal)
      await one.places.ensure(b, chatOf('Bob'), signal)
      return [await me.makesGroup('G')]
    },
    (one, [chat]) => one.places.link(a, roomId(String(chat))),
  )
  expect(steps).toBeGreaterThan(6)
}, 60_000)

test('moving into a group with topics that dies anywhere leaves the chat here or there', async () => {
  const steps = await atEachStep(
    async (one) => {
      await one.places.ensure(a, chatOf('Alice'), signal)
      const chat = await me.makesGroup('F', { type: 'forum' })
      await one.places.home(roomId(String(chat)))
      return [chat]
    },
    async (one) => {
      await one.places.move(a, 'forum')
      await one.places.move(a, 'auto')
    },
  )
  expect(steps).toBeGreaterThan(10)
}, 60_000)

test('following a group that migrates and dying anywhere loses neither of its chats', async () => {
  let upgraded = 0
  await atEachStep(
    async (one) => {
      const chat = await me.makesGroup('G', { type: 'group' })
      await one.places.ensure(a, chatOf('Alice'), signal)
      await one.places.link(a, roomId(String(chat)))
      upgraded = await me.upgrades(chat)
      return [upgraded]
    },
    async (one) => {
      const updates = sim.updates.filter(({ message }) => message?.migrate_to_chat_id === upgraded)
      expect(updates).toHaveLength(1)
      for (const update of updates) await one.places.happened(update, signal)
    },
  )
}, 60_000)
