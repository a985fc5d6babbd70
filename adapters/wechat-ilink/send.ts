import { type SendAs, sendKind } from '../../src/core/answer.ts'
import { BridgeError } from '../../src/core/errors.ts'
import type { MediaRef } from '../../src/core/message.ts'
import type { MediaLimits } from '../../src/core/post.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Open, Receipt } from '../../src/ports/outlet.ts'
import type { Log, Trace } from '../../src/ports/telemetry.ts'
import type { ChatSend } from '../../src/ports/wechat.ts'
import { isStale, quotaError, SessionEnd, toBridgeError, WireFault } from './fault.ts'
import { isGroup, userOf } from './ids.ts'
import { type Raw, text } from './json.ts'
import type { Live } from './live.ts'
import { measure, noun, tooLarge, unsendable } from './measure.ts'
import { sendName } from './names.ts'
import { type Uploaded, upload } from './upload.ts'
import type { Wire } from './wire.ts'

export interface SendParts {
  readonly live: Live
  readonly wire: Wire
  readonly clock: Clock
  readonly log: Log
  readonly trace?: Trace
  readonly limits: MediaLimits
  readonly cdnBase: string
}

/** Whom it goes to, and with what. */
interface Receiver {
  readonly to: string
  readonly context: string
}

/**
 * Who would get a send, and with what it is allowed. Throws a BridgeError where it cannot go: nobody is logged in, the
 * chat is of another account or a group, or nobody wrote first (`ecosystem §1.3`).
 */
export function receiverOf(live: Live | undefined, job: ChatSend, quotaMs: number): Receiver {
  if (!live?.begun) throw offline()
  if (!live.online) throw away()
  const { account } = live.who
  if (job.body.kind === 'recall') {
    throw refused(
      'The message was not taken back: WeChat offers no way to, here. Recall it on the phone.',
    )
  }
  if (isGroup(job.chat, account)) {
    throw refused('The message was not sent: the bot of WeChat cannot write to groups.')
  }
  const to = userOf(job.chat, account)
  if (to === undefined) {
    throw refused(
      'The message was not sent: it belongs to another WeChat account than the one logged in.',
    )
  }
  const context = live.state.contextOf(to)
  if (context === undefined) throw quotaError('The message was not sent', quotaMs)
  return { to, context }
}

/** Delivers one job. Throws a BridgeError that says whether it was delivered. */
export async function deliver(
  parts: SendParts,
  job: ChatSend,
  open: Open,
  signal: AbortSignal,
): Promise<Receipt> {
  const { live } = parts
  const quotaMs = live.api.timings.quota
  const { to } = receiverOf(live, job, quotaMs)
  const { body } = job
  if (body.kind !== 'media') {
    const said = body.kind === 'text' ? body.text : ''
    if (said.trim() === '') throw unsendable('The message was not sent: it is empty.')
    return call(parts, job, { type: 1, text_item: { text: said } }, 'message', signal)
  }
  const { item, what } = await bring(parts, body.media, to, open, signal)
  return call(parts, job, item, what, signal)
}

/** The bytes at WeChat, and the item that names them. Nothing of this is seen by anybody. */
async function bring(
  parts: SendParts,
  media: MediaRef,
  to: string,
  open: Open,
  signal: AbortSignal,
): Promise<{ readonly item: Raw; readonly what: string }> {
  const { live, wire, limits, cdnBase } = parts
  const most = Math.max(...Object.values(limits).map((each) => each.maxBytes))
  try {
    const measured = await measure(open, media, most, signal)
    const found = sendKind({ ...media, bytes: measured.bytes, mime: measured.mime }, limits)
    if ('refusal' in found) {
      const { refusal } = found
      if (refusal.why === 'tooLarge') throw tooLarge(media, refusal.limit)
      throw unsendable(`The ${noun(media)} was not sent: WeChat does not take ${measured.mime}.`)
    }
    // No sticker is ever offered: see the limits.
    const as = found.as === 'sticker' ? 'file' : found.as
    const ended = AbortSignal.any([signal, live.ended])
    const job = { media, measured, as, to }
    const uploaded = await upload({ api: live.api, wire, open, cdnBase }, job, ended)
    const name = sendName(media.name, media.kind, measured.mime)
    const item = itemOf(as, uploaded, { name, bytes: measured.bytes, md5: measured.md5 })
    return { item, what: noun(as === 'file' ? media : { kind: as }) }
  } catch (thrown) {
    throw translate(live, thrown, noun(media), true)
  }
}

