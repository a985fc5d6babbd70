import { afterEach, describe, expect, it } from 'vitest'
import { management } from '../../../src/core/chat.ts'
import type { BridgeError } from '../../../src/core/errors.ts'
import type { HubStanding } from '../../../src/core/hub.ts'
import { eventId, mintPortalId } from '../../../src/core/ids.ts'
import type { HubEvent } from '../../../src/ports/hub.ts'
import { Inbox } from '../../contract/hub-inbox.ts'
import { contact, friend, noMedia, textPost, unique } from '../../contract/hub-posts.ts'
import { realClock } from '../../support/ports.ts'
import {
  type HarnessOptions,
  type TelegramHarness,
  telegramHarness,
} from '../../support/telegram-harness.ts'
import { until } from '../../support/until.ts'

const never = new AbortController().signal

/** What is slow in the adapter is fast. */
const hastyClock = {
  ...realClock,
  sleep: (ms: number, signal: AbortSignal) => realClock.sleep(Math.min(ms, 50), signal),
}

class Sink extends Inbox {
  readonly standings: HubStanding[] = []
  standing(now: HubStanding): void {
    this.standings.push(now)
  }
  now(): string | undefined {
    const last = this.standings.at(-1)
    return last && (last.open ? 'open' : last.why)
  }
}

let harness: TelegramHarness | undefined
let sink: Sink

async function started(options: HarnessOptions = {}): Promise<TelegramHarness> {
  harness = await telegramHarness(options)
  sink = new Sink()
  await harness.start(sink)
  return harness
}
const restarted = async (on: TelegramHarness) => {
  await on.stop()
  await on.restart()
  sink = new Sink()
  await on.start(sink)
}
afterEach(async () => {
  await harness?.drop()
  harness = undefined
})
const standing = (why: string) =>
  until(
    () => sink.now() === why,
    () => `"${why}"; it is ${JSON.stringify(sink.standings)}`,
  )
const roomFor = async ({ hub }: TelegramHarness, chat = friend('Someone')) => {
  const portal = mintPortalId(Math.random)
  return { portal, chat, room: await hub.ensureRoom(portal, chat, noMedia, never) }
}

describe('who it belongs to', () => {
  it('is nobody at first: it says how to become the owner, and takes nothing until then', async () => {
    const { hub, sim, ann } = await started({ unowned: true })
    await standing('unclaimed')
    const claim = await hub.claim
    expect(claim?.bot).toBe(sim.bot.username)
    expect(claim?.url).toBe(`https://t.me/${sim.bot.username}?start=${claim?.code}`)
    await ann.starts(claim?.code)
    await standing('open')
    expect(await hub.people?.list()).toEqual([{ id: String(ann.id), name: 'Ann', role: 'owner' }])
  })

  it('stays so over a restart, and nothing is to be claimed then', async () => {
    const on = await started()
    await standing('open')
    await restarted(on)
    await standing('open')
    expect(await on.hub.claim).toBeUndefined()
    expect(sink.standings.every(({ open }) => open)).toBe(true)
  })

  it('shows the login and the commands to whoever has just become the owner', async () => {
    const { hub, sim, ann, person } = await started({ unowned: true })
    const qr = 'https://login.example/first'
    await hub.showLogin({ state: 'scan', qr, attempt: 1 }, never)
    await ann.starts((await hub.claim)?.code)
    await until(() => person.seesCode(qr), 'the code')
    await until(
      () =>
        sim.calls.some(
          ({ method, params }) =>
            method === 'setMyCommands' && JSON.stringify(params).includes(String(ann.id)),
        ),
      'the commands',
    )
  })

  it('does not let in who only guesses', async () => {
    const { hub, sim } = await started({ unowned: true })
    const mallory = sim.user('Mallory')
    for (const code of ['', 'aaaaaaaaaa', (await hub.claim)?.code.slice(1)]) {
      await mallory.says(await mallory.starts(code), code || 'me')
    }
    await until(() => sim.waiting === 0, 'all taken')
    expect(await hub.people?.list()).toEqual([])
    expect(sink.all).toEqual([])
  })
})

