import type { Clock } from '../ports/clock.ts'

/** What counts as a jump of the clock and not as its being set a little, in milliseconds. */
const jumpMs = 1_000
const mostSpans = 1_000

/** A time in which the clock was off steady time by so much. */
interface Span {
  readonly from: number
  to: number
  readonly offset: number
}

/**
 * Tells what is old by a clock that may have jumped. What was dated in this process is as old as steady time says; for
 * what was dated before, the clock has to be believed.
 */
export class Ages {
  readonly #clock: Clock
  readonly #spans: [Span, ...Span[]]

  constructor(clock: Clock) {
    this.#clock = clock
    const to = clock.steady()
    this.#spans = [{ from: Number.NEGATIVE_INFINITY, to, offset: clock.now() - to }]
  }

  /** To be called now and then: what happens between two calls is known to be between them, and no better. */
  look(): void {
    const now = this.#clock.steady()
    const offset = this.#clock.now() - now
    const last = this.#spans.at(-1) ?? this.#spans[0]
    const seen = last.to
    last.to = now
    if (Math.abs(offset - last.offset) <= jumpMs) return
    this.#spans.push({ from: seen, to: now, offset })
    if (this.#spans.length > mostSpans) this.#spans.splice(1, 1)
  }

  /** Whatever carries an earlier date than this is older than `age` milliseconds. */
  before(age: number): number {
    this.look()
    const from = this.#clock.steady() - age
    const dates = this.#spans
      .filter(({ to }) => to >= from)
      .map((span) => Math.max(span.from, from) + span.offset)
    return Math.min(...dates)
  }
}
