// Who is who after a new login, when every UserName is another one (protocol §3.9). Pure: evidence in, pairs out.

/** What can be told about a contact or group across logins. Names are decoded and folded; '' and '0' say nothing. */
export interface Traits {
  readonly kind: 'person' | 'mp' | 'group'
  /** Nickname, or the topic of a group. */
  readonly name: string
  readonly remark: string
  readonly alias: string
  /** Of the avatar. */
  readonly seq: string
  readonly sex: number
  readonly province: string
  readonly city: string
  /** Groups: fingerprints of the members' nicknames, without oneself. */
  readonly members: readonly string[]
}

export interface Named<Key extends string = string> {
  readonly key: Key
  readonly traits: Traits
}

/** A match must weigh this much, … */
const enough: Readonly<Record<Traits['kind'], number>> = { person: 30, mp: 30, group: 45 }
/** … and this much more than any other candidate on either side. */
const clear = 20

/**
 * Pairs those found now with those known, only where both are each other's one clear winner. Nobody is left over
 * "by elimination": of two who look alike neither is paired.
 */
export function matchPeople<Found extends string, Known extends string>(
  found: readonly Named<Found>[],
  known: readonly Named<Known>[],
): Map<Found, Known> {
  const index = indexOf(known)
  const byFound = new Map<Found, Score<Known>[]>()
  const byKnown = new Map<Known, Score<Found>[]>()
  for (const one of found) {
    for (const other of candidates(one.traits, index)) {
      const weight = weigh(one.traits, other.traits)
      if (weight <= 0) continue
      push(byFound, one.key, { key: other.key, weight })
      push(byKnown, other.key, { key: one.key, weight })
    }
  }
  const pairs = new Map<Found, Known>()
  for (const one of found) {
    const best = winner(byFound.get(one.key), enough[one.traits.kind])
    if (best === undefined) continue
    if (winner(byKnown.get(best), enough[one.traits.kind]) === one.key) pairs.set(one.key, best)
  }
  return pairs
}

/** How strongly two sets of traits say "the same". 0 or less: nothing does. */
export function weigh(a: Traits, b: Traits): number {
  if (a.kind !== b.kind) return 0
  return a.kind === 'group' ? weighGroups(a, b) : weighPeople(a, b)
}

interface Score<Key> {
  readonly key: Key
  readonly weight: number
}

function weighPeople(a: Traits, b: Traits): number {
  let weight = 0
  if (a.alias && b.alias) weight += a.alias === b.alias ? 100 : -40
  if (a.seq !== '0' && a.seq === b.seq) weight += 50
  if (a.remark && b.remark) weight += a.remark === b.remark ? 45 : -10
  const sameName = a.name !== '' && a.name === b.name
  if (sameName) weight += a.kind === 'mp' ? 35 : 20
  if (a.sex && b.sex) weight += a.sex === b.sex ? 3 : -10
  if (a.province && b.province) weight += a.province === b.province ? 5 : -3
  if (a.city && b.city) weight += a.city === b.city ? 5 : -3
  return weight
}

function weighGroups(a: Traits, b: Traits): number {
  let weight = a.name !== '' && a.name === b.name ? 20 : 0
  if (a.remark && a.remark === b.remark) weight += 20
  if (a.members.length > 0 && b.members.length > 0) {
    const other = new Set(b.members)
    const shared = new Set(a.members.filter((each) => other.has(each))).size
    const all = new Set([...a.members, ...b.members]).size
    weight += (60 * shared * Math.min(1, shared / 2)) / all
  }
  return weight
}

/** Only those sharing some strong trait are compared at all: address books have thousands of entries. */
function indexOf<Key extends string>(known: readonly Named<Key>[]): Map<string, Set<Named<Key>>> {
  const index = new Map<string, Set<Named<Key>>>()
  for (const each of known) {
    for (const clue of clues(each.traits)) {
      const set = index.get(clue) ?? new Set()
      index.set(clue, set.add(each))
    }
  }
  return index
}

function candidates<Key extends string>(
  traits: Traits,
  index: Map<string, Set<Named<Key>>>,
): Set<Named<Key>> {
  return new Set(clues(traits).flatMap((clue) => [...(index.get(clue) ?? [])]))
}

function clues(traits: Traits): string[] {
  const { kind, name, remark, alias, seq, members } = traits
  return [
    ...(name ? [`${kind}/name/${name}`] : []),
    ...(remark ? [`${kind}/remark/${remark}`] : []),
    ...(alias ? [`${kind}/alias/${alias}`] : []),
    ...(seq !== '0' ? [`${kind}/seq/${seq}`] : []),
    ...(kind === 'group' ? members.map((each) => `group/member/${each}`) : []),
  ]
}

function winner<Key>(scores: readonly Score<Key>[] | undefined, least: number): Key | undefined {
  const [best, second] = [...(scores ?? [])].sort((a, b) => b.weight - a.weight)
  if (!best || best.weight < least) return undefined
  return second && best.weight - second.weight < clear ? undefined : best.key
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}
