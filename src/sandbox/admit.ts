import { type Call, param, record } from './http.ts'
import type { Session } from './session.ts'
import type { State } from './state.ts'

/** Whose call this is by its cookies, or the code it is refused with (protocol §1.5, §4.2). */
export function byCookies(state: State, call: Call): Session | number {
  const sid = call.cookies.get('wxsid')
  const uin = call.cookies.get('wxuin')
  if (!sid || !uin) return 1102
  const session = state.sessions.findLast((candidate) => candidate.sid === sid)
  if (!session) return 1100
  if (String(session.uin) !== uin) return 1102
  return session.ended ?? session
}

/** The same for a JSON call, which also needs the BaseRequest of its session (protocol §1.4). */
export function byBase(
  state: State,
  call: Call,
  body: Readonly<Record<string, unknown>> | undefined,
): Session | number {
  const session = byBaseAlone(state, call, body)
  if (typeof session === 'number') return session
  return ticketFits(session, param(call, 'pass_ticket')) ? session : -14
}

/** The same without a look at the ticket: some clients send the bare word instead (protocol §10 trap 84). */
export function byBaseAlone(
  state: State,
  call: Call,
  body: Readonly<Record<string, unknown>> | undefined,
): Session | number {
  const session = byCookies(state, call)
  if (typeof session === 'number') return session
  if (!body) return 1200
  const base = record(body.BaseRequest)
  if (!base) return 1
  if (String(base.Uin) !== String(session.uin) || base.Sid !== session.sid) return 1100
  return base.Skey === session.skey ? session : 1101
}

/** The same for a call that carries its credentials in the query. */
export function byQuery(state: State, call: Call): Session | number {
  const session = byCookies(state, call)
  if (typeof session === 'number') return session
  const { sid, uin, skey } = Object.fromEntries(call.query)
  if (sid !== undefined && sid !== session.sid) return 1100
  if (uin !== undefined && uin !== String(session.uin)) return 1100
  return skey === session.skey ? session : 1101
}

/** Clients encode the ticket once, twice or not at all; the server takes all of it (protocol §1.4). */
export function ticketFits(session: Session, ticket: string | undefined): boolean {
  if (ticket === undefined) return true
  let plain = ticket
  try {
    while (decodeURIComponent(plain) !== plain) plain = decodeURIComponent(plain)
  } catch {
    return false
  }
  return plain === session.passTicket
}