describe('whether it takes anything', () => {
  it('is shut while its owner blocks the bot, also over a restart, and open afterwards', async () => {
    const on = await started()
    const at = await roomFor(on)
    await standing('open')
    await on.ann.blocks()
    await standing('blocked')
    await restarted(on)
    await standing('blocked')
    const late = on.hub.send(textPost(at, 'x', contact('A')), noMedia, never)
    const error = await late.then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect((error as BridgeError).failure).toMatchObject({ heal: 'retry', certain: true })
    await on.ann.unblocks()
    await standing('open')
    await on.hub.send(textPost(at, 'y', contact('A')), noMedia, never)
  })

  it('learns from a refused post that its owner blocks the bot', async () => {
    const on = await started()
    const at = await roomFor(on)
    on.sim.fails({ method: 'sendMessage', what: { status: 403 } })
    await on.hub.send(textPost(at, 'x', contact('A')), noMedia, never).catch(() => undefined)
    await standing('blocked')
    // It was no more than that.
    await on.hub.send(textPost(at, 'y', contact('A')), noMedia, never)
    await standing('open')
  })

  it('finds out by itself that the bot is let in again, where nobody tells', async () => {
    const on = await started({ hubClock: hastyClock })
    const at = await roomFor(on)
    // Often enough that it is seen.
    on.sim.fails({ method: 'sendChatAction', what: { status: 403 }, times: 2 })
    on.sim.fails({ method: 'sendMessage', what: { status: 403 } })
    await on.hub.send(textPost(at, 'x', contact('A')), noMedia, never).catch(() => undefined)
    await standing('open')
    expect(sink.standings.map(({ open }) => open)).toEqual([false, true, false, true])
    expect(await on.person.sees(at.room)).toEqual([])
  })

  it('is shut while Telegram does not know the token, and goes on when it does', async () => {
    harness = await telegramHarness()
    const { sim } = harness
    sim.fails({ method: 'getMe', what: { status: 401 }, times: 3 })
    sink = new Sink()
    await harness.start(sink)
    expect(sink.standings.some((one) => !one.open && one.why === 'refused')).toBe(true)
    await standing('open')
    sim.fails({ method: 'sendChatAction', what: { status: 401 } })
    sim.fails({ method: 'getUpdates', what: { status: 401 } })
    await harness.ann.says(harness.ann.id, 'wake')
    // It may be open again at once: only these calls were refused.
    const refusals = () => sink.standings.filter((one) => !one.open && one.why === 'refused')
    await until(() => refusals().length >= 2, 'another refusal')
    expect(harness.log.text()).not.toContain(sim.token)
  })

  it('starts as soon as Telegram is there', async () => {
    harness = await telegramHarness({ hubClock: hastyClock })
    const { sim } = harness
    await sim.down()
    sink = new Sink()
    const starting = harness.start(sink)
    await until(() => harness?.log.text().includes('is tried again'), 'a failure')
    await sim.up()
    await starting
    await standing('open')
  })

  it('ends at once while Telegram is away', async () => {
    const on = await started()
    await on.sim.down()
    const begun = performance.now()
    await on.stop()
    expect(performance.now() - begun).toBeLessThan(1_500)
  })
})

describe('what it says of itself', () => {
  it('one bucket for all topics of a chat, which groups have by the minute as well', async () => {
    const on = await started()
    const one = await roomFor(on)
    const other = await roomFor(on)
    const bucket = on.hub.bucket(textPost(one, 'x', contact('A')))
    expect(bucket).toBe(String(on.ann.id))
    expect(on.hub.bucket(textPost(other, 'x', contact('A')))).toBe(bucket)
    expect(on.hub.rate.buckets?.(bucket)).toEqual([{ count: 1, perMs: 1_000 }])
    expect(on.hub.rate.buckets?.('-1001')).toEqual([
      { count: 1, perMs: 1_000 },
      { count: 20, perMs: 60_000 },
    ])
    expect(on.hub.rate.lane).toEqual({ count: 30, perMs: 1_000 })
  })

  it('larger files with a local Bot API server', async () => {
    const on = await started()
    expect(on.hub.features.media.file?.maxBytes).toBe(50 * 1024 * 1024)
    await on.drop()
    harness = await telegramHarness({ filesDir: '/tmp' })
    expect(harness.hub.features.media.file?.maxBytes).toBe(2000 * 1024 * 1024)
  })
})

describe('a post', () => {
  it('whose answer is lost may be there, and is marked when it is posted again', async () => {
    const on = await started()
    const at = await roomFor(on)
    const words = unique('perhaps')
    const post = textPost(at, words, contact('A'))
    on.sim.fails({ method: 'sendMessage', what: 'lost' })
    const lost = await on.hub.send(post, noMedia, never).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect((lost as BridgeError).failure.certain).toBe(false)
    expect(await on.hub.find(post, 0, never)).toBe('unknown')
    await on.hub.send({ ...post, repeat: true }, noMedia, never)
    const shown = (await on.person.sees(at.room)).filter(({ text }) => text.includes(words))
    expect(shown).toHaveLength(2)
    expect(shown[1]?.text).toContain('↻')
  })

  it('cannot be found any more after a restart', async () => {
    const on = await started()
    const at = await roomFor(on)
    const post = textPost(at, unique('x'), contact('A'))
    const receipt = await on.hub.send(post, noMedia, never)
    expect(await on.hub.find(post, 0, never)).toEqual(receipt)
    await restarted(on)
    expect(await on.hub.find(post, 0, never)).toBe('unknown')
  })

  it('goes into topics from the moment that they are switched on', async () => {
    const on = await started({ privateTopics: false, hubClock: hastyClock })
    const flat = await roomFor(on)
    expect(on.at(flat.room).thread).toBeUndefined()
    on.sim.setPrivateTopics(true)
    await until(async () => on.at((await roomFor(on)).room).thread, 'a topic')
  })
})

describe('without topics', () => {
  it('shows the chat in front, and tells which message a person answers', async () => {
    const on = await started({ privateTopics: false })
    const words = unique('are you there')
    const one = await roomFor(on, friend('王小明'))
    const sent = await on.hub.send(textPost(one, words, contact('王小明')), noMedia, never)
    expect(on.ann.sees(on.ann.id).at(-1)?.text).toBe(`王小明: ${words}`)
    const answer = unique('yes')
    await on.person.says(one.room, answer, sent.ids[0])
    const heard: HubEvent = await sink.text(answer)
    const private_ = await on.hub.ensureRoom(mintPortalId(Math.random), management, noMedia, never)
    expect(heard).toMatchObject({ replyTo: eventId(sent.ids[0] ?? '') })
    expect(on.at(private_)).toEqual({ chat: on.ann.id })
  })
})
