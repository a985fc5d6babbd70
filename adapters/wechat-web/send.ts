import { BridgeError } from '../../src/core/errors.ts'
import type { Open, Receipt } from '../../src/ports/outlet.ts'
import type { ChatSend } from '../../src/ports/wechat.ts'
import type { Live } from './live.ts'
import { lastingOf } from './people.ts'
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
  if (!live?.online) throw offline()
  const sending = { parts, live, job, to: receiverOf(live, job), signal }
  const { body } = job
  if (body.kind === 'recall') return sendRecall(sending)
  if (body.kind === 'text') return sendText(sending, body.text)
  return sendMedia(sending, body.media, open)
}

/** The UserName the lasting chat has in this login. The chat with oneself is the file helper's (trap 81). */
function receiverOf(live: Live, job: ChatSend): string {
  const id = lastingOf(job.chat, live.people.account)
  const to = id === undefined ? undefined : live.people.userName(id)
  if (to !== undefined) return to
  const why =
    id === undefined
      ? 'it belongs to another WeChat account than the one logged in'
      : 'this chat is not known in the present login'
  throw new BridgeError(
    `The message was not sent: ${why}. It can be sent as soon as WeChat shows the chat again.`,
    { code: 'gone', heal: 'retry', certain: true },
  )
}

function offline(): BridgeError {
  return new BridgeError('WeChat is not logged in. The message was not sent; it waits.', {
    code: 'session',
    heal: 'relogin',
    certain: true,
  })
}
