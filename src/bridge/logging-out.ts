import { backoff } from '../core/backoff.ts'
import type { Contact } from '../core/chat.ts'
import { management } from '../core/chat.ts'
import type { HubId, PortalId } from '../core/ids.ts'
import type { Login, WeChatConnector } from '../ports/wechat.ts'
import { say } from './notices.ts'
import type { Parts, Seat } from './parts.ts'
import type { Rooms } from './rooms.ts'

/** Ends the session because the person wants it, and what goes with that. */
export interface LoggingOut {
  /** False: nobody was logged in. Throws what the connector throws: then nothing else has happened. */
  logout(signal: AbortSignal): Promise<boolean>
  /** Somebody logged in: rooms are wanted again. */
  loggedIn(): void
}

/** A hub is asked so often; its rooms are not worth more. */
const tries = 8

/**
 * A session that ends by itself (a kick, or as it expired) is none of this: the person goes on with the rooms after the
 * next login.
 */
export function createLoggingOut(
  parts: Parts,
  connector: Pick<WeChatConnector, 'logout'>,
  login: () => Login,
  rooms: (hub: HubId) => Pick<Rooms, 'forget'> | undefined,
  stopping: AbortSignal,
): LoggingOut {
  const { store, clock, random, log } = parts
  let back = new AbortController()

  return {
    async logout(signal) {
      const before = login()
      const wasOne = await connector.logout(signal)
      if (wasOne && before.state === 'online') {
        back = new AbortController()
        const both = AbortSignal.any([stopping, back.signal])
        for (const seat of parts.seats) void cleared(seat, before.me, both)
      }
      return wasOne
    },
    loggedIn: () => back.abort(),
  }

  /** After a login the rooms are in use again: what is not gone by then stays. */
  async function cleared(seat: Seat, me: Contact, signal: AbortSignal): Promise<void> {
    const { adapter } = seat
    if (!adapter.loggedOut) return
    for (let attempt = 1; attempt <= tries && !signal.aborted; attempt++) {
      try {
        return await emptied(seat, await adapter.loggedOut(me, signal))
      } catch (error) {
        if (signal.aborted) return
        log.warn(
          { hub: adapter.id, error: String(error) },
          'rooms were not cleared after the logout',
        )
        await clock.sleep(backoff(attempt, random()), signal).catch(() => undefined)
      }
    }
  }

  async function emptied({ adapter }: Seat, gone: readonly PortalId[]): Promise<void> {
    const portals = await store.unit(async (unit) => {
      const found: PortalId[] = []
      for (const id of gone) {
        const portal = await unit.portal(id)
        if (portal?.hub !== adapter.id || portal.chat.id === management.id) continue
        await unit.unbindRoom(id)
        found.push(id)
      }
      if (found.length > 0) {
        const notice = { type: 'roomsCleared', count: found.length } as const
        const once = `${adapter.id}/${clock.now()}`
        await say(parts, unit, management, notice, once, undefined, { only: adapter.id })
      }
      return found
    })
    for (const id of portals) rooms(adapter.id)?.forget(id)
  }
}
