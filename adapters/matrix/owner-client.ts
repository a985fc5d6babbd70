import { type Dispatcher, request } from 'undici'
import { type Doing, statusOf, toBridgeError } from './errors.ts'
import { type Call, interrupted } from './homeserver.ts'
import { type Json, parse, record, text } from './json.ts'

/** How a token lets the bridge act as the owner: it is theirs, or that of an application service that may. */
export type Acting = 'owner' | 'appservice'

export interface OwnerClientOptions {
  /** Where the client-server API is. */
  readonly url: string
  readonly owner: string
  readonly token: string
  readonly acting: Acting
}

/** A call of the client-server API with a token that is not the bridge's own. Throws BridgeErrors without it. */
export type OwnerClient = (call: Omit<Call, 'as'>, signal: AbortSignal) => Promise<Json>

const timeoutMs = 60_000

/** The client-server API as the owner. matrix-bot-sdk would hold the token where its log can reach it. */
export function createOwnerClient(options: OwnerClientOptions): OwnerClient {
  const headers = {
    authorization: `Bearer ${options.token}`,
    'content-type': 'application/json',
  }
  return async (call, signal) => {
    const query = {
      ...call.query,
      ...(options.acting === 'appservice' && { user_id: options.owner }),
    }
    try {
      const answer = await request(options.url + call.path, {
        method: call.method,
        headers,
        query,
        ...(hasBody(call) && { body: JSON.stringify(call.body ?? {}) }),
        signal,
        headersTimeout: timeoutMs,
        bodyTimeout: timeoutMs,
      })
      return await read(answer, call)
    } catch (thrown) {
      throw signal.aborted ? interrupted(call, thrown) : toBridgeError(thrown, call)
    }
  }
}

/** Whom a token speaks for; undefined: the homeserver does not take it (for the owner). Throws BridgeErrors. */
export async function whoIs(
  options: OwnerClientOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const call = {
    method: 'GET',
    path: '/_matrix/client/v3/account/whoami',
    what: 'ask whom a token belongs to',
  } as const
  try {
    return text((await createOwnerClient(options)(call, signal)).user_id)
  } catch (error) {
    if (isUnknownToken(error) || statusOf(error) === 403) return undefined
    throw error
  }
}

/** The homeserver does not know the token (any more). */
export const isUnknownToken = (error: unknown): boolean => statusOf(error) === 401

async function read({ statusCode, body }: Dispatcher.ResponseData, doing: Doing): Promise<Json> {
  const json = record(parse(await body.text()))
  if (statusCode === 200 && json) return json
  const { errcode, error, retry_after_ms: retryAfterMs } = json ?? {}
  // In the shape of matrix-bot-sdk's errors, which is what `toBridgeError` reads.
  const said = { statusCode: statusCode === 200 ? 502 : statusCode, errcode, error, retryAfterMs }
  throw toBridgeError(Object.assign(new Error('refused'), said), doing)
}

const hasBody = ({ method }: Pick<Call, 'method'>) => method !== 'GET' && method !== 'DELETE'
