import { BridgeError, type Failure } from '../../src/core/errors.ts'

/**
 * How asking the gateway failed. `unreachable`: nothing was sent. `cut` and `timeout`: no (whole) answer, it may have been
 * done. `status`: it answered no. `garbage`: what it answered is not what the protocol says.
 */
export type FaultKind = 'unreachable' | 'cut' | 'timeout' | 'status' | 'garbage'

/** A question that failed, inside this adapter. `said` is the gateway's own sentence: hostile. */
export class GatewayFault extends Error {
  override readonly name = 'GatewayFault'
  readonly kind: FaultKind
  readonly status: number | undefined
  /** The `error` of a refusal as the protocol has it; without it, nobody knows who answered. */
  readonly error: string | undefined
  readonly said: string | undefined
  readonly afterMs: number | undefined
  constructor(
    kind: FaultKind,
    call: string,
    more: {
      readonly status?: number | undefined
      readonly error?: string | undefined
      readonly said?: string | undefined
      readonly afterMs?: number | undefined
      readonly why?: string
      readonly cause?: unknown
    } = {},
  ) {
    const detail = [more.status, more.error, more.why].filter((each) => each !== undefined)
    super(`${call}: ${[kind, ...detail].join(' ')}`, { cause: more.cause })
    this.kind = kind
    this.status = more.status
    this.error = more.error
    this.said = more.said
    this.afterMs = more.afterMs
  }
}

const unreached = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
])
const late = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])

/** What a thrown error of HTTP means. */
export function faultOf(thrown: unknown, call: string): GatewayFault {
  if (thrown instanceof GatewayFault) return thrown
  const codes = codesOf(thrown)
  if (codes.length > 0 && codes.every((each) => unreached.has(each))) {
    return new GatewayFault('unreachable', call, { cause: thrown })
  }
  const kind = codes.some((each) => late.has(each)) ? 'timeout' : 'cut'
  return new GatewayFault(kind, call, { cause: thrown })
}

/** An AggregateError (both addresses of a host) has several. */
function codesOf(thrown: unknown): string[] {
  if (!(thrown instanceof Error)) return []
  if (thrown instanceof AggregateError) return thrown.errors.flatMap(codesOf)
  // A connection that stood, and broke: what was written may have arrived, whatever the code is called.
  if ('syscall' in thrown && (thrown.syscall === 'read' || thrown.syscall === 'write'))
    return ['broke']
  return 'code' in thrown && typeof thrown.code === 'string' ? [thrown.code] : codesOf(thrown.cause)
}

/**
 * Any failure as the error the bridge understands. `what` is a noun ("message"), `done` what it was not ("sent").
 * `harmless`: the question delivers nothing by itself.
 */
export function toBridgeError(
  thrown: unknown,
  what: string,
  { done = 'sent', harmless = false }: { readonly done?: string; readonly harmless?: boolean } = {},
): BridgeError {
  if (thrown instanceof BridgeError) return thrown
  const not = `The ${what} was not ${done}`
  const unsure = harmless ? `${not}.` : `The ${what} may or may not have been ${done}.`
  const make = (sentence: string, failure: Failure) =>
    new BridgeError(sentence, failure, { cause: thrown })
  if (!(thrown instanceof GatewayFault)) {
    const why = thrown instanceof Error ? thrown.name : 'something'
    const sentence = `The bridge met a fault of its own (${why}). ${unsure}`
    return make(sentence, { code: 'bug', heal: 'retry', certain: harmless })
  }
  const { kind, status, error, said, afterMs } = thrown
  if (kind === 'status' && error !== undefined && status !== undefined) {
    const row = answers[status]
    const more = said === undefined ? {} : { said }
    if (row) {
      const sentence = `${not}: ${row.why}.`
      const wait = row.heal === 'wait' ? { afterMs: afterMs ?? 60_000 } : {}
      return make(sentence, {
        ...row.as,
        code: row.code,
        heal: row.heal,
        certain: true,
        ...wait,
        ...more,
      })
    }
  }
  const [code, why] = words[kind]
  const certain = harmless || kind === 'unreachable'
  return make(`${why} ${certain ? `${not}.` : unsure}`, { code, heal: 'retry', certain })
}

type Row = Pick<Failure, 'code' | 'heal'> & {
  readonly why: string
  readonly as?: Pick<Failure, 'reason'>
}

/** What each status of a refusal says (docs/connector-http.md, "Answers"). In all of them nothing was sent. */
const answers: Readonly<Record<number, Row>> = {
  400: { code: 'bug', heal: 'never', why: 'the gateway could not read the request' },
  401: {
    code: 'config',
    heal: 'retry',
    why: "the gateway does not take the bridge's signature (the same secret on both sides? clocks?)",
  },
  404: { code: 'gone', heal: 'never', why: 'the gateway does not know it' },
  409: { code: 'session', heal: 'relogin', why: 'the gateway says that WeChat is not logged in' },
  410: { code: 'gone', heal: 'never', why: 'the gateway says that it is gone' },
  413: { code: 'tooLarge', heal: 'never', why: 'it is too large for the gateway' },
  415: { code: 'format', heal: 'never', why: 'the gateway does not take this format' },
  422: { code: 'refused', heal: 'never', why: 'WeChat refused it' },
  429: { code: 'rate', heal: 'wait', why: 'it was too much for now', as: { reason: 'tooOften' } },
  501: { code: 'refused', heal: 'never', why: 'the gateway cannot do this' },
  503: { code: 'server', heal: 'retry', why: 'the gateway cannot do it just now' },
}

const words = {
  unreachable: ['network', 'The gateway cannot be reached.'],
  timeout: ['timeout', 'The gateway did not answer in time.'],
  cut: ['network', 'The connection to the gateway broke.'],
  status: ['server', 'The gateway answered with an error.'],
  garbage: ['server', 'The gateway gave an answer that makes no sense.'],
} as const

/** This gateway has no word for it. */
export const cannotLogOut = () =>
  new BridgeError(
    'The account was not logged out: this gateway cannot do it. Log out at the gateway, or on the phone.',
    { code: 'refused', heal: 'never', certain: true },
  )

/** Nothing was done, for want of a login. `what` says what was not. */
export const offline = (what: string) =>
  new BridgeError(`${what}. Nobody is logged in here: log in first.`, {
    code: 'session',
    heal: 'relogin',
    certain: true,
  })
