import type { Message } from '@grammyjs/types'
import { expect, test } from 'vitest'
import { type TelegramWorld, telegramWorld } from '../support/telegram-world.ts'
import { follows, people } from '../support/telegram-world-layouts.ts'
import type { Spot } from '../support/telegram-world-seen.ts'
import { until } from '../support/until.ts'

const chats = {
  lin: { name: people.lin, from: 'lin' },
  zhou: { name: people.zhou, from: 'zhou' },
  hikers: { name: people.hikers, from: 'wu', group: 'hikers' },
} as const
type Name = keyof typeof chats
const names = Object.keys(chats) as Name[]
const steps = 40
const spoken = /(?:^|: )(in \d+ \w+)$/

interface Post {
  readonly words: string
  readonly at: string
  readonly line: string
  readonly number: number
}

/** Somebody who never leaves their chats where they are. */
class Restless {
  readonly world: TelegramWorld
  readonly log: string[] = []
  readonly heard: string[] = []
  readonly written: { readonly words: string; readonly to: Name }[] = []
  readonly #random: () => number
  #count = 0
  #forum = 0
  readonly #out = new Set<number>()

  constructor(world: TelegramWorld, seed: number) {
    this.world = world
    this.#random = mulberry(seed)
  }

  async begin(): Promise<void> {
    const { ann, saying } = this.world
    this.#forum = await ann.makesGroup('All', { type: 'forum' })
    await ann.says(this.#forum, '/link all')
    await saying({ chat: this.#forum }, /^Done\./)
    for (const name of names) await this.#say(name)
    await this.arrived()
  }

  async step(): Promise<void> {
    const name = this.#pick(names)
    const deed = this.#pick(deeds)
    const spot = this.#spot(name)
    this.log.push(`${deed} ${name} at ${spot.chat}/${spot.thread ?? ''}`)
    await this.#do(deed, name, spot)
    for (const each of names) if (this.#random() < 0.5) await this.#say(each)
  }

  /** Everything that shuts something is undone. */
  async end(): Promise<void> {
    for (const chat of this.#out) await this.world.ann.addsBot(chat)
    this.#out.clear()
    for (const name of names) await this.#say(name)
    await this.arrived()
  }

  /** All that was heard, with where it was posted. */
  posts(): readonly Post[] {
    return this.world.sim.calls.flatMap(({ ok, method, result }) => {
      if (!ok || method !== 'sendMessage') return []
      const { text = '', chat, message_thread_id: thread, message_id: number } = result as Message
      return text.split('\n').flatMap((line) => {
        const words = spoken.exec(line)?.[1]
        return words ? [{ words, at: `${chat.id}/${thread ?? ''}`, line: text, number }] : []
      })
    })
  }

  async arrived(): Promise<void> {
    await until(
      () => {
        const all = new Set(this.posts().map(({ words }) => words))
        return this.heard.every((words) => all.has(words))
      },
      () => {
        const all = new Set(this.posts().map(({ words }) => words))
        return `${this.heard.filter((words) => !all.has(words)).join(', ')} after ${this.log.join('\n')}`
      },
    )
  }

  async #do(deed: Deed, name: Name, spot: Spot): Promise<void> {
    const { ann } = this.world
    const { chat, thread } = spot
    const isLinked = thread === undefined && chat !== ann.id
    switch (deed) {
      case 'write':
        return this.#write(name)
      case 'delete':
        // One that vanishes as soon as it is made would be Telegram's trouble, and waited out.
        this.world.pass(61_000)
        if (thread !== undefined && !this.#isGone(spot)) await ann.deletesTopic(chat, thread)
        return this.#settled(name)
      case 'close':
        if (thread !== undefined && chat === this.#forum && !this.#isGone(spot))
          await ann.closesTopic(chat, thread)
        return
      case 'rename':
        if (thread !== undefined && !this.#isGone(spot))
          await ann.renamesTopic(chat, thread, `mine ${this.#count}`)
        return
      case 'link':
        if (thread !== undefined && !this.#isGone(spot)) await this.#link(name, spot)
        return this.#settled(name)
      case 'forum':
      case 'auto':
      case 'private':
        if (this.#out.has(chat)) return
        if (this.#isGone(spot)) return
        await this.#answers(/^Done\./, () => ann.says(chat, `/place ${deed}`, spot))
        return this.#settled(name)
      case 'kick':
        if (!isLinked || this.#out.has(chat)) return
        await ann.kicksBot(chat)
        this.#out.add(chat)
        return
      case 'add':
        for (const each of this.#out) await ann.addsBot(each)
        this.#out.clear()
        return
      case 'block':
        await ann.blocks()
        await this.#say(name)
        await this.world.sandbox.control.settled()
        return ann.unblocks()
      case 'restart':
        await this.world.stop()
        await this.#say(name)
        await this.world.start()
    }
  }

  async #link(name: Name, spot: Spot): Promise<void> {
    const invitation = await this.#answers(/^Open this/, () =>
      this.world.ann.says(spot.chat, '/link', spot),
    )
    await follows(this.world, invitation, name)
  }

  /** The answer comes where the chat is by now. */
  async #answers(what: RegExp, asks: () => Promise<unknown>): Promise<Message> {
    const { sim } = this.world
    const before = sim.calls.length
    await asks()
    const call = await until(
      () => sim.calls.slice(before).find(({ params }) => what.test(String(params.text))),
      () => `${what} after ${this.log.join('\n')}`,
    )
    return call.result as Message
  }

  #isGone({ chat, thread }: Spot): boolean {
    if (thread === undefined) return false
    return !this.world.ann.topics(chat).some((topic) => topic.thread === thread)
  }

  /** What is said next tells where the chat is. */
  async #settled(name: Name): Promise<void> {
    const words = await this.#say(name)
    if (this.#out.has(this.#spot(name).chat)) return
    await until(
      () => this.posts().some((post) => post.words === words),
      () => `${words} after ${this.log.join('\n')} ${this.world.log.lines.slice(-12).join('\n')}`,
    )
  }

  async #say(name: Name): Promise<string> {
    const words = `in ${++this.#count} ${name}`
    const chat = chats[name]
    await this.world.sandbox.control.say(chat.from, words, 'group' in chat ? chat.group : undefined)
    this.heard.push(words)
    return words
  }

  async #write(name: Name): Promise<void> {
    const spot = this.#spot(name)
    if (this.#out.has(spot.chat)) return
    const { ann } = this.world
    if (this.#isGone(spot)) return
    const words = `out ${++this.#count} ${name}`
    await ann.says(spot.chat, words, spot)
    this.written.push({ words, to: name })
  }

  /** Where the chat was seen last; among the others one speaks by answering. */
  #spot(name: Name): Spot & { readonly replyTo?: number } {
    const post = this.posts().findLast(({ words }) => words.endsWith(` ${name}`))
    const [chat, thread] = (post?.at ?? '').split('/')
    if (thread) return { chat: Number(chat), thread: Number(thread) }
    const isFlat = Number(chat) === this.world.ann.id
    return { chat: Number(chat), ...(isFlat && post && { replyTo: post.number }) }
  }

  #pick<T>(of: readonly T[]): T {
    return of[Math.floor(this.#random() * of.length)] as T
  }
}

const deeds = [
  ...['write', 'write', 'write', 'delete', 'close', 'rename', 'link', 'forum', 'auto'],
  ...['private', 'kick', 'add', 'block', 'restart'],
] as const
type Deed = (typeof deeds)[number]

const seeds = (process.env.SEEDS ?? '1,2').split(',').map(Number)

test.each(seeds)(
  'nothing is lost, doubled or misplaced, wherever chats go (seed %i)',
  async (seed) => {
    const world = await telegramWorld()
    try {
      const restless = new Restless(world, seed)
      await restless.begin()
      for (let step = 0; step < steps; step++) await restless.step()
      await restless.end()

      const posts = restless.posts()
      expect(posts.map(({ words }) => words).sort()).toEqual([...restless.heard].sort())
      for (const name of names) {
        const mine = posts
          .filter(({ words }) => words.endsWith(` ${name}`))
          .map(({ words }) => words)
        expect(mine).toEqual(restless.heard.filter((words) => words.endsWith(` ${name}`)))
      }
      // No place has ever shown two chats, but the one where names tell them apart.
      const owners = new Map<string, Set<string>>()
      for (const { words, at, line } of posts) {
        const name = words.split(' ')[2] ?? ''
        if (at === `${world.ann.id}/`) expect(line).toContain(chats[name as Name].name)
        else owners.set(at, (owners.get(at) ?? new Set()).add(name))
      }
      expect([...owners].filter(([, all]) => all.size > 1)).toEqual([])

      // What was written arrived there once, or was told to have gone nowhere: in a place the chat had left.
      const { control } = world.sandbox
      // An answer quotes what it answers.
      const sent = () =>
        control.delivered().map(({ to, text }) => `${to}: ${text.split('\n').at(-1)}`)
      const arrived = (to: string, words: string) => sent().includes(`${to}: ${words}`)
      const told = () =>
        world.sim.calls
          .map(({ params }) => String(params.text))
          .filter((text) => /^Not sent yet|^Was not sent: that room/.test(text))
          .join()
      const missing = () =>
        restless.written.filter(({ to, words }) => !arrived(to, words) && !told().includes(words))
      await until(
        () => missing().length === 0,
        () => `${JSON.stringify(missing())} after ${restless.log.join('\n')}`,
      )
      const wanted = new Set(restless.written.map(({ to, words }) => `${to}: ${words}`))
      expect(sent().filter((each) => !wanted.has(each))).toEqual([])
      expect(new Set(sent()).size).toBe(sent().length)
      expect(sent().length).toBeGreaterThan(restless.written.length / 2)
    } finally {
      await world.drop()
    }
  },
)

/** Numbers in [0, 1) that are the same for the same seed. */
function mulberry(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
