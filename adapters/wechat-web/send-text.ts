import type { Receipt } from '../../src/ports/outlet.ts'
import { empty, type Sending, sendMessage } from './send-call.ts'

/**
 * A text goes as it is, whatever it begins with or holds: it is no command to anyone on the way (protocol §7.2,
 * trap 85). Only halves of characters are replaced, which no one could read.
 */
export async function sendText(sending: Sending, text: string): Promise<Receipt> {
  const content = text.toWellFormed()
  if (content.trim() === '') throw empty()
  return sendMessage(sending, {
    call: 'webwxsendmsg',
    query: {},
    fields: { Type: 1, Content: content },
    said: { kind: 'text', words: content },
    what: 'message',
  })
}
