import { BridgeError } from '../../src/core/errors.ts'
import { record } from './json.ts'
import { type Headers, retryAfter } from './retry-after.ts'

/** What an error needs to be judged: what was being done, and whether the call itself was the delivery. */
export interface Doing {
  /** A clause that fits after "could not": `send the message to the Matrix room`. */
  readonly what: string
  /** True for the one call that puts the post into the room: only then is a lost answer an open question. */
  readonly delivering?: boolean
}

interface Answer {
  readonly status: number
  readonly errcode: string
  readonly error: string
  readonly afterMs: number | undefined
}

const defaultWaitMs = 5_000
const misconfiguredWaitMs = 30_000

/**
 * Any failure of a call to the homeserver as a BridgeError: Matrix errors (matrix-bot-sdk's `MatrixError`), bare
 * HTTP answers, and the errors of `request` and undici (architecture §12).
 */
export function toBridgeError(thrown: unknown, doing: Doing): BridgeError {
  if (thrown instanceof BridgeError) return thrown
  const answer = answerOf(thrown)
  return answer ? fromAnswer(answer, doing, thrown) : fromSocket(thrown, doing)
}

/** The Matrix error code behind an error made here, if the homeserver gave one. */
export function errcodeOf(error: unknown): string | undefined {
  const cause = error instanceof BridgeError ? error.cause : error
  return answerOf(cause)?.errcode
}

/** The HTTP status behind an error made here. */
export function statusOf(error: unknown): number | undefined {
  const cause = error instanceof BridgeError ? error.cause : error
  return answerOf(cause)?.status
}

/** Could no connection to the homeserver be made? Whatever was to be done, nothing of it was. */
export function isUnreached(error: unknown): boolean {
  const cause = error instanceof BridgeError ? error.cause : error
  return answerOf(cause) === undefined && isUnconnected(cause)
}

function fromAnswer(answer: Answer, doing: Doing, cause: unknown): BridgeError {
  const { status, errcode } = answer
  const said = errcode ? `${errcode}, HTTP ${status}` : `HTTP ${status}`
  const make = (words: string, failure: BridgeError['failure']) =>
    new BridgeError(`Could not ${doing.what}: ${words} (${said}).`, failure, { cause })
  if (status === 429 || errcode === 'M_LIMIT_EXCEEDED') {
    const afterMs = answer.afterMs ?? defaultWaitMs
    return make('the homeserver asks for a slower pace; it is tried again', {
      code: 'rate',
      // Each user is limited by itself: the other rooms need not wait.
      heal: 'retry',
      certain: true,
      afterMs,
    })
  }
  if (status >= 500) {
    const certain = !doing.delivering
    return make('the homeserver has a problem of its own; it is tried again', {
      code: 'server',
      heal: 'retry',
      certain,
      ...(answer.afterMs !== undefined && { afterMs: answer.afterMs }),
    })
  }
  if (status === 401) {
    return make(
      'the homeserver does not know the as_token; install the registration file there and restart it',
      { code: 'config', heal: 'wait', certain: true, afterMs: misconfiguredWaitMs },
    )
  }
  if (status === 413 || errcode === 'M_TOO_LARGE') {
    return make('it is larger than the homeserver takes; it was not sent', {
      code: 'tooLarge',
      heal: 'never',
      certain: true,
    })
  }
  if (status === 404 || status === 410) {
    return make('it is not there any more', { code: 'gone', heal: 'never', certain: true })
  }
  if (status === 400) {
    return make('the homeserver does not take it in this form; it was not sent', {
      code: 'format',
      heal: 'never',
      certain: true,
    })
  }
  return make('the homeserver refused', { code: 'refused', heal: 'never', certain: true })
}

const unconnected = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])
const slow = new Set([
  'ETIMEDOUT',
  'ESOCKETTIMEDOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
])

function fromSocket(thrown: unknown, doing: Doing): BridgeError {
  const code = property(thrown, 'code')
  const name = typeof code === 'string' ? code : ''
  const make = (words: string, failure: BridgeError['failure']) =>
    new BridgeError(`Could not ${doing.what}: ${words}.`, failure, { cause: thrown })
  if (isUnconnected(thrown)) {
    return make(`the homeserver cannot be reached (${name}); nothing was sent, it is tried again`, {
      code: 'network',
      heal: 'retry',
      certain: true,
    })
  }
  const certain = !doing.delivering
  if (slow.has(name)) {
    return make(
      `the homeserver did not answer in time (${name}); it is looked up, then tried again`,
      {
        code: 'timeout',
        heal: 'retry',
        certain,
      },
    )
  }
  const reason = name || (thrown instanceof Error ? thrown.name : 'unknown')
  return make(`the connection to the homeserver broke (${reason}); it is tried again`, {
    code: 'network',
    heal: 'retry',
    certain,
  })
}

function isUnconnected(thrown: unknown): boolean {
  const code = property(thrown, 'code')
  if (code === 'ETIMEDOUT' && property(thrown, 'connect') === true) return true
  return typeof code === 'string' && unconnected.has(code)
}

function answerOf(thrown: unknown): Answer | undefined {
  const status = property(thrown, 'statusCode')
  if (typeof status !== 'number') return undefined
  const errcode = property(thrown, 'errcode')
  const error = property(thrown, 'error')
  const told = property(thrown, 'retryAfterMs')
  const isTold = typeof told === 'number' && told >= 0 && Number.isFinite(told)
  const headers = record(property(thrown, 'headers'))
  return {
    status,
    errcode: typeof errcode === 'string' ? errcode.slice(0, 80) : '',
    error: typeof error === 'string' ? error.slice(0, 200) : '',
    // The body is Matrix's own and exact; a proxy knows only the header.
    afterMs: isTold ? told : headers && retryAfter(headers as Headers),
  }
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
}