function itemOf(
  as: Exclude<SendAs, 'sticker'>,
  { reference, sealedBytes }: Uploaded,
  file: { readonly name: string; readonly bytes: number; readonly md5: string },
): Raw {
  if (as === 'image') return { type: 2, image_item: { media: reference, mid_size: sealedBytes } }
  if (as === 'video') return { type: 5, video_item: { media: reference, video_size: sealedBytes } }
  const { name, bytes, md5 } = file
  return { type: 4, file_item: { media: reference, file_name: name, md5, len: String(bytes) } }
}

/** The call that delivers, noted before and after. An upload takes long: who may be written to is looked at anew. */
async function call(
  parts: SendParts,
  job: ChatSend,
  item: Raw,
  what: string,
  signal: AbortSignal,
): Promise<Receipt> {
  const { live, clock, log, trace } = parts
  const { sent } = live
  const receiver = receiverOf(live, job, live.api.timings.quota)
  signal.throwIfAborted()
  return sent.during(job.clientId, async () => {
    const again = sent.isUnclear(job.clientId)
    await sent.begin(job.clientId, job.key, clock.now()).catch((thrown: unknown) => {
      throw toBridgeError(thrown, what, { harmless: true })
    })
    trace?.('beforeCall', job.key)
    const answer = await live.api
      .send(messageOf(job, receiver, item), live.lingering(signal))
      .catch(async (thrown: unknown) => {
        const error = translate(live, thrown, what, false)
        // An earlier try may have arrived all the same.
        if (error.failure.certain && !again) await sent.undo(job.clientId)
        throw error
      })
    trace?.('afterCall', job.key)
    const given = text(answer.message_id)
    const ids = given && given !== '0' ? [given, job.clientId] : [job.clientId]
    await sent.done(job.clientId, ids).catch((thrown: unknown) => {
      // It is delivered all the same, and the bridge keeps the receipt; to fail here would send it again.
      log.warn({ key: job.key, error: String(thrown) }, 'An answer could not be noted yet')
    })
    return { ids, at: clock.now() }
  })
}

const messageOf = ({ clientId }: ChatSend, { to, context }: Receiver, item: Raw): Raw => ({
  from_user_id: '',
  to_user_id: to,
  client_id: clientId,
  message_type: 2,
  message_state: 2,
  item_list: [item],
  context_token: context,
})

/** The failure for the bridge; and the session's end, when that is what it was. */
function translate(live: Live, thrown: unknown, what: string, harmless: boolean): BridgeError {
  if (isStale(thrown)) live.end(new SessionEnd('kicked'))
  // What delivers nothing by itself and outlived its session failed for that reason.
  const wire = thrown instanceof WireFault || thrown instanceof BridgeError
  if (harmless && live.ended.aborted && !wire) return offline()
  return toBridgeError(thrown, what, { harmless, quotaMs: live.api.timings.quota })
}

function offline(): BridgeError {
  return new BridgeError('WeChat is not logged in. The message was not sent; it waits.', {
    code: 'session',
    heal: 'relogin',
    certain: true,
  })
}

function away(): BridgeError {
  return new BridgeError('WeChat cannot be reached. The message was not sent; it waits.', {
    code: 'network',
    heal: 'retry',
    certain: true,
  })
}

const refused = (sentence: string): BridgeError =>
  new BridgeError(sentence, { code: 'refused', heal: 'never', certain: true })
