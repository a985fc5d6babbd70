import type { Content } from '../../../src/core/message.ts'
import { readArticlesOnly } from './articles.ts'
import type { Incoming, Parser } from './incoming.ts'
import { readLocation } from './location.ts'
import { readRedPacketNotice } from './payment.ts'
import { readPlainQuote } from './plain-quote.ts'
import { readPrompt } from './prompt.ts'
import { readText } from './text.ts'

/** What MsgType 1 may be beside a text (protocol §5.5, §5.6), surest signs first. */
const others: readonly Parser[] = [
  readLocation,
  readRedPacketNotice,
  readArticlesOnly,
  readPrompt,
  readPlainQuote,
]

/** Reads MsgType 1. */
export function readPlain(message: Incoming): Content {
  for (const read of others) {
    const content = read(message)
    if (content) return content
  }
  return readText(message.payload)
}
