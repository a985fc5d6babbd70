import { isSame, namedIn, nameEnd } from '../../src/core/mentions.ts'
import type { Mention } from '../../src/core/message.ts'
import type { Mentioned } from '../../src/core/runs.ts'
import { foldName } from './text.ts'

/** Someone in a group: what the group sees them as, and the name they gave themselves. Decoded. */
export interface Nameable {
  readonly shown: string
  readonly name: string
  readonly who: () => Mentioned
}

/** How everybody is called (protocol §5.10). */
const everybody = ['所有人', 'All', 'all']

/** Names are not longer than this, in UTF-16 units. */
const longestName = 200
/** Who calls more than so many in one text calls nobody for sure. */
const mostPlaces = 500

/**
 * Whom a text names for sure (protocol §5.10): `@`, a name, and U+2005, a blank or the end. The longest name that fits
 * counts; a name that several are shown by, or that none is and several have, is nobody's. Everybody is called by the
 * group's owner (`rules`), and by others only with U+2005: WeChat lets admins too, the web is not told who they are, and
 * only a phone that lets somebody puts it there. Nothing is asked of `people` where the text names nobody.
 */
export function mentioned(
  text: string,
  people: () => readonly Nameable[],
  rules = false,
): readonly Mention[] {
  const places = text.split('@').length - 1
  if (places === 0 || places > mostPlaces) return []
  const names = namesOf(people())
  const found: (Mention & { readonly at: number })[] = []
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    const place = placeAt(text, at, names, rules)
    const who = place?.one?.()
    if (place && who) found.push({ at, name: place.name, who })
  }
  return sure(text, found)
}

const all = (): Mentioned => ({ type: 'all' })

type Names = ReadonlyMap<string, (() => Mentioned) | undefined>

/** By folded name; undefined: several go by it. */
function namesOf(people: readonly Nameable[]): Names {
  const shown = new Map<string, (() => Mentioned) | undefined>()
  const own = new Map<string, (() => Mentioned) | undefined>()
  const add = (names: typeof shown, name: string, who: () => Mentioned) => {
    if (name !== '') names.set(name, names.has(name) ? undefined : who)
  }
  for (const name of everybody) add(shown, name, all)
  for (const each of people) {
    const [nick, name] = [folded(each.shown), folded(each.name)]
    add(shown, nick, each.who)
    if (name !== nick) add(own, name, each.who)
  }
  return new Map([...own, ...shown])
}

/** The longest name that begins behind an `@`, and whose it is. */
function placeAt(text: string, at: number, names: Names, rules: boolean) {
  const most = Math.min(text.length, at + 1 + longestName)
  let found: { readonly name: string; readonly one: (() => Mentioned) | undefined } | undefined
  for (let end = at + 2; end <= most; end++) {
    const next = text[end] ?? ''
    if (next !== '' && !/\s/.test(next)) continue
    // An address is no name, unless a phone says so.
    if (next !== nameEnd && /[\w.-]/.test(text[at - 1] ?? '')) continue
    const name = text.slice(at + 1, end)
    const key = folded(name)
    const one = names.get(key)
    const isTyped = one === all && next !== nameEnd && !rules
    if (name.trim() === name && names.has(key) && !isTyped) found = { name, one }
    if (next === nameEnd || next === '\n') break
  }
  return found
}

/** Without those that would be found in other places too, where they are not sure. */
function sure(
  text: string,
  found: readonly (Mention & { readonly at: number })[],
): readonly Mention[] {
  const mentions: Mention[] = []
  for (const { name, who } of found) {
    if (!mentions.some((each) => each.name === name)) mentions.push({ name, who })
  }
  const wrong = new Set(
    namedIn(text, mentions)
      .filter(({ start, end, who }) => {
        // Nothing stands in the place of everybody's name, and one call is enough.
        if (who.type === 'all') return false
        const at = found.find((each) => each.at === start)
        return !at || at.name !== text.slice(start + 1, end) || !isSame(at.who, who)
      })
      .map(({ start, end }) => text.slice(start + 1, end)),
  )
  return mentions.filter(({ name }) => !wrong.has(name))
}

/** Names lose what is unseen in them, and all blanks but one; the blank that ends a name is in none. */
const folded = (name: string): string =>
  foldName(name)
    .replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
    .replace(/\s+/gu, ' ')
    .trim()
