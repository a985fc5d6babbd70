import { byBase } from './admit.ts'
import { type Answer, bodyOf, type Call, record, ret } from './http.ts'
import { befriend, note } from './people.ts'
import type { Who } from './sandbox.ts'
import type { Session } from './session.ts'
import type { State } from './state.ts'
import { ticketOf } from './wire.ts'

/** `webwxoplog`: a remark, or a pin that takes the remark along (protocol §3.11, §10 trap 45). */
export function oplog(state: State, call: Call): Answer {
  const body = bodyOf(call)
  const session = byBase(state, call, body)
  if (typeof session === 'number') return ret(session)
  const who = session.whoOf(body?.UserName)
  if (who === undefined) return ret(-1)
  const { kind } = state.world.figure(who)
  if (kind === 'me' || kind === 'stranger') return ret(1)
  const remark = typeof body?.RemarkName === 'string' ? body.RemarkName : undefined
  if (body?.CmdId === 2) {
    if (remark === undefined || kind === 'group') return ret(1)
    note(state.world, who, { remark })
    return ret(0)
  }
  if (body?.CmdId !== 3 || (body.OP !== 0 && body.OP !== 1)) return ret(1)
  note(state.world, who, { pinned: body.OP === 1, remark: remark ?? '' })
  return ret(0)
}

/** `webwxverifyuser`: asks to be a friend (2, 1), or accepts who asked, by the ticket (3) (protocol §3.12). */
export function verifyUser(state: State, call: Call): Answer {
  const body = bodyOf(call)
  const session = byBase(state, call, body)
  if (typeof session === 'number') return ret(session)
  const list: readonly unknown[] = Array.isArray(body?.VerifyUserList) ? body.VerifyUserList : []
  const scenes: readonly unknown[] = Array.isArray(body?.SceneList) ? body.SceneList : []
  if (body?.skey !== session.skey || Number(body.VerifyUserListSize) !== list.length) return ret(1)
  if (list.length === 0 || Number(body.SceneListCount) !== scenes.length || scenes[0] !== 33)
    return ret(1)
  const asked = list.map((item) => verified(session, item))
  if (asked.some((entry) => entry === undefined)) return ret(-1)
  for (const entry of asked) {
    const code = entry && act(state, body.Opcode, entry, String(body.VerifyContent ?? ''))
    if (code) return ret(code)
  }
  return ret(0)
}

interface Verified {
  readonly who: Who
  readonly ticket: string
}

function verified(session: Session, item: unknown): Verified | undefined {
  const entry = record(item)
  const who = session.whoOf(entry?.Value)
  return who === undefined ? undefined : { who, ticket: String(entry?.VerifyUserTicket ?? '') }
}

function act(state: State, opcode: unknown, { who, ticket }: Verified, greeting: string): number {
  const figure = state.world.figure(who)
  if (figure.kind === 'group' || figure.kind === 'me') return 1
  if (opcode === 1 || opcode === 2) {
    state.asked.push({ who, greeting })
    state.watch.ring()
    return 0
  }
  // The empty ticket some clients send accepts nobody (trap 46).
  if (opcode !== 3 || ticket !== ticketOf(state.world, who) || !state.requested.has(who)) return 1
  if (figure.kind !== 'friend') befriend(state.world, who)
  return 0
}
