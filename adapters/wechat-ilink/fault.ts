import { BridgeError } from '../../src/core/errors.ts'

/**
 * How a call to WeChat failed. `unreachable`: nothing was sent. `timeout` and `cut`: no (whole) answer, it may have
 * been carried out. `status`: HTTP said no. `garbage`: an answer that is not what the protocol says. `ret`: WeChat's
 * own refusal. `place`: an address nobody may be led to; nothing was sent.
 */
export type FaultKind = 'unreachable' | 'timeout' | 'cut' | 'status' | 'garbage' | 'ret' | 'place'

/** A failed call, inside this adapter. `call` is the endpoint's name; `sentence` is the server's own, hostile. */
export class WireFault extends Error {
  override readonly name = 'WireFault'
  readonly kind: FaultKind
  readonly call: string
  readonly ret: number | undefined
  readonly status: number | undefined
  readonly sentence: string | undefined
  constructor(
    kind: FaultKind,
    call: string,
    more: { ret?: number; status?: number; sentence?: string; cause?: unknown } = {},
  ) {
    const detail = more.ret ?? more.status
    super(`${call}: ${kind}${detail === undefined ? '' : ` ${detail}`}`, { cause: more.cause })
    this.kind = kind
    this.call = call
    this.ret = more.ret
    this.status = more.status
    this.sentence = more.sentence
  }
}

/** The login is over, or did not come about: the connector goes offline with this. */
export class SessionEnd extends Error {
  override readonly name = 'SessionEnd'
  readonly reason: 'kicked' | 'refused' | 'expired' | 'unreachable' | 'loggedOut'
  readonly detail: string | undefined
  constructor(reason: SessionEnd['reason'], detail?: string) {
    super(`the session ended: ${reason}`)
    this.reason = reason
    this.detail = detail
  }
}

/** The token is not taken any more: another program was connected, or WeChat let it lapse (`ecosystem §1.3`). */
export const staleToken = -14
/** No context token, one that lapsed, or too much at once: all are called the same (`ecosystem §1.3`). */
export const noContext = -2

export const isStale = (thrown: unknown): boolean =>
  thrown instanceof WireFault && thrown.ret === staleToken

/** What failed, for sentences: "The `what` was not `done`". */
export interface Deed {
  /** Default `sent`. */
  readonly done?: string
  /** How long to rest after a refusal for the quota, in milliseconds. */
  readonly quotaMs?: number
  /** The failing call delivers nothing by itself. */
  readonly harmless?: boolean
}

/** Any failure as the error the bridge understands. `what` is a noun for a sentence: "message", "picture". */
export function toBridgeError(thrown: unknown, what: string, deed: Deed = {}): BridgeError {
  if (thrown instanceof BridgeError) return thrown
  const options = { cause: thrown }
  const { done = 'sent', quotaMs = 300_000, harmless = false } = deed
  const not = `The ${what} was not ${done}`
  const unsure = `The ${what} may or may not have been ${done}.`
  if (!(thrown instanceof WireFault)) {
    if (thrown instanceof Error && ['AbortError', 'TimeoutError'].includes(thrown.name)) {
      const text = `It was given up before WeChat answered. ${harmless ? `${not}.` : unsure}`
      return new BridgeError(text, { code: 'timeout', heal: 'retry', certain: harmless }, options)
    }
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    const text = `The bridge met a fault of its own: ${why}. ${harmless ? `${not}.` : unsure}`
    return new BridgeError(text, { code: 'bug', heal: 'retry', certain: harmless }, options)
  }
  const { kind, ret, status = 0, sentence } = thrown
  if (ret === staleToken) {
    const text = `${not}: WeChat does not take the login any more. Log in again; it waits.`
    const failure = { code: 'session', heal: 'relogin', certain: true, reason: 'stale' } as const
    return new BridgeError(text, failure, options)
  }
  if (ret === noContext) return quotaError(not, quotaMs, options)
  if (ret !== undefined) {
    const said = sentence ? { said: sentence } : {}
    const text = `${not}: WeChat answered with error ${ret}. It is tried again.`
    return new BridgeError(text, { code: 'server', heal: 'retry', certain: true, ...said }, options)
  }
  const certain =
    harmless || kind === 'unreachable' || kind === 'place' || (status >= 400 && status < 500)
  const [code, why] = words[kind === 'ret' ? 'garbage' : kind]
  return new BridgeError(
    `${why} ${certain ? `${not}.` : unsure}`,
    { code, heal: 'retry', certain },
    options,
  )
}

/** The other side must write first. `not` is how the sentence begins: "The message was not sent". */
export function quotaError(not: string, afterMs: number, options?: ErrorOptions): BridgeError {
  return new BridgeError(
    `${not}: WeChat takes a few messages after each one that comes from the phone, and none without. Write something to the bot in WeChat on your phone; it waits for that.`,
    { code: 'rate', heal: 'wait', certain: true, reason: 'quota', afterMs },
    options,
  )
}

const words = {
  unreachable: ['network', "WeChat's server cannot be reached."],
  timeout: ['timeout', "WeChat's server did not answer in time."],
  cut: ['network', "The connection to WeChat's server broke."],
  status: ['server', "WeChat's server answered with an error page."],
  garbage: ['server', "WeChat's server gave an answer that makes no sense."],
  place: ['refused', "WeChat's server named an address that is not WeChat's; it was not gone to."],
} as const
