import type { Appservice } from 'matrix-bot-sdk'
import { BridgeError } from '../../src/core/errors.ts'
import { type Doing, toBridgeError } from './errors.ts'
import { type Json, record, text } from './json.ts'

/** One call of the client-server API. */
export interface Call extends Doing {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Everything after the homeserver's address; make it with {@link path}. */
  readonly path: string
  /** One of our own users to act as; left out: the bot. */
  readonly as?: string
  readonly query?: Readonly<Record<string, string | number>>
  readonly body?: Json
}

/** The homeserver's client-server API, with our token. */
export interface Homeserver {
  /** The answer's JSON object. Throws a BridgeError; aborting gives up waiting, whatever the server still does. */
  call(call: Call, signal: AbortSignal): Promise<Json>
}

const timeoutMs = 60_000

/** Calls through matrix-bot-sdk's clients: `doRequest`, which lets us choose transaction ids (architecture §17). */
export function createHomeserver(
  appservice: Appservice,
  /** Hears of each call that came to nothing. Must not throw. */
  failed: (error: BridgeError) => void = () => {},
): Homeserver {
  return {
    async call(call, signal) {
      const intent = call.as ? appservice.getIntentForUserId(call.as) : appservice.botIntent
      const query = call.query ? { ...call.query } : null
      const body = call.method === 'GET' || call.method === 'DELETE' ? null : (call.body ?? {})
      try {
        const asked = intent.underlyingClient.doRequest(
          call.method,
          call.path,
          query,
          body,
          timeoutMs,
        )
        const answer = record(await unlessAborted(asked, signal))
        if (answer) return answer
      } catch (thrown) {
        if (signal.aborted) throw interrupted(call, thrown)
        const error = toBridgeError(thrown, call)
        failed(error)
        throw error
      }
      throw unreadable(call)
    },
  }
}

/** A path with every inserted value escaped, so that no id can reach another endpoint. Throws a BridgeError (`format`). */
export function path(fixed: TemplateStringsArray, ...values: readonly string[]): string {
  return String.raw({ raw: fixed }, ...values.map(segment))
}

/** A string the answer must have. Throws a BridgeError if it has not. */
export function needText(answer: Json, name: string, doing: Doing): string {
  const value = text(answer[name])
  if (value === undefined) throw unreadable(doing)
  return value
}

/** Waits for `work` no longer than until the signal aborts. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: stopped, reject } = Promise.withResolvers<never>()
  const stop = () => reject(signal.reason)
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([work, stopped])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** The error of a call that was given up because we are stopping. */
export function interrupted(doing: Doing, cause: unknown): BridgeError {
  return new BridgeError(
    `Could not ${doing.what}: the bridge is stopping; it is tried again after the next start.`,
    { code: 'network', heal: 'retry', certain: !doing.delivering },
    { cause },
  )
}

function unreadable(doing: Doing): BridgeError {
  return new BridgeError(
    `Could not ${doing.what}: the homeserver's answer is not what Matrix says; it is tried again.`,
    { code: 'server', heal: 'retry', certain: !doing.delivering },
  )
}

/** URL rules take `.` and `..` out of a path, escaped or not: no id of Matrix is one of them. */
function segment(value: string): string {
  if (!/^\.{0,2}$/.test(value)) return encodeURIComponent(value)
  throw new BridgeError(`"${value}" cannot be an id in Matrix; nothing was sent.`, {
    code: 'format',
    heal: 'never',
    certain: true,
  })
}
