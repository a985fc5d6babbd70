import { commandWords } from '../../src/core/command.ts'
import type { ContactId } from '../../src/core/ids.ts'
import type { Run } from '../../src/core/runs.ts'
import type { Pointed, Words } from '../../src/ports/hub.ts'
import { htmlIn } from './html-in.ts'
import type { Said } from './html-lines.ts'
import { type Json, record, text } from './json.ts'
import { everybodyIn } from './mentions-in.ts'
import { bodyText } from './text.ts'

/** What reading words needs to know. */
export interface WordsReading {
  /** The contact for whom one of our users speaks; undefined: none is known, or it is nobody of ours. */
  contactOf(user: string): ContactId | undefined
}

/**
 * What somebody wrote. Where it is formatted, that is what people see, so the plain `body` beside it counts for nothing:
 * it could say something else. `isAnswer`: clients before Matrix 1.13 repeat what is answered in front of it.
 */
export function wordsIn(
  content: Json,
  isAnswer: boolean,
  { contactOf }: WordsReading,
): Words & { readonly text: string } {
  const formatted = saidIn(content, (user, words) => ({ text: words, who: contactOf(user) }))
  const said = formatted ?? plain(content, isAnswer)
  const all = record(content['m.mentions'])?.room === true ? everybodyIn(said.text) : undefined
  const points: readonly Pointed[] = all ? [...said.points, { ...all, who: 'all' }] : said.points
  return {
    text: said.text,
    ...(said.rich.some(isFormatted) && { rich: said.rich }),
    ...(points.length > 0 && { points: points.toSorted((a, b) => a.start - b.start) }),
  }
}

/** The words of a command, if it is one: people who are named in it are meant by their ids. */
export function commandIn(
  content: Json,
  isAnswer: boolean,
  everything: boolean,
): readonly string[] | undefined {
  const formatted = saidIn(content, (user) => ({ text: user }))
  const said = (formatted ?? plain(content, isAnswer)).text
  return commandWords(said) ?? (everything ? allWords(said) : undefined)
}

function saidIn(content: Json, naming: Parameters<typeof htmlIn>[1]): Said | undefined {
  const html = text(content.formatted_body)
  if (!html || content.format !== 'org.matrix.custom.html') return undefined
  const said = htmlIn(html, naming)
  // Nothing but what is hidden: then the words beside it are better than none.
  return said && said.text.trim() !== '' ? said : undefined
}

function plain(content: Json, isAnswer: boolean): Said {
  const body = bodyText(text(content.body) ?? '')
  return { text: isAnswer ? withoutFallback(body) : body, rich: [], points: [] }
}

/** Clients before Matrix 1.13 repeat the message they answer, as quoted lines that begin with who said it. */
function withoutFallback(body: string): string {
  if (!/^> (?:\* )?<@[^>\n]*>/.test(body)) return body
  const lines = body.split('\n')
  let at = 0
  while (lines[at]?.startsWith('>')) at++
  if (lines[at] === '') at++
  return lines.slice(at).join('\n')
}

const isFormatted = ({ text: _, ...look }: Run): boolean => Object.keys(look).length > 0

const allWords = (said: string): readonly string[] =>
  said.split(/\s+/u).filter((word) => word !== '')
