import { expect, test } from 'vitest'
import { synapseUnavailable } from '../e2e/synapse-install.ts'
import type { Shown } from './hub-world.ts'
import { run } from './run.ts'
import { allWell } from './scene.ts'

// kill -9 again and again under load: `CRASH_KILLS=500 CRASH_MESSAGES=50000 CRASH_SEED=7 npm run test:crash`. A seed is
// the same plan again: what is said, and where each life of the process ends. The default is a small share of it.
const kills = Number(process.env.CRASH_KILLS ?? 40)
const messages = Number(process.env.CRASH_MESSAGES ?? 4_000)

/** How many posts may be under way at once. */
const atOnce = 8

const timeout = 120_000 + kills * 10_000 + messages * 40

const noSynapse = synapseUnavailable()

// Most of it against a hub that remembers what it was given, as Matrix does; the rest against such that do not, and
// against Matrix itself, which takes its time.
const inMatrix = noSynapse ? 0 : Math.max(1, Math.round(kills / 8))
const inTelegram = Math.round(kills / 5)
const forgotten = Math.round(kills / 10)
const remembered = kills - forgotten - inTelegram - inMatrix
const share = (of: number) => Math.round((messages * of) / kills)

test(`${remembered} kills with a hub that remembers: nothing is lost, out of order or doubled`, {
  timeout,
}, async () => {
  const { verdict, doubles } = await run(remembered, 'remembering', share(remembered))
  expect(verdict).toEqual(allWell)
  expect(doubles).toEqual([])
})

test(`${forgotten} kills with a hub that forgets: at worst what was under way is shown twice`, {
  timeout,
}, async () => {
  const { verdict, doubles, lives } = await run(forgotten, 'forgetful', share(forgotten))
  expect(verdict).toEqual(allWell)
  for (const posts of doubles) expect(new Set(posts.map(({ key }) => key)).size).toBe(1)
  onlyByDeath(doubles, lives)
})

test(`${inTelegram} kills with Telegram: at worst what was under way is shown twice, and said to be`, {
  timeout,
}, async () => {
  const { verdict, doubles, lives } = await run(inTelegram, 'telegram', share(inTelegram))
  expect(verdict).toEqual(allWell)
  const unmarked = doubles.filter(([, ...again]) => again.some((post) => !post.isMarked))
  expect(unmarked.map(([post]) => post?.lines)).toEqual([])
  onlyByDeath(doubles, lives)
})

test.skipIf(noSynapse)(
  `${inMatrix} kills with Matrix on both ends, on a real Synapse: nothing is lost, out of order or doubled${noSynapse ? ` (skipped: ${noSynapse})` : ''}`,
  {
    timeout,
  },
  async () => {
    const { verdict, doubles } = await run(inMatrix, 'matrix', Math.round(share(inMatrix) / 2))
    expect(verdict).toEqual(allWell)
    expect(doubles).toEqual([])
  },
)

/** A double needs a death between the two (architecture §7). */
function onlyByDeath(doubles: readonly (readonly Shown[])[], lives: (post: Shown) => number): void {
  for (const posts of doubles) {
    expect(new Set(posts.map((post) => lives(post))).size).toBe(posts.length)
  }
  expect(doubles.length).toBeLessThanOrEqual(kills * atOnce)
}
