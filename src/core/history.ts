import { kindLine } from './kind-words.ts'
import type { HistoryLine } from './message.ts'
import type { Language } from './words.ts'

/** No history is shown with more lines than this, nested ones counted, nor deeper than this. */
const most = 1000
const deepest = 8

/**
 * A merged chat history as plain lines, what is nested set in: `who at: text`. What is beyond the bounds is not
 * silently left out: the last line says how many there are.
 */
export function historyWords(lines: readonly HistoryLine[], language: Language): string {
  const shown: string[] = []
  const hidden = write(lines, 0, shown, language)
  if (hidden === 0) return shown.join('\n')
  const more = {
    zh: `…还有 ${hidden} 条，请在手机上查看`,
    en: `…and ${hidden} more: see the phone`,
  }
  return [...shown, more[language]].join('\n')
}

/** Returns how many lines were not shown. */
function write(
  lines: readonly HistoryLine[],
  depth: number,
  shown: string[],
  language: Language,
): number {
  let hidden = 0
  for (const line of lines) {
    const inner = line.lines ?? []
    if (shown.length >= most || depth > deepest) {
      hidden += 1 + countOf(inner)
      continue
    }
    shown.push(lineOf(line, '  '.repeat(depth), language))
    hidden += write(inner, depth + 1, shown, language)
  }
  return hidden
}

function lineOf(line: HistoryLine, indent: string, language: Language): string {
  const { who, at, url = '' } = line
  const head = [who, at].filter((each) => each !== '').join(' ')
  const said = [historyText(line, language), url].filter((each) => each !== '').join(' ')
  return `${indent}${head ? `${head}: ` : ''}${said}`.replaceAll('\n', `\n${indent}`)
}

/** What stands in one line: what was said, or what kind it was and its title. */
export const historyText = ({ what, text }: HistoryLine, language: Language): string =>
  kindLine(what, text, language)

/** Without recursion: how deep it goes is the sender's choice. */
function countOf(lines: readonly HistoryLine[]): number {
  let count = 0
  const open: (readonly HistoryLine[])[] = [lines]
  for (let next = open.pop(); next; next = open.pop()) {
    count += next.length
    for (const { lines: inner } of next) if (inner?.length) open.push(inner)
  }
  return count
}
