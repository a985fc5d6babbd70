import type { ServerResponse } from 'node:http'
import type { HubEvent } from '../../src/ports/hub.ts'
import type { Acknowledged, Batch } from './raw-hub-wire.ts'

type Events = Batch['events']

const batchSize = 50

/** What happened in a hub and waits to be fetched: it comes again until it is acknowledged. */
export class RawEvents {
  readonly #waiting = new Map<number, HubEvent>()
  /** Acknowledged lately: what a hub that repeats itself repeats. */
  readonly #old: Events[number][] = []
  readonly #bells = new Set<() => void>()
  #seq = 0
  /** Numbers in [0, 1): while set, events come again, and in another order, among the new ones. */
  repeating: (() => number) | undefined

  get waiting(): number {
    return this.#waiting.size
  }

  add(event: HubEvent): void {
    this.#waiting.set(++this.#seq, event)
    this.ring()
  }

  /** Whoever waits is answered now. */
  ring(): void {
    for (const bell of [...this.#bells]) bell()
  }

  async batch(response: ServerResponse, holdMs: number): Promise<Batch> {
    if (this.#waiting.size === 0) await this.#bell(response, holdMs)
    const fresh = [...this.#waiting].slice(0, batchSize).map(([seq, event]) => ({ seq, event }))
    return { events: this.repeating ? disturbed(fresh, this.#old, this.repeating) : fresh }
  }

  seen({ seqs }: Acknowledged): void {
    for (const seq of seqs) {
      const event = this.#waiting.get(seq)
      if (!event) continue
      this.#waiting.delete(seq)
      this.#old.push({ seq, event })
      if (this.#old.length > batchSize) this.#old.shift()
    }
  }

  #bell(response: ServerResponse, holdMs: number): Promise<void> {
    return new Promise((resolve) => {
      const over = () => {
        clearTimeout(timer)
        this.#bells.delete(over)
        response.off('close', over)
        resolve()
      }
      const timer = setTimeout(over, holdMs)
      response.once('close', over)
      this.#bells.add(over)
    })
  }
}

/** Some old events again among the new ones, in any order; the new ones keep theirs. */
function disturbed(fresh: Events, old: Events, random: () => number): Events {
  const mixed = [...fresh]
  for (const event of [...old, ...fresh]) {
    if (random() < 0.2) mixed.splice(Math.floor(random() * (mixed.length + 1)), 0, event)
  }
  // A repetition never stands before what it repeats.
  const isNew = new Set(fresh.map(({ seq }) => seq))
  const met = new Set<number>()
  const order = fresh.values()
  return mixed.map((each) => {
    if (!isNew.has(each.seq) || met.has(each.seq)) return each
    const next = order.next().value ?? each
    met.add(next.seq)
    return next
  })
}
