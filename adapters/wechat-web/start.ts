import type { Clock, Random } from '../../src/ports/clock.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import { Api, readContacts } from './api.ts'
import { readContact } from './contact.ts'
import { endOf, isOver, SessionEnd, WireFault } from './fault.ts'
import type { Wire } from './http.ts'
import { type Start, startOf } from './live.ts'
import type { LoggedIn } from './login.ts'
import { number, record, text } from './raw.ts'
import { readKey, type Session } from './session.ts'
import { backoff, type Timings } from './timings.ts'

/** A session that has begun: webwxinit answered, and the phone knows (protocol §2.4, §2.5). */
export interface Started {
  readonly api: Api
  readonly start: Start
}

const tries = 5

/** Begins the session the login gave. Throws {@link SessionEnd} when WeChat does not let it begin. */
export async function startSession(
  login: LoggedIn,
  parts: { wire: Wire; timings: Timings; clock: Clock; random: Random; log: Log },
  signal: AbortSignal,
): Promise<Started> {
  const { wire, timings, clock, random, log } = parts
  const api = new Api(newSession(login, wire), wire, timings, clock, random)
  for (let attempt = 1; ; attempt++) {
    try {
      const start = await initSession(api, signal)
      await notify(api, log, signal)
      return { api, start }
    } catch (thrown) {
      signal.throwIfAborted()
      if (!(thrown instanceof WireFault)) throw thrown
      log.warn({ fault: thrown.message, attempt }, 'The session did not begin')
      refuse(thrown, attempt)
    }
    await clock.sleep(backoff(timings, attempt, random), signal)
  }
}

/** A session as the ticket gives it; webwxinit has the rest. */
export function newSession(login: LoggedIn, wire: Wire): Session {
  return {
    ...login.ticket,
    hosts: login.hosts,
    cookies: wire.cookies,
    syncKey: { Count: 0, List: [] },
    checkKey: { Count: 0, List: [] },
    self: { UserName: '' },
  }
}

/** webwxinit (protocol §2.4): sets who one is and the keys. `inviteStart`: from which size groups want invitations. */
export async function initSession(api: Api, signal: AbortSignal): Promise<Start> {
  const answer = await api.init(signal)
  const self = readContact(record(answer.User))
  const key = readKey(answer.SyncKey)
  if (!self || !key) throw new WireFault('garbage', 'webwxinit')
  const { session } = api
  session.self = self
  session.syncKey = key
  session.checkKey = key
  session.skey = text(answer.SKey) || session.skey
  return startOf(
    readContacts(answer.ContactList),
    text(answer.ChatSet),
    number(answer.InviteStartCount),
  )
}

function refuse(fault: WireFault, attempt: number): void {
  const end = fault.ret === undefined ? undefined : endOf(fault.ret, fault.sentence)
  if (end) throw end
  if (fault.ret === 1205) {
    const detail =
      'WeChat says this account logs in too often. Wait some hours before the next try.'
    throw new SessionEnd('refused', { detail })
  }
  if (attempt < tries) return
  const detail = 'WeChat confirmed the login, but its server did not begin the session.'
  throw new SessionEnd('unreachable', { detail })
}

async function notify(api: Api, log: Log, signal: AbortSignal): Promise<void> {
  try {
    await api.notify(signal)
  } catch (thrown) {
    signal.throwIfAborted()
    if (!(thrown instanceof WireFault) || isOver(thrown)) throw thrown
    log.warn({ fault: thrown.message }, 'The phone was not told of the login')
  }
}
