import type { Homeserver } from './homeserver.ts'
import { record, text } from './json.ts'

/** The version that rooms will have: what is configured, or else what the homeserver says. Undefined: it does not say. */
export function createRoomVersion(homeserver: Homeserver, configured: string | undefined) {
  let known = configured
  return async (signal: AbortSignal): Promise<string | undefined> => {
    if (known !== undefined) return known
    const call = { method: 'GET', path: '/_matrix/client/v3/capabilities' } as const
    const answer = await homeserver
      .call({ ...call, what: 'ask what the homeserver can do' }, signal)
      .catch(() => undefined)
    known = text(record(record(answer?.capabilities)?.['m.room_versions'])?.default)
    return known
  }
}
