import { timingSafeEqual } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { answer, digest } from './front.ts'
import { listen } from './listener.ts'

/** Stands where the bridge would listen, to be pinged. */
export interface PingAnswerer {
  /** `other`: a request of a homeserver came, but not with our hs_token. */
  readonly heard: 'nothing' | 'ours' | 'other'
  close(): Promise<void>
}

/**
 * Answers a homeserver's ping while no bridge runs, and nothing else: it must not take a transaction that nobody keeps.
 * Rejects with a BridgeError (`config`) when the address cannot be had.
 */
export async function answerPings(
  at: { readonly host: string; readonly port: number },
  hsToken: string,
): Promise<PingAnswerer> {
  let heard: PingAnswerer['heard'] = 'nothing'
  const proof = digest(hsToken)
  const handle: RequestListener = (request, response) => {
    request.resume()
    const shown = /^Bearer (.*)$/i.exec(request.headers.authorization ?? '')?.[1]
    if (shown === undefined || !timingSafeEqual(digest(shown), proof)) {
      // Whoever shows nothing is no homeserver.
      if (shown !== undefined && heard === 'nothing') heard = 'other'
      const error = 'The hs_token is missing or wrong.'
      return answer(response, shown === undefined ? 401 : 403, { errcode: 'M_FORBIDDEN', error })
    }
    heard = 'ours'
    const isPing =
      request.method === 'POST' && request.url?.split('?')[0] === '/_matrix/app/v1/ping'
    if (isPing) return answer(response, 200, {})
    answer(response, 503, { errcode: 'M_UNKNOWN', error: 'The bridge is not running.' })
  }
  const listening = await listen(at, handle)
  return {
    get heard() {
      return heard
    },
    close: () => listening.close(),
  }
}
