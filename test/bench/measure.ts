/** Many measurements of one thing, in the unit its row names. */
export interface Summary {
  readonly median: number
  readonly p95: number
  readonly samples: number
}

/** The same thing done by a peer (a raw ceiling, an empty store) and by us, in turns, within one run. */
export interface Compared {
  readonly peer: Summary
  readonly ours: Summary
  /** How many times as long ours takes: the median over the rounds of the ratio of their medians. */
  readonly ratio: number
}

/** Does something once. The parts that were timed, by name, in milliseconds. */
export type Op = () => Promise<Readonly<Record<string, number>>>

export interface Sides {
  readonly peer: Op
  readonly ours: Op
}

export interface Turns {
  readonly rounds: number
  readonly perRound: number
}

/**
 * Machines are noisy, and their noise comes in waves: so both sides take turns within each round, and who begins
 * takes turns too. A round before the first warms both up and is thrown away.
 */
export async function compare(
  { peer, ours }: Sides,
  { rounds, perRound }: Turns,
): Promise<ReadonlyMap<string, Compared>> {
  const all = new Map<string, Pairs[]>()
  for (let round = -1; round < rounds; round++) {
    const pairs = new Map<string, Pairs>()
    globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
    for (let i = 0; i < perRound; i++) {
      const first = i % 2 === 0 ? peer : ours
      const one = await first()
      const other = await (first === peer ? ours : peer)()
      add(pairs, 'peer', first === peer ? one : other)
      add(pairs, 'ours', first === peer ? other : one)
    }
    if (round < 0) continue
    for (const [name, pair] of pairs) all.set(name, [...(all.get(name) ?? []), pair])
  }
  return new Map([...all].map(([name, pairs]) => [name, compared(pairs)]))
}

/** How long `work` takes, in milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

export function summary(samples: readonly number[]): Summary {
  const sorted = samples.toSorted((a, b) => a - b)
  return { median: at(sorted, 0.5), p95: at(sorted, 0.95), samples: sorted.length }
}

/** Bytes of memory that the process has once everything it does not need is given back. */
export function settledRss(): number {
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
  return process.memoryUsage.rss()
}

interface Pairs {
  readonly peer: number[]
  readonly ours: number[]
}

function add(
  pairs: Map<string, Pairs>,
  side: keyof Pairs,
  times: Readonly<Record<string, number>>,
): void {
  for (const [name, ms] of Object.entries(times)) {
    const pair = pairs.get(name) ?? { peer: [], ours: [] }
    pair[side].push(ms)
    pairs.set(name, pair)
  }
}

function compared(rounds: readonly Pairs[]): Compared {
  const ratios = rounds
    .filter(({ peer, ours }) => peer.length > 0 && ours.length > 0)
    .map(({ peer, ours }) => summary(ours).median / summary(peer).median)
  return {
    peer: summary(rounds.flatMap(({ peer }) => peer)),
    ours: summary(rounds.flatMap(({ ours }) => ours)),
    ratio: summary(ratios).median,
  }
}

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
