import { BridgeError } from '../../src/core/errors.ts'
import { accountOf } from '../../src/core/ids.ts'
import type { ConnectorPorts } from '../../src/ports/connector-kind.ts'
import type { Open, Receipt } from '../../src/ports/outlet.ts'
import type { ChatSend } from '../../src/ports/wechat.ts'
import { elsewhere, gone, refused, toBridgeError } from './fault.ts'
import type { Live } from './live.ts'
import { fileName, limited, sniffed } from './mime.ts'
import { text } from './raw.ts'
import { likeText, ownId } from './sent.ts'

export interface SendParts extends ConnectorPorts {
  readonly live: Live
  readonly maxFileBytes: number
  /** How long a message is waited for that tells what the puppet did not: the id of a send. */
  readonly echoMs: number
}

/** A file may take long on its way to and through a gateway. */
const fileMs = 600_000
const textMs = 60_000

/** The puppet's own id of the chat. Throws a BridgeError: `session` of another account, `gone` of an earlier login. */
export function receiverOf(live: Live, job: ChatSend): string {
  const to = live.naming.own(job.chat)
  if (to !== undefined) return to
  // That account may come back.
  if (accountOf(job.chat) !== live.naming.account) throw elsewhere('message', 'sent')
  throw gone(
    'The message was not sent: this chat is of an earlier login. Write in the room of the present one.',
  )
}

export async function deliver(
  parts: SendParts,
  job: ChatSend,
  open: Open,
  signal: AbortSignal,
): Promise<Receipt> {
  const to = receiverOf(parts.live, job)
  const { body } = job
  if (body.kind === 'recall') return recall(parts, job, signal)
  if (body.kind === 'text') {
    const { live } = parts
    const own = (body.mentions ?? []).map(live.naming.own).filter((each) => each !== undefined)
    const args = own.length > 0 ? [to, body.text, own] : [to, body.text]
    return make(parts, job, likeText(body.text), 'message', () =>
      live.host.call('messageSendText', args, { signal, ms: textMs }),
    )
  }
  return sendMedia(parts, job, to, open, signal)
}

async function sendMedia(
  parts: SendParts,
  job: ChatSend,
  to: string,
  open: Open,
  signal: AbortSignal,
): Promise<Receipt> {
  if (job.body.kind !== 'media') throw new Error('no media')
  const { media } = job.body
  const what = media.kind === 'image' ? 'picture' : 'file'
  const opened = await open(media)
  const found = await sniffed(opened.stream, opened.mime)
  if (!found) throw refused(`The ${what} was not sent: it is empty.`)
  let over = false
  const bytes = limited(found.stream, parts.maxFileBytes, () => {
    over = true
    return new Error('too large')
  })
  const name = fileName(media.name, opened.mime, media.kind)
  return make(parts, job, 'media', what, async () => {
    try {
      return await parts.live.host.give('sendFile', [to, name], bytes, { signal, ms: fileMs })
    } catch (thrown) {
      if (over) throw tooLarge(what, parts.maxFileBytes)
      throw thrown
    }
  })
}

function tooLarge(what: string, limit: number): BridgeError {
  const most = Math.floor(limit / 1_048_576)
  const words = `The ${what} was not sent: it is larger than ${most} MiB.`
  return new BridgeError(words, { code: 'tooLarge', heal: 'never', certain: true })
}

/** One call that delivers, noted before and after. */
async function make(
  parts: SendParts,
  job: ChatSend,
  like: string,
  what: string,
  call: () => Promise<unknown>,
): Promise<Receipt> {
  const { live, clock, trace, echoMs } = parts
  const now = () => clock.now()
  try {
    trace?.('beforeCall', job.key)
    const id = await live.sent.make(job, like, now, async () => text(await call()) || undefined)
    trace?.('afterCall', job.key)
    const wait = () =>
      clock.sleep(echoMs, AbortSignal.timeout(echoMs + 1_000)).catch(() => undefined)
    const known = id ?? (await live.sent.claimed(job.clientId, wait))
    return { ids: [known ?? ownId(job.clientId)], at: now() }
  } catch (thrown) {
    const error = toBridgeError(thrown, what)
    if (error.failure.certain) await live.sent.undo(job.clientId).catch(() => undefined)
    throw error
  }
}

async function recall(parts: SendParts, job: ChatSend, signal: AbortSignal): Promise<Receipt> {
  const { live, clock } = parts
  const [id] = job.recalls?.ids ?? []
  if (id === undefined) return { ids: [], at: clock.now() }
  if (id.startsWith('own~')) {
    const words = 'It was not taken back: the gateway did not say what WeChat calls the message.'
    throw new BridgeError(words, { code: 'refused', heal: 'never', certain: true, reason: 'noId' })
  }
  await live.sent.recalling(id)
  try {
    const done = await live.host.call('messageRecall', [id], { signal, ms: textMs })
    if (done === true) return { ids: [id], at: clock.now() }
    throw refused('It was not taken back: the gateway says it cannot. Do it on the phone.')
  } catch (thrown) {
    const error = toBridgeError(thrown, 'message', { done: 'taken back' })
    if (error.failure.certain) await live.sent.notRecalled(id)
    throw error
  }
}
