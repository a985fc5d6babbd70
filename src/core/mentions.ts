import type { Mention, Message } from './message.ts'
import type { Mentioned, Rich, Run } from './runs.ts'

/** What WeChat's phones put behind a name that is mentioned: a blank of a quarter em (protocol §5.10). */
export const nameEnd = '\u2005'

/** How WeChat's own clients call everybody in a group. */
export const everybody = '所有人'

/** A stretch of a text (UTF-16 units, `end` is behind it) that names someone, with the `@` in front. */
export interface Named {
  readonly start: number
  readonly end: number
  readonly who: Mentioned
}

/**
 * Where a text names them: `@`, the name, and then a blank or the end (protocol §5.10). Of names that fit at one place
 * the longest counts; one that stands for several people stands for nobody.
 */
export function namedIn(text: string, mentions: readonly Mention[]): readonly Named[] {
  const known = mentions.filter(({ name }) => name !== '')
  const sorted = known.toSorted((a, b) => b.name.length - a.name.length)
  const found: Named[] = []
  for (let at = text.indexOf('@'); at >= 0 && sorted.length > 0; at = text.indexOf('@', at + 1)) {
    const longest = sorted.find(({ name }) => isAt(text, at, name))
    if (!longest) continue
    const others = sorted.filter(({ name }) => name === longest.name)
    if (others.every(({ who }) => isSame(who, longest.who))) {
      const end = at + 1 + longest.name.length
      found.push({ start: at, end, who: longest.who })
      at = end - 1
    }
  }
  return found
}

/** Runs in which names stand out. What is quoted calls nobody, and what leads somewhere else stays as it is. */
export function mentioning(rich: Rich, mentions: readonly Mention[] = []): Rich {
  if (mentions.length === 0) return rich
  return rich.flatMap((run): readonly Run[] => {
    if (run.quote || run.href || run.code || run.mention) return [run]
    const runs: Run[] = []
    let from = 0
    for (const { start, end, who } of namedIn(run.text, mentions)) {
      if (start > from) runs.push({ ...run, text: run.text.slice(from, start) })
      runs.push({ ...run, text: run.text.slice(start, end), mention: who })
      from = end
    }
    if (from < run.text.length || runs.length === 0) {
      runs.push({ ...run, text: run.text.slice(from) })
    }
    return runs
  })
}

/** Whom a message calls, beside those whom its words point at: the owner, or everybody. */
export function callsOf({ sender, mentionsMe, mentions = [] }: Message): readonly Mentioned[] {
  if (sender.type === 'myself' || sender.type === 'bridge') return []
  const all = mentions.some(({ who }) => who.type === 'all')
  return [
    ...(mentionsMe ? [{ type: 'me' } as const] : []),
    ...(all ? [{ type: 'all' } as const] : []),
  ]
}

/** Do both name the same? */
export const isSame = (one: Mentioned, other: Mentioned): boolean =>
  one.type === 'contact' && other.type === 'contact'
    ? one.contact === other.contact
    : one.type === other.type

function isAt(text: string, at: number, name: string): boolean {
  if (!text.startsWith(name, at + 1)) return false
  const next = text[at + 1 + name.length]
  if (next === nameEnd) return true
  // An address is no name, unless a phone says so.
  return (next === undefined || /\s/.test(next)) && !/[\w.-]/.test(text[at - 1] ?? '')
}
