import { BridgeError } from '../../src/core/errors.ts'

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

/**
 * Any failure as the error the bridge understands. `what` completes "The … was not sent": "message", "picture".
 * `pauseMs` is how long to wait after a rate limit. `harmless`: the failing call delivers nothing by itself.
 */
export function toBridgeError(
  thrown: unknown,
  what: string,
  more: { pauseMs?: number; harmless?: boolean } = {},
): BridgeError {
  if (thrown instanceof BridgeError) return thrown
  const options = { cause: thrown }
  if (!(thrown instanceof WireFault)) {
    const certain = more.harmless === true
    if (thrown instanceof Error && ['AbortError', 'TimeoutError'].includes(thrown.name)) {
      const text = `The ${what} was given up before WeChat answered; it may have been sent.`
      return new BridgeError(text, { code: 'timeout', heal: 'retry', certain }, options)
    }
    const why = thrown instanceof Error ? thrown.message : String(thrown)
    return new BridgeError(`The ${what} failed: ${why}`, { ...bug, certain }, options)
  }
  if (thrown.kind === 'ret') {
    const [text, failure] = refusal(thrown, what, more.pauseMs ?? 300_000)
    return new BridgeError(text, failure, options)
  }
  const certain = more.harmless === true || thrown.kind === 'unreachable'
  const [code, why] = words[thrown.kind]
  const end = certain ? `The ${what} was not sent.` : `The ${what} may or may not have been sent.`
  return new BridgeError(`${why} ${end}`, { code, heal: 'retry', certain }, options)
}

const bug = { code: 'bug', heal: 'retry' } as const

const words = {
  unreachable: ['network', "WeChat's server cannot be reached."],
  timeout: ['timeout', "WeChat's server did not answer in time."],
  cut: ['network', "The connection to WeChat's server broke."],
  status: ['server', "WeChat's server answered with an error page."],
  garbage: ['server', "WeChat's server gave an answer that makes no sense."],
} as const

function refusal(
  fault: WireFault,
  what: string,
  pauseMs: number,
): [string, BridgeError['failure']] {
  const ret = fault.ret ?? 0
  const not = `The ${what} was not sent`
  const quoted = fault.sentence ? ` WeChat says: ${fault.sentence}` : ''
  const certain = true
  const never = { code: 'refused', heal: 'never', certain } as const
  if (ret === 1205) {
    const minutes = Math.max(1, Math.round(pauseMs / 60_000))
    return [
      `${not} yet: WeChat says we send too often. It is tried again in about ${minutes} min.`,
      { code: 'rate', heal: 'wait', certain, afterMs: pauseMs },
    ]
  }
  if (ret === 1203) return [`${not}: WeChat refuses this login.${quoted}`, never]
  if (endOf(ret)) {
    return [
      `${not}: WeChat ended the session (${ret}). Log in again.`,
      { code: 'session', heal: 'relogin', certain },
    ]
  }
  if (ret === 1204) {
    return [
      `${not}: WeChat does not let you write there (not a friend any more, or not in the group).`,
      never,
    ]
  }
  if (ret === 3 || ret === -3) {
    return [
      `${not} yet: your phone has been offline too long. Open WeChat on the phone.`,
      { code: 'server', heal: 'wait', certain, afterMs: 300_000 },
    ]
  }
  if (ret === -1) {
    return [
      `${not}: WeChat's server had a problem (-1).${quoted}`,
      { code: 'server', heal: 'retry', certain },
    ]
  }
  return [`${not}: WeChat refused it (code ${ret}).${quoted}`, never]
}
