import type { Homeserver } from './homeserver.ts'
import { path } from './homeserver.ts'
import { type RoomEvent, roomEvent } from './ingress.ts'
import { text } from './json.ts'

/** How far back is read: who upgrades a room has not said much in it before the bot is there. */
const most = 500
const page = 100

/**
 * What was said in a room before the bot came into it, oldest first: the homeserver tells an application service only
 * what happens where its users are. Nothing where the bot is not there, or came too long ago.
 */
export async function saidBefore(
  homeserver: Homeserver,
  room: string,
  bot: string,
  signal: AbortSignal,
): Promise<readonly RoomEvent[]> {
  const found: RoomEvent[] = []
  let hasCome = false
  let from: string | undefined
  for (let read = 0; read < most; read += page) {
    const where = path`/_matrix/client/v3/rooms/${room}/messages`
    const query = { dir: 'b', limit: page, ...(from !== undefined && { from }) }
    const call = { method: 'GET', path: where, query, what: 'read what was said before' } as const
    const answer = await homeserver.call(call, signal)
    const chunk: readonly unknown[] = Array.isArray(answer.chunk) ? answer.chunk : []
    for (const raw of chunk) {
      const event = roomEvent(raw, 0)
      if (!event) continue
      if (hasCome) found.unshift(event)
      else hasCome = event.stateKey === bot && event.content.membership === 'join'
    }
    from = text(answer.end)
    if (from === undefined || chunk.length === 0) break
  }
  return hasCome ? found : []
}
