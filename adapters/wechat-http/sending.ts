import { BridgeError } from '../../src/core/errors.ts'
import type { AccountId, ContactId } from '../../src/core/ids.ts'
import type { MediaRef } from '../../src/core/message.ts'
import type { ConnectorFeatures } from '../../src/core/post.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Open, Receipt } from '../../src/ports/outlet.ts'
import type { ChatSend } from '../../src/ports/wechat.ts'
import type { GatewayClient } from './client.ts'
import { GatewayFault, toBridgeError } from './faults.ts'
import { inPath } from './ids.ts'
import type { Offers } from './offers.ts'
import type { Sent } from './sent.ts'
import { signing } from './signing.ts'
import type { Timings } from './timings.ts'
import { type Capabilities, empty, type SendRequest, sendAnswer } from './wire.ts'

export interface SendingParts {
  readonly client: GatewayClient
  readonly secret: string
  readonly sent: Sent
  readonly offers: Offers
  /** Where the gateway reaches the bridge. Undefined: nowhere. */
  readonly publicOrigin: string | undefined
  readonly features: ConnectorFeatures
  readonly declared: Capabilities
  readonly timings: Timings
  readonly clock: Clock
  readonly account: AccountId
  /** The gateway's own id of the account. */
  readonly wireAccount: string
  /** The gateway's own id of the chat, and of people in it. */
  readonly chat: string
  wire(contact: ContactId): string | undefined
}

/** Sends once, or takes back. Throws BridgeErrors. */
export async function deliver(
  parts: SendingParts,
  job: ChatSend,
  open: Open,
  signal: AbortSignal,
): Promise<Receipt> {
  const { body } = job
  if (body.kind === 'recall') return takeBack(parts, job, signal)
  if (body.kind === 'media') return sendMedia(parts, job, body.media, open, signal)
  const mentions = (body.mentions ?? []).flatMap((each) => parts.wire(each) ?? [])
  const request: SendRequest = {
    client_id: job.clientId,
    account: parts.wireAccount,
    chat: parts.chat,
    kind: 'text',
    text: body.text,
    ...(mentions.length > 0 && parts.features.mentions && { mentions }),
  }
  return post(parts, job, request, 'message', parts.timings.sendMs, signal)
}

async function takeBack(
  { client, sent, account, wireAccount, chat, clock, timings }: SendingParts,
  job: ChatSend,
  signal: AbortSignal,
): Promise<Receipt> {
  const ids = job.recalls?.ids ?? []
  // Before it is asked for: its echo may be faster than the answer.
  await sent.recalled(ids, account)
  const what = { done: 'taken back' }
  for (const each of ids) {
    const path = `/v1/messages/${inPath(each)}/recall`
    const json = { client_id: job.clientId, account: wireAccount, chat }
    const question = { method: 'POST', path, json, patienceMs: timings.sendMs } as const
    await client.ask(question, empty, signal).catch((thrown: unknown) => {
      signal.throwIfAborted()
      throw toBridgeError(thrown, 'message', what)
    })
  }
  return { ids: [], at: clock.now() }
}

async function sendMedia(
  parts: SendingParts,
  job: ChatSend,
  media: MediaRef,
  open: Open,
  signal: AbortSignal,
): Promise<Receipt> {
  const { client, offers, clock, timings, declared, publicOrigin } = parts
  const kind = media.kind
  const limit = parts.features.media[kind]
  if (!limit) throw not('format', `the gateway takes no media of this kind (${kind})`)
  const path = `/v1/media/${inPath(job.clientId)}`
  const measured = await measure(parts, path, media, open, limit.maxBytes, signal)
  const { bytes, mime } = measured
  const about = { mime, bytes, ...(media.name !== undefined && { name: media.name }) }
  const more = { ...about, ...(media.ms !== undefined && { ms: Math.round(media.ms) }) }
  const { wireAccount: account, chat } = parts
  const request = { client_id: job.clientId, account, chat, kind } as const
  if (declared.media_by === 'upload') {
    const { stream } = await open(media)
    await client
      .put(path, { ...measured, stream }, timings.mediaMs, empty, signal)
      .catch((thrown: unknown) => {
        signal.throwIfAborted()
        throw toBridgeError(thrown, 'media', { harmless: true })
      })
      // What nobody read to its end is let go of.
      .finally(() => stream.cancel().catch(() => undefined))
    const whole = { ...request, media: { id: job.clientId, ...more } }
    return post(parts, job, whole, 'media', timings.mediaMs, signal)
  }
  if (publicOrigin === undefined) {
    throw not('config', 'the gateway fetches media from the bridge, and wechat.http.listen is null')
  }
  const offer = offers.make(job.clientId, { open, media }, clock.now())
  try {
    const whole = { ...request, media: { url: `${publicOrigin}${offer}`, ...more } }
    return await post(parts, job, whole, 'media', timings.mediaMs, signal)
  } finally {
    offers.end(job.clientId)
  }
}

/** One reading to know how much it is, and to sign it. */
async function measure(
  { secret, clock }: SendingParts,
  path: string,
  media: MediaRef,
  open: Open,
  most: number,
  signal: AbortSignal,
) {
  const { stream, mime } = await open(media)
  const time = clock.now()
  const hmac = signing(secret, { method: 'PUT', path, time })
  let bytes = 0
  for await (const piece of stream) {
    signal.throwIfAborted()
    bytes += piece.length
    if (bytes > most) throw not('tooLarge', `it has more than ${most} bytes`)
    hmac.update(piece)
  }
  if (bytes === 0) throw not('format', 'it is empty')
  return { bytes, mime, time, signature: hmac.digest('hex') }
}

async function post(
  { client, sent, clock }: SendingParts,
  job: ChatSend,
  json: SendRequest,
  what: string,
  patienceMs: number,
  signal: AbortSignal,
): Promise<Receipt> {
  const question = { method: 'POST', path: '/v1/messages', json, patienceMs } as const
  let at = clock.now()
  const ask = async () => {
    const answer = await client.ask(question, sendAnswer, signal)
    at = answer.at ?? clock.now()
    return answer.ids
  }
  const surelyNot = (thrown: unknown) => {
    return thrown instanceof GatewayFault && toBridgeError(thrown, what).failure.certain
  }
  try {
    return { ids: await sent.make(job, clock.now(), ask, surelyNot), at }
  } catch (thrown) {
    signal.throwIfAborted()
    // What is no fault of the gateway's came before it was asked.
    throw toBridgeError(thrown, what, { harmless: !(thrown instanceof GatewayFault) })
  }
}

const not = (code: 'format' | 'tooLarge' | 'config', why: string) =>
  new BridgeError(`The media was not sent: ${why}.`, { code, heal: 'never', certain: true })
