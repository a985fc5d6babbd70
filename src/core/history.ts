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
  const hidden = write(lines, 0, shown)
  if (hidden === 0) return shown.join('\n')
  const more = {
    zh: `…还有 ${hidden} 条，请在手机上查看`,
    en: `…and ${hidden} more: see the phone`,
  }
  return [...shown, more[language]].join('\n')
}

/** Returns how many lines were not shown. */
function write(lines: readonly HistoryLine[], depth: number, shown: string[]): number {
  let hidden = 0
  for (const line of lines) {
    const inner = line.lines ?? []
    if (shown.length >= most || depth > deepest) {
      hidden += 1 + countOf(inner)
      continue
    }
    shown.push(lineOf(line, '  '.repeat(depth)))
    hidden += write(inner, depth + 1, shown)
  }
  return hidden
}

function lineOf({ who, at, text, url = '' }: HistoryLine, indent: string): string {
  const head = [who, at].filter((each) => each !== '').join(' ')
  const said = [text, url].filter((each) => each !== '').join(' ')
  return `${indent}${head ? `${head}: ` : ''}${said}`.replaceAll('\n', `\n${indent}`)
}

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
