// What tells people and groups apart across logins, and how much each piece weighs (protocol §3.9).

/**
 * What is remembered of a contact or group. Names are decoded and folded; '' and '0' say nothing. Lists and
 * whatever is only compared are kept as fingerprints.
 */
export interface Traits {
  readonly kind: 'person' | 'mp' | 'group'
  /** `wxid_…`, `gh_…`, `…@chatroom`: known of a few only, but lasting. */
  readonly real: string
  /** Nickname, or the topic of a group. */
  readonly name: string
  readonly remark: string
  readonly alias: string
  /** Of the avatar: the same at every login until the picture changes. */
  readonly seq: string
  readonly sex: number
  readonly province: string
  readonly city: string
  readonly signature: string
  /** Groups: the members without oneself, as {@link memberToken}. */
  readonly members: readonly string[]
  readonly owner: string
  /** People: lasting ids of groups in which nobody else has their nickname. */
  readonly groups: readonly string[]
}

/** A member: the fingerprint of the nickname, and the lasting id of who is surely known. */
export const memberToken = (name: string, id: string | undefined): string =>
  id === undefined ? name : `${name}=${id}`

/** How strongly evidence says "the same"; `veto`: it cannot be. */
export type Verdict = number | 'veto'

/**
 * A match must weigh this much. No name alone does, nor a name with a region, nor one in a group; all three do: who
 * comes back with a new account under the same name, in the same place and group, is the one who was there.
 */
export const enough: Readonly<Record<Traits['kind'], number>> = { person: 50, mp: 30, group: 60 }
/** What weighs this much needs no look at groups. */
export const sure = 90
/** And this much more than any other on either side. */
export const clear = 20
/** What weighs this much may be the same: worth a question. */
export const plausible: Readonly<Record<Traits['kind'], number>> = { person: 10, mp: 10, group: 20 }

/** Strong evidence that contradicts vetoes; all else adds up. */
export function weigh(a: Traits, b: Traits): Verdict {
  if (a.kind !== b.kind) return 'veto'
  if (a.real && b.real) return a.real === b.real ? certain : 'veto'
  return a.kind === 'group' ? weighGroups(a, b) : weighPeople(a, b)
}

/**
 * What two must share to be compared at all: address books have thousands of entries. Whoever shares none of these
 * would weigh too little anyway.
 */
export function clues(traits: Traits): string[] {
  const { kind, real, name, remark, alias, seq, members } = traits
  return [
    ...(real ? [`${kind}/real/${real}`] : []),
    ...(name ? [`${kind}/name/${name}`] : []),
    ...(remark ? [`${kind}/remark/${remark}`] : []),
    ...(alias ? [`${kind}/alias/${alias}`] : []),
    ...(seq !== '0' ? [`${kind}/seq/${seq}`] : []),
    ...(kind === 'group' ? members.flatMap(memberClues) : []),
  ]
}

const memberClues = (token: string) => token.split('=').map((each) => `group/member/${each}`)

/** Traits that say nothing. */
export const blank: Omit<Traits, 'kind'> = {
  real: '',
  name: '',
  remark: '',
  alias: '',
  seq: '0',
  sex: 0,
  province: '',
  city: '',
  signature: '',
  members: [],
  owner: '',
  groups: [],
}

const certain = 200
/** An id can be changed once a year: with the same picture that is a question, and never more. */
const atMostAsk = 30

function weighPeople(a: Traits, b: Traits): Verdict {
  const sameSeq = a.seq !== '0' && a.seq === b.seq
  const otherAlias = a.alias !== '' && b.alias !== '' && a.alias !== b.alias
  if (otherAlias && !sameSeq) return 'veto'
  const sameName = a.name !== '' && a.name === b.name
  let weight = 0
  if (a.alias && a.alias === b.alias) weight += 100
  if (sameSeq) weight += 90
  if (a.remark && b.remark) weight += a.remark === b.remark ? 55 : -10
  if (sameName) weight += (a.kind === 'mp' ? 35 : 20) + shared(a.groups, b.groups)
  if (a.sex && b.sex) weight += a.sex === b.sex ? 3 : -10
  if (a.province && b.province) weight += a.province === b.province ? 3 : -3
  if (a.city && b.city) weight += a.city === b.city ? 3 : -3
  if (a.signature && a.signature === b.signature) weight += 15
  return otherAlias ? Math.min(weight, atMostAsk) : weight
}

/** Groups both are in tell namesakes apart. */
function shared(a: readonly string[], b: readonly string[]): number {
  const other = new Set(b)
  const count = a.filter((each) => other.has(each)).length
  return count === 0 ? 0 : 20 + 5 * Math.min(4, count)
}

/**
 * Small circles make one group after another with the same people: the fewer they are, the less their being the
 * same proves, least of all under another topic.
 */
function weighGroups(a: Traits, b: Traits): number {
  const sameTopic = a.name !== '' && a.name === b.name
  let weight = sameTopic ? 20 : 0
  if (a.remark && a.remark === b.remark) weight += 20
  if (a.owner && b.owner) weight += a.owner === b.owner ? 5 : -5
  if (a.members.length === 0 || b.members.length === 0) return weight
  const both = common(a.members, b.members)
  const overlap = both / (a.members.length + b.members.length - both)
  if (overlap < 0.2) return weight - 15
  return weight + 60 * overlap * Math.min(1, trust(a, b, sameTopic, both))
}

/** Members of both: by who they are, where that is known on both sides, else by their names. */
function common(a: readonly string[], b: readonly string[]): number {
  const other = readMembers(b)
  const both = readMembers(a).list.filter(({ name, id }) => {
    if (id !== undefined && other.ids.has(id)) return true
    return id === undefined ? other.names.has(name) : other.unsure.has(name)
  })
  return Math.min(both.length, b.length)
}

interface ReadMembers {
  readonly list: readonly { readonly name: string; readonly id: string | undefined }[]
  readonly ids: ReadonlySet<string>
  readonly names: ReadonlySet<string>
  /** Names of those of whom only the name is known. */
  readonly unsure: ReadonlySet<string>
}

/** Groups are compared with many others. */
const read = new WeakMap<readonly string[], ReadMembers>()

function readMembers(tokens: readonly string[]): ReadMembers {
  const before = read.get(tokens)
  if (before) return before
  const list = tokens.map((token) => {
    const at = token.indexOf('=')
    return at < 0
      ? { name: token, id: undefined }
      : { name: token.slice(0, at), id: token.slice(at + 1) }
  })
  const fresh = {
    list,
    ids: new Set(list.flatMap(({ id }) => id ?? [])),
    names: new Set(list.map(({ name }) => name)),
    unsure: new Set(list.flatMap(({ name, id }) => (id === undefined ? name : []))),
  }
  read.set(tokens, fresh)
  return fresh
}

function trust(a: Traits, b: Traits, sameTopic: boolean, both: number): number {
  if (sameTopic) return both / 3
  if (!a.name && !b.name) return both / 3
  return a.name && b.name ? (both + 2) / 10 : both / 6
}
