import { describe, expect, test } from 'vitest'
import { Dice } from '../../src/sandbox/dice.ts'
import { realClock } from '../support/ports.ts'
import { until } from '../support/until.ts'
import { allWell, openScene } from './scene.ts'

// The real process between two real servers, when the world around it behaves badly.

const hour = 3_600_000
const day = 24 * hour
/** A simulated hour takes 6 s. */
const fast = 600
/** Half a minute in which proof of a send may still come takes 1.5 s. */
const brisk = 20

describe('down for an hour', () => {
  test('the hub: what is said meanwhile waits, and arrives in order', async () => {
    await using scene = await openScene({ process: { topSpeed: fast } })
    const { ground, say, settled } = scene
    await say(3)
    await ground.hub.trouble.down()
    scene.bridge().order({ speed: fast })
    await say(5)
    await passes(hour)
    await say(2)
    await ground.hub.trouble.up()
    expect(await settled()).toEqual(allWell)
  })

  test('WeChat: what is written meanwhile waits, and arrives in order or is said not to', async () => {
    await using scene = await openScene({ process: { topSpeed: fast } })
    const { ground, say, settled } = scene
    await say(3)
    await ground.sandbox.down()
    scene.bridge().order({ speed: fast })
    await say(5)
    await passes(hour)
    await say(2)
    await ground.sandbox.up()
    // A person sends again what is said not to have been sent.
    expect({ ...(await settled()), dead: [] }).toEqual(allWell)
  })
})

describe('slow and half-open connections', () => {
  test('a post that the hub never answers holds up no other room, and arrives once', async () => {
    await using scene = await openScene({ process: { patienceMs: 2_000 } })
    const { ground, say, settled } = scene
    ground.hub.trouble.fault({ call: 'posts', how: 'hang' })
    const before = ground.hub.posts.length
    await say(4)
    await until(
      () => new Set(ground.hub.posts.slice(before).map(({ room }) => room)).size >= 5,
      'the other rooms going on',
      1_500,
    )
    expect(await settled()).toEqual(allWell)
  })

  test('a hub that accepts connections and answers nothing is waited for', async () => {
    await using scene = await openScene({ process: { patienceMs: 500 } })
    const { ground, say, settled } = scene
    ground.hub.trouble.halfOpen = true
    await say(4)
    await realClock.sleep(1_500, new AbortController().signal)
    ground.hub.trouble.halfOpen = false
    expect(await settled()).toEqual(allWell)
  })

  test('a hub that does what it is told and loses the answer is given nothing twice', async () => {
    await using scene = await openScene()
    const { ground, say, settled, talk } = scene
    for (const call of ['posts', 'seen', 'events'] as const) {
      ground.hub.trouble.fault({ call, how: 'reset', times: 3, skip: 1 })
    }
    await say(4)
    expect(await settled()).toEqual(allWell)
    expect(talk.books.doubledPosts()).toEqual([])
  })

  test('a send that WeChat never answers is asked about, and the other chats go on', async () => {
    await using scene = await openScene({ process: { patienceMs: 1_000, speed: brisk } })
    const { ground, say, settled, talk } = scene
    const { control } = ground.sandbox
    control.fault({ path: 'webwxsendmsg', how: 'hang' })
    await say(4)
    expect(await settled()).toEqual(allWell)
    expect(talk.books.counts()).toMatchObject({ asked: 1, resent: 0 })
    // Everybody else was written to before the chat that waited for proof went on.
    const [, second] = [...control.delivered().entries()].filter(([, { to }]) => to === 'lin')
    const before = new Set(
      control
        .delivered()
        .slice(0, second?.[0])
        .map(({ to }) => to),
    )
    expect(before.size).toBe(6)
  })

  test('a WeChat that answers slowly, or breaks off, is heard to the end', async () => {
    await using scene = await openScene()
    const { ground, say, settled } = scene
    const { control } = ground.sandbox
    control.fault({ path: 'webwxsync', how: 'slow', times: 2 })
    control.fault({ path: 'webwxsync', how: 'truncated', times: 2 })
    control.fault({ path: 'synccheck', how: 'hang' })
    control.fault({ path: 'webwxsendmsg', how: { delayMs: 800 }, times: 2 })
    await say(4)
    expect(await settled()).toEqual(allWell)
  })
})

describe('duplicated and reordered input', () => {
  test('a hub that repeats its events, in any order, is not taken at its word', async () => {
    await using scene = await openScene()
    const { ground, say, settled } = scene
    const dice = new Dice('repeats')
    ground.hub.events.repeating = () => dice.below(1_000) / 1_000
    for (let i = 0; i < 8; i++) await say(2)
    expect(await settled()).toEqual(allWell)
  })

  test('a WeChat that gives a batch again, single messages twice, and some in another order', async () => {
    await using scene = await openScene()
    const { ground, say, settled, talk } = scene
    const { control } = ground.sandbox
    // The answer is lost on its way: the same key brings the same batch again.
    control.fault({ path: 'webwxsync', how: 'reset', times: 3, skip: 1 })
    for (let i = 0; i < 5; i++) {
      await say(3)
      for (const { id } of control.said().slice(-4)) await control.repeat(id)
    }
    expect(await settled()).toEqual(allWell)
    expect(talk.books.doubledPosts()).toEqual([])
  })
})

describe('clocks', () => {
  test.each([
    ['forward', day],
    ['back', -day],
  ])('a jump of a day %s while running loses and delays nothing', async (_name, jumpMs) => {
    await using scene = await openScene()
    const { ground, say, settled } = scene
    await say(2)
    // Some are waiting for another try while the clock jumps.
    ground.hub.trouble.fault({ call: 'posts', how: '500', times: 4 })
    await say(2)
    await until(() => ground.hub.trouble.pending === 0, 'the refused tries')
    scene.bridge().order({ jumpMs })
    await say(2)
    expect(await settled(10_000)).toEqual(allWell)
    scene.bridge().order({ jumpMs: -jumpMs })
    await say(2)
    expect(await settled(10_000)).toEqual(allWell)
  })

  test('a clock that goes back a day between two starts loses and delays nothing', async () => {
    await using scene = await openScene({ process: { speed: brisk } })
    const { ground, say, settled, again } = scene
    scene.bridge().order({ jumpMs: day })
    await say(2)
    ground.hub.trouble.fault({ call: 'posts', how: '500', times: 6 })
    await say(2)
    await until(() => ground.hub.trouble.pending === 0, 'the refused tries')
    await scene.bridge().kill()
    await again()
    await say(2)
    expect(await settled(10_000)).toEqual(allWell)
  })
})

/** Time of the fast clock. */
const passes = (ms: number) => realClock.sleep(ms / fast, new AbortController().signal)
