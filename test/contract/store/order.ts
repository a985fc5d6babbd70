import fc from 'fast-check'
import { expect } from 'vitest'
import type { Item, Lease, Store } from '../../../src/ports/store.ts'
import type { StoreCase } from '../store.ts'
import { lost, nobody, noon, own, post, receipt, refused, toHub } from './samples.ts'

type Step = 'enqueue' | 'begin' | 'deliver' | 'retry' | 'bury' | 'requeue' | 'settle'

const steps = fc.array(
  fc.record({
    step: fc.constantFrom<Step>(
      'enqueue',
      'enqueue',
      'begin',
      'begin',
      'deliver',
      'retry',
      'bury',
      'requeue',
      'settle',
    ),
    pick: fc.nat(99),
  }),
  { minLength: 20, maxLength: 80 },
)

export function orderCases(test: StoreCase): void {
  test('whatever happens, each portal keeps its order, one item in flight, and loses nothing', async (t) => {
    const lease = await own(t.store)
    let run = 0
    await fc.assert(
      fc.asyncProperty(steps, async (script) => {
        const world = new World(t.store, lease, `r${run++}`)
        for (const { step, pick } of script) await world[step](pick)
        await world.finish()
      }),
      { numRuns: 25 },
    )
  })
}

/** What the outbox should hold, kept by hand: the plain model that the store is compared with. */
class World {
  readonly #store: Store
  readonly #lease: Lease
  readonly #name: string
  #now = noon
  #count = 0
  readonly #waiting = new Map<string, string[]>()
  readonly #flying = new Map<string, Item>()
  readonly #dead: Item[] = []
  readonly #dueAt = new Map<string, number>()

  constructor(store: Store, lease: Lease, name: string) {
    this.#store = store
    this.#lease = lease
    this.#name = name
  }

  async enqueue(pick: number): Promise<void> {
    const job = post(`${this.#name}-${this.#count++}`, `${this.#name}-${pick % 3}`)
    await this.#store.unit((unit) => unit.enqueue(toHub, job, this.#now))
    this.#line(job.portal).push(job.key)
  }

  async begin(pick: number): Promise<void> {
    this.#now += pick
    const items = await this.#ready()
    const expected = [...this.#waiting]
      .filter(([portal, line]) => line.length > 0 && !this.#flying.has(portal))
      .filter(([portal]) => (this.#dueAt.get(portal) ?? 0) <= this.#now)
    expect(new Set(items.map(({ job }) => job.key))).toEqual(
      new Set(expected.map(([, line]) => line[0])),
    )
    const item = items[pick % Math.max(1, items.length)]
    if (!item) return
    await this.#store.unit((unit) => unit.markSending(this.#lease, item.seq, this.#now))
    this.#flying.set(item.portal, item)
    this.#line(item.portal).shift()
  }

  async deliver(pick: number): Promise<void> {
    const item = this.#land(pick)
    if (!item) return
    const proof = receipt(`$${item.seq}`)
    await this.#store.unit((unit) => unit.deliver(this.#lease, item.seq, proof))
  }

  async retry(pick: number): Promise<void> {
    const item = this.#land(pick)
    if (!item) return
    const at = this.#now + pick
    await this.#store.unit((unit) => unit.retry(this.#lease, item.seq, at, lost))
    this.#line(item.portal).unshift(item.job.key)
    this.#dueAt.set(item.portal, at)
  }

  async bury(pick: number): Promise<void> {
    const item = this.#land(pick)
    if (!item) return
    const state = pick % 2 ? 'dead' : 'unknown'
    await this.#store.unit((unit) => unit.bury(this.#lease, item.seq, state, refused))
    this.#dead.push(item)
  }

  async requeue(): Promise<void> {
    const item = this.#dead.shift()
    if (!item) return
    expect(await this.#store.unit((unit) => unit.requeue(item.seq, this.#now))).toBe(true)
    this.#line(item.portal).push(item.job.key)
  }

  /** An echo of something that still waits: it may be anywhere in its line. */
  async settle(pick: number): Promise<void> {
    const lines = [...this.#waiting.entries()].filter(([, line]) => line.length > 0)
    const found = lines[pick % Math.max(1, lines.length)]
    if (!found) return
    const [portal, line] = found
    const at = pick % line.length
    const [key] = line.splice(at, 1)
    await this.#store.unit((unit) => unit.settle(key as never, receipt(`$${key}`)))
    if (at === 0) this.#dueAt.delete(portal)
  }

  /** Delivers all that is left, and sees that it was all there. */
  async finish(): Promise<void> {
    while (this.#flying.size > 0) await this.deliver(0)
    while (this.#dead.length > 0) await this.requeue()
    this.#now += 1_000
    for (;;) {
      const before = this.#flying.size
      await this.begin(0)
      if (this.#flying.size === before) break
      await this.deliver(0)
    }
    expect([...this.#waiting.values()].flat()).toEqual([])
    await this.#store.unit(async (unit) => {
      expect(await unit.nextDue(this.#lease, nobody)).toBeUndefined()
      expect(await unit.depth()).toEqual({ queued: 0, dead: 0 })
    })
  }

  #ready(): Promise<readonly Item[]> {
    return this.#store.unit((unit) => unit.ready(this.#lease, this.#now, 100, nobody))
  }

  #land(pick: number): Item | undefined {
    const item = [...this.#flying.values()][pick % Math.max(1, this.#flying.size)]
    if (!item) return undefined
    this.#flying.delete(item.portal)
    this.#dueAt.delete(item.portal)
    return item
  }

  #line(portal: string): string[] {
    const line = this.#waiting.get(portal) ?? []
    this.#waiting.set(portal, line)
    return line
  }
}
