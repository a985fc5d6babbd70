import type { Open, Receipt } from '../../src/ports/outlet.ts'
import type { ChatSend } from '../../src/ports/wechat.ts'
import { offline, receiverOf } from './receiver.ts'
import type { SendParts } from './send-call.ts'
import { sendMedia } from './send-media.ts'
import { sendRecall } from './send-recall.ts'
import { sendText } from './send-text.ts'

/** Delivers one job (protocol §7). Throws a BridgeError that says whether it was delivered. */
export async function deliver(
  parts: SendParts,
  job: ChatSend,
  open: Open,
  signal: AbortSignal,
): Promise<Receipt> {
  const { live } = parts
  if (!live) throw offline()
  const sending = { parts, live, job, to: receiverOf(live, job), signal }
  const { body } = job
  if (body.kind === 'recall') return sendRecall(sending)
  if (body.kind === 'text') return sendText(sending, body.text)
  return sendMedia(sending, body.media, open)
}
