// Who is who after a new login, when every UserName is another one (protocol §3.9). Pure: evidence in, judgement out.

import { clear, clues, enough, plausible, type Traits, type Verdict, weigh } from './evidence.ts'

export type { Traits } from './evidence.ts'

export interface Named<Key extends string = string> {
  readonly key: Key
  readonly traits: Traits
}

/** Many, found by what they share with one. */
export class Pool<Key extends string> {
  readonly #traits = new Map<Key, Traits>()
  readonly #index = new Map<string, Set<Key>>()

  get size(): number {
    return this.#traits.size
  }

  get(key: Key): Traits | undefined {
    return this.#traits.get(key)
  }

  has(key: Key): boolean {
    return this.#traits.has(key)
  }

  entries(): IterableIterator<[Key, Traits]> {
    return this.#traits.entries()
  }

  set(key: Key, traits: Traits): void {
    const old = this.#traits.get(key)
    this.#traits.set(key, traits)
    if (old) {
      const before = clues(old)
      const now = clues(traits)
      if (before.length === now.length && before.every((each, at) => each === now[at])) return
      for (const clue of before) this.#unlist(clue, key)
    }
    for (const clue of clues(traits)) {
      const keys = this.#index.get(clue)
      if (keys) keys.add(key)
      else this.#index.set(clue, new Set([key]))
    }
  }

  delete(key: Key): void {
    const old = this.#traits.get(key)
    if (!old) return
    for (const clue of clues(old)) this.#unlist(clue, key)
    this.#traits.delete(key)
  }

  #unlist(clue: string, key: Key): void {
    const keys = this.#index.get(clue)
    keys?.delete(key)
    if (keys?.size === 0) this.#index.delete(clue)
  }

  /** All that share a clue with these traits, with what the evidence says. */
  weighed(traits: Traits): { readonly key: Key; readonly verdict: Verdict }[] {
    const near = new Set<Key>()
    for (const clue of clues(traits)) for (const key of this.#index.get(clue) ?? []) near.add(key)
    return [...near].flatMap((key) => {
      const other = this.#traits.get(key)
      return other ? [{ key, verdict: weigh(traits, other) }] : []
    })
  }
}

/** `same`: the one clear winner on both sides. Else `maybe` holds who it may be all the same, the likeliest first. */
export interface Judgement<Known> {
  readonly same?: Known
  readonly maybe: readonly Known[]
}

/**
 * Who of the known is this one found? Nobody is "left over": of two who look alike neither wins. `counts`: the
 * known to be compared with. `least`: what a winner must weigh.
 */
export function judge<Found extends string, Known extends string>(
  one: Named<Found>,
  found: Pool<Found>,
  known: Pool<Known>,
  counts: (known: Known) => boolean = () => true,
  least: number = enough[one.traits.kind],
): Judgement<Known> {
  const { kind } = one.traits
  const scores = ranked(known.weighed(one.traits).filter(({ key }) => counts(key)))
  const maybe = scores.filter(({ weight }) => weight >= plausible[kind]).map(({ key }) => key)
  const best = winner(scores, least)
  const traits = best === undefined ? undefined : known.get(best)
  if (best === undefined || !traits) return { maybe }
  const rivals = ranked(found.weighed(traits))
  return winner(rivals, least) === one.key ? { same: best, maybe } : { maybe }
}

/** Pairs all those found with those known, where the evidence is clear. */
export function matchPeople<Found extends string, Known extends string>(
  found: readonly Named<Found>[],
  known: readonly Named<Known>[],
): Map<Found, Known> {
  const founds = new Pool<Found>()
  const knowns = new Pool<Known>()
  for (const { key, traits } of found) founds.set(key, traits)
  for (const { key, traits } of known) knowns.set(key, traits)
  const pairs = new Map<Found, Known>()
  for (const one of found) {
    const { same } = judge(one, founds, knowns)
    if (same !== undefined) pairs.set(one.key, same)
  }
  return pairs
}

interface Score<Key> {
  readonly key: Key
  readonly weight: number
}

function ranked<Key extends string>(
  weighed: readonly { readonly key: Key; readonly verdict: Verdict }[],
): Score<Key>[] {
  return weighed
    .flatMap(({ key, verdict }) => (verdict === 'veto' ? [] : [{ key, weight: verdict }]))
    .sort((a, b) => b.weight - a.weight)
}

function winner<Key>(scores: readonly Score<Key>[], least: number): Key | undefined {
  const [best, second] = scores
  if (!best || best.weight < least) return undefined
  return second && best.weight - second.weight < clear ? undefined : best.key
}
