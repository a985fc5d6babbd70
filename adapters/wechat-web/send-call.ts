import { BridgeError } from '../../src/core/errors.ts'
import type { MediaLimits } from '../../src/core/post.ts'
import type { Clock, Random } from '../../src/ports/clock.ts'
import type { Receipt } from '../../src/ports/outlet.ts'
import type { Log, Trace } from '../../src/ports/telemetry.ts'
import type { ChatSend } from '../../src/ports/wechat.ts'
import type { Query } from './api.ts'
import type { Said } from './echo.ts'
import { type Deed, endOf, isOver, toBridgeError, WireFault } from './fault.ts'
import { fetchDetails } from './fetch.ts'
import type { Live } from './live.ts'
import { lastingOf } from './people.ts'
import { type Raw, text } from './raw.ts'
import { offline, stillFor } from './receiver.ts'

/** What sending needs of its surroundings. */
export interface SendParts {
  readonly live: Live | undefined
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly trace?: Trace
  readonly limits: MediaLimits
  readonly desktop: boolean
}

/** One send in a session that is online. `to` is the receiver's UserName. */
export interface Sending {
  readonly parts: SendParts
  readonly live: Live
  readonly job: ChatSend
  readonly to: string
  readonly signal: AbortSignal
}

/** The call that delivers (protocol §7.1). `said` is what its echo will be known by; `what` names it in sentences. */
export interface Delivery {
  readonly call: string
  readonly query: Query
  readonly fields: Raw
  readonly said: Said
  readonly what: string
}

/**
 * Delivers one message. Throws a BridgeError that says whether it was delivered. -1 may mean that the server has lost
 * sight of the receiver: asked for once, it may be there (protocol §7.8).
 */
export async function sendMessage(sending: Sending, delivery: Delivery): Promise<Receipt> {
  try {
    return await once(sending, delivery)
  } catch (thrown) {
    const { cause } = thrown as { cause?: unknown }
    if (!(cause instanceof WireFault) || cause.ret !== -1) throw thrown
    await refresh(sending)
    return once(sending, delivery)
  }
}

async function once(sending: Sending, delivery: Delivery): Promise<Receipt> {
  const { live, job, to, signal } = sending
  signal.throwIfAborted()
  stillFor(live, job, to)
  return live.sent.during(job.clientId, () => remembered(sending, delivery))
}

async function remembered(sending: Sending, delivery: Delivery): Promise<Receipt> {
  const { parts, live, job } = sending
  const { sent, people } = live
  const chat = lastingOf(job.chat, people.account) ?? ''
  const first = await sent.begin(job, chat, delivery.said, parts.clock.now()).catch((thrown) => {
    throw toBridgeError(thrown, delivery.what, { harmless: true })
  })
  try {
    return await post(sending, delivery)
  } catch (thrown) {
    const error = translate(sending, thrown, delivery.what)
    if (first && error.failure.certain) await sent.undo(job.clientId)
    throw error
  }
}

async function post(sending: Sending, delivery: Delivery): Promise<Receipt> {
  const { parts, live, job, to, signal } = sending
  const { api, sent, people } = live
  const body = {
    Msg: {
      ...delivery.fields,
      FromUserName: people.self.UserName,
      ToUserName: to,
      LocalID: job.clientId,
      ClientMsgId: job.clientId,
    },
    Scene: 0,
  }
  parts.trace?.('beforeCall', job.key)
  const answer = await api.post(delivery.call, { ...delivery.query, ...api.query() }, body, signal)
  const msgId = text(answer.MsgID)
  if (!msgId) throw new WireFault('garbage', delivery.call)
  parts.trace?.('afterCall', job.key)
  await sent.done(job.clientId, msgId).catch((thrown: unknown) => {
    // It is delivered all the same, and the bridge keeps the receipt; to fail here would send it again.
    parts.log.warn({ key: job.key, error: String(thrown) }, 'An answer could not be noted yet')
  })
  return { ids: [msgId], at: parts.clock.now() }
}

/** Who is who does not change under a message on its way in: that takes its turn. */
async function refresh({ parts, live, to, signal }: Sending): Promise<void> {
  try {
    const found = await fetchDetails(live.api, [to], parts.log, signal)
    await live.turns.run(async () => live.people.learn(found))
  } catch (thrown) {
    signal.throwIfAborted()
    if (!(thrown instanceof WireFault) || isOver(thrown)) throw thrown
    parts.log.debug({ fault: thrown.message }, 'The receiver could not be asked for again')
  }
}

/** The failure for the bridge; and the session's end, when that is what it was. */
export function translate(
  { live }: Sending,
  thrown: unknown,
  what: string,
  deed: Deed = {},
): BridgeError {
  const ret = thrown instanceof WireFault ? thrown.ret : undefined
  const end = ret === undefined ? undefined : endOf(ret)
  // What delivers nothing by itself and outlived its session failed for that reason.
  if (deed.harmless && !live.online && !(thrown instanceof BridgeError)) return offline()
  if (end) live.end(end)
  return toBridgeError(thrown, what, deed)
}

export function empty(): BridgeError {
  return new BridgeError('The message was not sent: it is empty.', {
    code: 'format',
    heal: 'never',
    certain: true,
  })
}
