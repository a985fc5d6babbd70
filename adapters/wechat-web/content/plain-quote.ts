import type { Content } from '../../../src/core/message.ts'
import { cleanLine, cleanText } from '../text.ts'
import type { Incoming } from './incoming.ts'
import { readText } from './text.ts'

const rule = `」\n${Array(15).fill('-').join(' ')}\n`

/**
 * A quote written as plain text, as older clients and the web do (protocol §5.6): `「who：what」`, a rule of exactly
 * fifteen dashes, the answer. Anything less sure stays a text.
 */
export function readPlainQuote(message: Incoming): Content | undefined {
  // One's own words must stay as they were sent, so that the bridge knows them when they come back.
  if (message.mine) return undefined
  const { text } = readText(message.payload)
  if (!text.startsWith('「')) return undefined
  // Of a quote within a quote the outer rule comes last.
  const at = text.lastIndexOf(rule)
  if (at < 0) return undefined
  const answer = text.slice(at + rule.length).trim()
  const parts = /^([^\n：]{1,120}?)(?:：|: )([\s\S]+)$/.exec(text.slice(1, at))
  const who = cleanLine((parts?.[1] ?? '').replace(/^@/, ''))
  const preview = cleanText(parts?.[2] ?? '')
  if (!who || !preview || !answer) return undefined
  return { kind: 'quote', text: answer, target: { aliases: [], preview, who } }
}
