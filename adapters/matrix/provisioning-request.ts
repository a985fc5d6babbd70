import type { IncomingMessage } from 'node:http'
import { BridgeError } from '../../src/core/errors.ts'
import { bodyOf } from './front.ts'
import { type Json, parse, record } from './json.ts'

/** A refusal of the provisioning API, as it is answered. */
export class Refusal extends Error {
  readonly status: number
  readonly errcode: string
  readonly more: Json
  constructor(status: number, errcode: string, message: string, more: Json = {}) {
    super(message)
    this.status = status
    this.errcode = errcode
    this.more = more
  }
}

const largestBody = 64 * 1024

/** The JSON object a request brings; an empty one where it brings nothing. Throws a Refusal. */
export async function objectOf(request: IncomingMessage): Promise<Json> {
  const body = await bodyOf(request, largestBody)
  if (body === 'tooLarge') throw new Refusal(413, 'M_TOO_LARGE', 'The body is larger than 64 KiB.')
  if (body.trim() === '') return {}
  const json = record(parse(body))
  if (!json) throw new Refusal(400, 'M_NOT_JSON', 'The body is not a JSON object.')
  return json
}

/** A value that must be there, of at most so many characters. Throws a Refusal. */
export function needed(value: unknown, name: string, most = 512): string {
  if (typeof value !== 'string' || value === '' || value.length > most) {
    const error = `"${name}" must be text of 1 to ${most} characters.`
    throw new Refusal(400, 'M_INVALID_PARAM', error)
  }
  return value
}

/** A whole number of the query. Throws a Refusal. */
export function numberOf(
  query: URLSearchParams,
  name: string,
  range: { readonly most: number; readonly fallback: number },
): number {
  const said = query.get(name)
  if (said === null) return range.fallback
  if (!/^\d{1,9}$/.test(said) || Number(said) > range.most) {
    const error = `"${name}" must be a whole number from 0 to ${range.most}.`
    throw new Refusal(400, 'M_INVALID_PARAM', error)
  }
  return Number(said)
}

/** A yes or no of a body. Throws a Refusal. */
export function flagOf(body: Json, name: string): boolean {
  const said = body[name] ?? false
  if (typeof said === 'boolean') return said
  throw new Refusal(400, 'M_INVALID_PARAM', `"${name}" must be true or false.`)
}

/** Any failure as it is answered: what was foreseen in its own words, the rest without any. */
export function refusalOf(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown
  if (!(thrown instanceof BridgeError) || thrown.failure.code === 'bug') {
    return new Refusal(500, 'M_UNKNOWN', 'The bridge failed at this; its log says more.')
  }
  const { code, afterMs } = thrown.failure
  const [status, errcode] = answers[code]
  const more = code === 'rate' && afterMs !== undefined ? { retry_after_ms: afterMs } : {}
  return new Refusal(status, errcode, thrown.message, more)
}

const answers: Readonly<
  Record<Exclude<BridgeError['failure']['code'], 'bug'>, readonly [number, string]>
> = {
  network: [502, 'M_CONNECTION_FAILED'],
  timeout: [504, 'M_CONNECTION_TIMEOUT'],
  server: [502, 'M_BAD_STATUS'],
  rate: [429, 'M_LIMIT_EXCEEDED'],
  session: [409, 'NET.WECHAT_BRIDGE.NOT_LOGGED_IN'],
  refused: [403, 'M_FORBIDDEN'],
  tooLarge: [413, 'M_TOO_LARGE'],
  format: [400, 'M_INVALID_PARAM'],
  gone: [404, 'M_NOT_FOUND'],
  config: [500, 'NET.WECHAT_BRIDGE.CONFIG'],
}
