import { expect, test } from 'vitest'
import { Teller } from '../../../adapters/wechat-web/teller.ts'
import type { Chat } from '../../../src/core/chat.ts'
import type { ChatId } from '../../../src/core/ids.ts'
import type { Vault } from '../../../src/ports/vault.ts'
import type { WeChatSink } from '../../../src/ports/wechat.ts'
import { memoryVault } from '../../support/ports.ts'
import { type Login, login, type SomeGroup, type Someone } from './worlds.ts'

type Pick = (below: number) => number

/** The same numbers for the same seed. */
function picks(seed: number): Pick {
  let state = seed * 7919 + 17
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return (state >> 8) % below
  }
}

const one = <T>(list: readonly T[], pick: Pick): T => list[pick(list.length)] as T

/** Few names, some pictures and remarks, groups of much the same people: all that misleads. */
class Years {
  readonly #pick: Pick
  readonly #vault: Vault = memoryVault()
  readonly #people: readonly Someone[]
  readonly #groups: readonly SomeGroup[]
  #present = new Set<string>()
  #sid = 0
  /** As a store keeps them: what chats were merged into, and who was heard in each. */
  readonly #merged = new Map<string, string>()
  readonly heard = new Map<string, Set<string>>()
  #now!: Login
  #teller!: Teller

  constructor(pick: Pick) {
    this.#pick = pick
    this.#people = Array.from({ length: 8 }, (_, at) => ({
      truth: `p${at}`,
      name: one(['王伟', '李娜', `n${at}`], pick),
      seq: pick(2) ? 100 + at : 0,
      city: one(['杭州', '北京'], pick),
      remark: pick(4) ? '' : `r${at}`,
    }))
    this.#groups = Array.from({ length: 3 }, (_, at) => ({
      truth: `g${at}`,
      topic: one(['', 'Family', `t${at}`], pick),
      members: this.#people.map(({ truth }) => truth).filter(() => pick(4) > 0),
    }))
  }

  /** Another login, or the same one again after a restart. */
  async begin(isAnew: boolean): Promise<void> {
    if (isAnew) this.#sid += 1
    this.#now = await login(this.#vault, `s${this.#sid}`)
    this.#teller = new Teller(this.#now.people, this.#sink())
    const here = ({ truth }: { truth: string }) => this.#present.has(truth)
    this.#now.people.learn([
      ...this.#people.filter(here).map((each) => this.#now.contact(each)),
      ...this.#groups.filter(here).map((each) => this.#now.room(each, this.#people)),
    ])
    await this.#now.book.save(true)
    await this.#teller.tell([...this.#present].map((truth) => this.#now.user(truth)))
  }

  async step(): Promise<void> {
    const who = one<Someone | SomeGroup>([...this.#people, ...this.#groups], this.#pick)
    const { people, book } = this.#now
    const user = this.#now.user(who.truth)
    const what = this.#pick(12)
    if (what < 2) {
      people.remove([user])
      this.#present.delete(who.truth)
    } else if (what < 4) {
      people.learn(['topic' in who ? this.#now.room(who, this.#people) : this.#now.contact(who)])
      this.#present.add(who.truth)
      await this.#teller.tell([user])
    } else if (what === 4) {
      // Told of by the name alone.
      people.chat(user)
      this.#present.add(who.truth)
      await this.#teller.tell([user])
    } else if (what === 5) await this.begin(this.#pick(2) === 0)
    else if (what < 8) await this.#answer()
    else if (this.#present.has(who.truth)) await this.#say(who.truth, user)
    for (const each of book.users()) expect(book.userOf(book.idOf(each) ?? '')).toBe(each)
  }

  async #say(truth: string, user: string): Promise<void> {
    await this.#teller.tell([user])
    const id = wordOf(this.#now.people.chat(user).id)
    this.#now.book.doubtful.used(id)
    await this.#now.book.save()
    const home = this.#home(id)
    this.heard.set(home, (this.heard.get(home) ?? new Set()).add(truth))
    // An answer written there goes to nobody else.
    expect(this.#now.people.userName(home)).toBe(user)
  }

  /** The user tells the truth; it may be that only the store hears it, and the process ends. */
  async #answer(): Promise<void> {
    const { book } = this.#now
    const doubt = one(book.doubtful.open(), this.#pick)
    if (!doubt) return
    const user = book.userOf(doubt.id)
    const { truth = '' } =
      [...this.#people, ...this.#groups].find((each) => this.#now.user(each.truth) === user) ?? {}
    const same = doubt.candidates.find((each) => this.heard.get(this.#home(each))?.has(truth))
    if (same === undefined) return book.doubtful.isNew(doubt.id)
    if (this.#pick(2) === 0) return this.#teller.merge(doubt.id, same)
    this.#merge(doubt.id, same)
    await book.save()
    await this.begin(this.#pick(2) === 0)
  }

  #sink(): WeChatSink {
    const { people } = this.#now
    return {
      chats: async (chats: readonly Chat[]) =>
        new Map(
          chats.flatMap(({ id }) => {
            const home = this.#home(wordOf(id))
            return home === wordOf(id) ? [] : [[id, people.chatOf(home)] as const]
          }),
        ),
      doubts: async () => undefined,
      merge: async (from: ChatId, into: ChatId) => this.#merge(wordOf(from), wordOf(into)),
    } as unknown as WeChatSink
  }

  #merge(from: string, into: string): void {
    const home = this.#home(into)
    if (this.#merged.has(from) || home === from) return
    this.#merged.set(from, home)
    const all = [...(this.heard.get(home) ?? []), ...(this.heard.get(from) ?? [])]
    if (all.length > 0) this.heard.set(home, new Set(all))
    this.heard.delete(from)
  }

  #home(id: string): string {
    const into = this.#merged.get(id)
    return into === undefined ? id : this.#home(into)
  }
}

const wordOf = (id: ChatId): string => id.split('/').at(-1) ?? ''

test.each([1, 2, 3, 4])(
  'years of logins, of people and groups that come and go, never put two into one chat (%i)',
  async (round) => {
    for (let seed = 0; seed < 25; seed++) {
      const years = new Years(picks(round * 1000 + seed))
      await years.begin(true)
      for (let step = 0; step < 100; step++) await years.step()
      const mixed = [...years.heard].filter(([, who]) => who.size > 1)
      expect({ seed, mixed: mixed.map(([, who]) => [...who]) }).toEqual({ seed, mixed: [] })
    }
  },
)
