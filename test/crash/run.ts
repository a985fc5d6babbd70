import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { BridgeProcess } from '../support/bridge-process.ts'
import { realClock } from '../support/ports.ts'
import {
  crashGround,
  type Ground,
  matrixCrashGround,
  type Place,
  telegramGround,
} from './ground.ts'
import type { Shown } from './hub-world.ts'
import { type End, planOf } from './plan.ts'
import { Talk } from './talk.ts'

const wanted = process.env.CRASH_SEED ?? '20260701'
/** The same plan again. */
const seed = wanted === 'random' ? String(Math.floor(Math.random() * 1e9)) : wanted

/** Random deaths under load, each after its share of what the plan says. */
export async function run(
  most: number,
  hub: 'remembering' | 'forgetful' | 'telegram' | 'matrix',
  messages: number,
) {
  const forgetful = hub === 'forgetful' || hub === 'telegram'

  const many = messages
  const began = Date.now()
  const name = `${seed} ${hub}`
  // A killed process loses nothing of what the system has taken to write: memory is as good as a disk, and faster.
  const folder = await mkdtemp(join(process.platform === 'linux' ? '/dev/shm' : tmpdir(), 'crash-'))
  const options = {
    folder,
    // One of them hears its own sends again, and so need not ask about them.
    sandbox: { seed: 1 + (many % 2), takesTwice: true, echoOwnSends: forgetful },
    // Twelve minutes of its clock are 36 s: old bytes are forgotten on the way.
    process: { speed: hub === 'matrix' ? 4 : 20 },
    sets: ['retention.mediaHours=0.2'],
  }
  const ground =
    hub === 'matrix'
      ? await matrixCrashGround(options)
      : hub === 'telegram'
        ? await telegramGround(options)
        : await crashGround({ ...options, hub: { forgetful } })
  let bridge = ground.start()
  try {
    const places = await settle(ground)
    const rooms = await ground.greet(places)
    const talk = new Talk(ground, places, rooms)
    const plan = planOf(name, many, most, places.length)
    /** How many posts there were at each death. */
    const deaths: number[] = []
    const each = Math.ceil(plan.acts.length / most)
    await bridge.stop()
    let said = 0
    let life = 0
    let killed = 0
    for (; killed < most; life++) {
      const end = plan.end(life)
      const acts = plan.acts.slice(said, said + each)
      said += acts.length
      bridge = ground.start(end.how === 'point' ? { kill: end.kill } : {})
      const how = await live(bridge, end, talk, acts)
      if (how === 'SIGKILL') killed++
      else expect(how, bridge.log()).toBe('exit 0')
      // What it had sent is served before its successor can send anything.
      await wait(20)
      deaths.push(ground.world.posts.length)
      if (killed % 50 === 0 && how === 'SIGKILL') console.log(`${killed} kills, ${said} acts`)
    }
    bridge = ground.start()
    for (const act of plan.acts.slice(said)) await talk.act(act)
    await bridge.ready
    await quiet(talk, ground)
    expect(await bridge.stop(), bridge.log()).toBe('exit 0')
    talk.books.look()
    const { tally, books } = talk
    const seconds = Math.round((Date.now() - began) / 1000)
    console.log(
      `seed ${seed} (${hub} hub): ${killed} kills in ${life} lives, ` +
        `${tally.in} messages in, ${tally.out} out, ${tally.media} media, ${tally.quotes} quotes, ` +
        `${tally.recalls} recalls, ${JSON.stringify(books.counts())}, ${seconds} s`,
    )
    const lives = (post: Shown) => {
      const at = ground.world.posts.indexOf(post)
      return deaths.filter((count) => count <= at).length
    }
    return { verdict: books.verdict(), doubles: books.doubledPosts(), lives }
  } catch (error) {
    throw new Error(`seed ${seed}: ${(error as Error).message}\n${bridge.log().slice(-6_000)}`, {
      cause: error,
    })
  } finally {
    await ground.drop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** One life of the process, under load from before it is ready, to its end. */
async function live(
  bridge: BridgeProcess,
  end: End,
  talk: Talk,
  acts: ReturnType<typeof planOf>['acts'],
): Promise<string> {
  let over = false
  const ended = bridge.ended.then((how) => {
    over = true
    return how
  })
  const early = Math.floor(acts.length / 3)
  const speaking = (async () => {
    for (const act of acts.slice(0, early)) await talk.act(act)
    await bridge.ready
    for (let at = early; at < acts.length; at += burst) {
      for (const act of acts.slice(at, at + burst)) await talk.act(act)
      talk.books.look()
      if (!over) await wait(20)
    }
  })()
  if (end.how === 'moment') {
    await wait(end.ms)
    void bridge.kill()
  } else if (end.how === 'stop') {
    await speaking
    void bridge.stop()
    await wait(end.ms)
    void bridge.kill()
  } else {
    await speaking
    const patience = Date.now() + 4_000
    while (!over && Date.now() < patience) {
      const left = talk.books.look()
      // The point was not passed so often: it is killed at rest.
      if (left.in + left.out === 0) break
      await wait(20)
    }
    if (!over) void bridge.kill()
  }
  await speaking
  return ended
}

/** Until everything said has arrived, and every recall; or nothing moves any more. */
async function quiet(talk: Talk, { world, sandbox }: Ground): Promise<void> {
  const progress = () => world.posts.length + sandbox.control.delivered().length
  for (let seen = progress(), since = Date.now(); Date.now() - since < stuckMs; await wait(50)) {
    const left = talk.books.look()
    const waiting = left.in + left.out + world.waiting
    if (waiting === 0 && talk.books.unrecalled().length === 0) return
    if (progress() === seen) continue
    seen = progress()
    since = Date.now()
  }
  // What is missing is lost, and the verdict says so.
}

/** Logs in to a small world; who can be talked to there. */
async function settle(ground: Ground): Promise<readonly Place[]> {
  const { control } = ground.sandbox
  const { friends, groups } = await control.populate({ friends: 20, groups: 10 })
  await ground.logIn()
  return [
    ...friends.map((who) => ({ who, from: who })),
    ...groups.map((who) => {
      const from = control.figure(who).members.find((member) => /^friend/.test(member)) ?? ''
      return { who, from, group: who }
    }),
  ]
}

const burst = 10
const stuckMs = 20_000
const wait = (ms: number) => realClock.sleep(ms, new AbortController().signal)
