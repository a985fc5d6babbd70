import type { Finding } from '../../core/finding.ts'
import type { Language } from '../../core/words.ts'
import { exits } from '../refusals.ts'

const marks = { ok: '✓', note: '·', problem: '✗' } as const

/** What was found, for people: a line each, what helps below it, and at the end how many problems there are. */
export function report(findings: readonly Finding[], language: Language): string {
  const lines = findings.flatMap(({ level, what, cure }) => [
    `${marks[level]} ${what[language]}`,
    ...(cure ? [`    → ${cure[language]}`] : []),
  ])
  return [...lines, '', summary(findings, language)].join('\n')
}

function summary(findings: readonly Finding[], language: Language): string {
  const count = findings.filter(({ level }) => level === 'problem').length
  if (count === 0) return { zh: '没有发现问题。', en: 'No problem was found.' }[language]
  const problems = count === 1 ? '1 problem' : `${count} problems`
  return { zh: `发现 ${count} 个问题。`, en: `${problems} found.` }[language]
}

/** The same for programs. */
export const asJson = (findings: readonly Finding[], language: Language) =>
  findings.map(({ level, what, cure }) => ({
    level,
    what: what[language],
    ...(cure && { cure: cure[language] }),
  }))

/** The exit code that says whether anything is wrong. */
export const verdict = (findings: readonly Finding[]): number =>
  findings.some(({ level }) => level === 'problem') ? exits.failed : exits.fine
