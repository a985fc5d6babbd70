import { BridgeError } from '../../src/core/errors.ts'
import { explain } from './refusal.ts'

/**
 * How a call to WeChat failed. `unreachable`: nothing was sent. `timeout` and `cut`: no (whole) answer, it may
 * have been carried out. `status`: HTTP said no. `garbage`: an answer that is not what the protocol says.
 * `ret`: WeChat's own refusal (protocol §7.8).
 */
export type FaultKind = 'unreachable' | 'timeout' | 'cut' | 'status' | 'garbage' | 'ret'

/** A failed call, inside this adapter. `call` is the endpoint's name; `sentence` is the server's own, hostile. */
export class WireFault extends Error {
  override readonly name = 'WireFault'
  readonly kind: FaultKind
  readonly call: string
  readonly ret: number | undefined
  readonly sentence: string | undefined
  constructor(
    kind: FaultKind,
    call: string,
    more: { ret?: number; sentence?: string; status?: number; cause?: unknown } = {},
  ) {
    const detail = more.ret ?? more.status
    super(`${call}: ${kind}${detail === undefined ? '' : ` ${detail}`}`, { cause: more.cause })
    this.kind = kind
    this.call = call
    this.ret = more.ret
    this.sentence = more.sentence
  }
}

/** The session is over, or was never opened: the connector goes offline with this. */
export class SessionEnd extends Error {
  override readonly name = 'SessionEnd'
  readonly reason: 'kicked' | 'refused' | 'expired' | 'cancelled' | 'unreachable' | 'loggedOut'
  readonly detail: string | undefined
  readonly relogin: boolean
  /** False: the stored session may still live; a restart tries it again. */
  readonly final: boolean
  constructor(
    reason: SessionEnd['reason'],
    more: { detail?: string; relogin?: boolean; final?: boolean } = {},
  ) {
    super(`the session ended: ${reason}`)
    this.reason = reason
    this.detail = more.detail
    this.relogin = more.relogin ?? true
    this.final = more.final ?? true
  }
}

/** What a Ret or retcode says about the session (protocol §4.2, §7.8). Undefined: nothing. */
export function endOf(ret: number, sentence?: string): SessionEnd | undefined {
  const detail = sentence ? { detail: sentence } : {}
  if ([1100, 1101, 1102, 1103, -14].includes(ret)) return new SessionEnd('kicked', detail)
  if (ret === 1203) return new SessionEnd('refused', { ...detail, relogin: false })
  return undefined
}

/** Codes that end the session for sure, wherever they are met. */
export const isOver = (thrown: unknown): boolean =>
  thrown instanceof WireFault && thrown.ret !== undefined && endOf(thrown.ret) !== undefined

/** What failed, for sentences: "The `what` was not `done`". */
export interface Deed {
  /** Default `sent`. */
  readonly done?: string
  /** How long to wait after a rate limit, in milliseconds. */
  readonly pauseMs?: number
  /** The failing call delivers nothing by itself. */
  readonly harmless?: boolean
}

/** Any failure as the error the bridge understands. `what` is a noun for a sentence: "message", "picture". */
export function toBridgeError(thrown: unknown, what: string, deed: Deed = {}): BridgeError {
  if (thrown instanceof BridgeError) return thrown
  const options = { cause: thrown }
  const done = deed.done ?? 'sent'
  const not = `The ${what} was not ${done}`
  const unsure = `The ${what} may or may not have been ${done}.`
  if (!(thrown instanceof WireFault)) {
    const certain = deed.harmless === true
    if (thrown instanceof Error && ['AbortError', 'TimeoutError'].includes(thrown.name)) {
      const text = `It was given up before WeChat answered. ${certain ? `${not}.` : unsure}`
      return new BridgeError(text, { code: 'timeout', heal: 'retry', certain }, options)
    }
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    const text = `The bridge met a fault of its own: ${why}. ${certain ? `${not}.` : unsure}`
    return new BridgeError(text, { code: 'bug', heal: 'retry', certain }, options)
  }
  if (thrown.kind === 'ret') {
    const { ret = 0, sentence } = thrown
    const pauseMs = deed.pauseMs ?? 300_000
    const [text, failure] = explain({ ret, sentence, not, pauseMs })
    return new BridgeError(text, failure, options)
  }
  const certain = deed.harmless === true || thrown.kind === 'unreachable'
  const [code, why] = words[thrown.kind]
  const end = certain ? `${not}.` : unsure
  return new BridgeError(`${why} ${end}`, { code, heal: 'retry', certain }, options)
}

const words = {
  unreachable: ['network', "WeChat's server cannot be reached."],
  timeout: ['timeout', "WeChat's server did not answer in time."],
  cut: ['network', "The connection to WeChat's server broke."],
  status: ['server', "WeChat's server answered with an error page."],
  garbage: ['server', "WeChat's server gave an answer that makes no sense."],
} as const
