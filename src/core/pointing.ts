import type { ContactId } from './ids.ts'
import { everybody, isSame, nameEnd } from './mentions.ts'
import type { Mention } from './message.ts'
import type { Mentioned, Rich, Run } from './runs.ts'

/** A stretch of a text that names someone; the port's own, said here for what core makes of it. */
interface Pointed {
  readonly start: number
  readonly end: number
  readonly who: ContactId | 'me' | 'all'
}

interface Words {
  readonly text?: string
  readonly rich?: Rich
  readonly points?: readonly Pointed[]
}

/** The name that WeChat's own clients would write for someone in a group. Undefined: it is not known. */
export type NameOf = (who: ContactId | 'me') => string | undefined

/**
 * What a person wrote for a group, with the names of WeChat in the place of the hub's: `@name` and the blank that ends it
 * (protocol §5.10). Who has no known name is called as the hub calls them, and pointed at no more. The points and mentions
 * of the answer are those of its own text.
 */
export function spelt(words: Words, nameOf: NameOf): Words {
  const { text = '', rich, points = [] } = words
  const places = sane(text, points).flatMap((point): Spelt[] => {
    const name = point.who === 'all' ? everybody : (nameOf(point.who as ContactId | 'me') ?? '')
    return name === '' ? [] : [{ ...point, said: `@${name}` }]
  })
  let said = ''
  let from = 0
  const now: Pointed[] = []
  for (const { start, end, who, said: name } of places) {
    said += text.slice(from, start)
    now.push({ start: said.length, end: said.length + name.length, who })
    said += name + nameEnd
    from = behind(text, end)
  }
  said += text.slice(from)
  const written = rich && richSpelt(rich, text, points, places)
  return {
    ...(words.text !== undefined && { text: said }),
    ...(written && { rich: written }),
    ...(now.length > 0 && { points: now }),
  }
}

/** The words as they stand, pointing at nobody. */
export function pointless({ text, rich }: Words): Words {
  return {
    ...(text !== undefined && { text }),
    ...(rich && { rich: rich.map(({ mention: _, ...run }) => run) }),
  }
}

/** Whom a text that was spelt for WeChat names. A name that was written for two people stands for neither. */
export function mentionsOf({ text = '', points = [] }: Words): readonly Mention[] {
  const all = points.flatMap(({ start, end, who }): Mention[] =>
    text[start] === '@' ? [{ name: text.slice(start + 1, end), who: mentioned(who) }] : [],
  )
  return all.filter(({ name, who }, at) => {
    const same = all.filter((each) => each.name === name)
    return same.every((each) => isSame(each.who, who)) && same[0] === all[at]
  })
}

interface Spelt extends Pointed {
  readonly said: string
}

function mentioned(who: Pointed['who']): Mentioned {
  if (who === 'me') return { type: 'me' }
  return who === 'all' ? { type: 'all' } : { type: 'contact', contact: who as ContactId }
}

/** In their order, none within another, all within the text. */
function sane(text: string, points: readonly Pointed[]): readonly Pointed[] {
  let last = 0
  return points
    .filter(({ start, end }) => start >= 0 && start < end && end <= text.length)
    .toSorted((a, b) => a.start - b.start)
    .filter(({ start, end }) => {
      if (start < last) return false
      last = end
      return true
    })
}

/** Where the text goes on behind a name: the blank that a hub puts there is WeChat's own by now. */
const behind = (text: string, end: number): number =>
  /^[ \u00a0]/.test(text.slice(end)) ? end + 1 : end

/**
 * The same with its formatting. Its runs say either the very text, or they mark the names themselves; where neither is so,
 * the plain words have to do.
 */
function richSpelt(
  rich: Rich,
  text: string,
  points: readonly Pointed[],
  places: readonly Spelt[],
): Rich | undefined {
  if (rich.map((run) => run.text).join('') === text) return byPlace(rich, places, text)
  const inOrder = points.filter(({ who }) => who !== 'all').toSorted((a, b) => a.start - b.start)
  if (rich.filter((run) => run.mention).length !== inOrder.length) return undefined
  let at = 0
  return rich.flatMap((run): readonly Run[] => {
    if (!run.mention) return [run]
    const point = inOrder[at++]
    const place = places.find(({ start }) => start === point?.start)
    const { mention: _, ...bare } = run
    if (!place) return [bare]
    return [
      { ...bare, text: place.said, mention: mentioned(place.who) },
      { ...bare, text: nameEnd },
    ]
  })
}

function byPlace(rich: Rich, places: readonly Spelt[], text: string): Rich {
  const runs: Run[] = []
  let offset = 0
  for (const { mention: _, ...run } of rich) {
    const until = offset + run.text.length
    let from = offset
    for (const { start, end, who, said } of places) {
      if (end <= offset || start >= until) {
        // The blank behind a name may be the first of this run.
        if (end === offset && behind(text, end) > end) from = Math.max(from, end + 1)
        continue
      }
      if (start > from) runs.push({ ...run, text: text.slice(from, start) })
      if (start >= offset) {
        const { href: _, code: __, ...shown } = run
        runs.push({ ...shown, text: said, mention: mentioned(who) }, { ...shown, text: nameEnd })
      }
      from = Math.max(from, behind(text, end))
    }
    if (from < until) runs.push({ ...run, text: text.slice(from, until) })
    offset = until
  }
  return runs
}
