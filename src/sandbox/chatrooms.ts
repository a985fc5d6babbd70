import { byBase } from './admit.ts'
import { type Group, isIn } from './cast.ts'
import { wireMember } from './contact-wire.ts'
import { type Answer, bodyOf, type Call, param, record, ret } from './http.ts'
import { join, leave, makeGroup, renameGroup } from './rooms.ts'
import type { Who } from './sandbox.ts'
import type { Session } from './session.ts'
import type { State } from './state.ts'

/** `webwxcreatechatroom`: with at least two friends (protocol §3.13). */
export function createChatroom(state: State, call: Call): Answer {
  const body = bodyOf(call)
  const session = byBase(state, call, body)
  if (typeof session === 'number') return ret(session)
  const { world } = state
  const list: readonly unknown[] = Array.isArray(body?.MemberList) ? body.MemberList : []
  const members = list.map((item) => session.whoOf(record(item)?.UserName))
  const known = members.filter((who): who is Who => who !== undefined)
  if (list.length < 2 || Number(body?.MemberCount) !== list.length) return ret(1)
  if (known.length < list.length || known.some((who) => world.figure(who).kind !== 'friend'))
    return ret(-1)
  const joining = known.filter((who) => !world.person(who).cut)
  state.rooms += 1
  const room = makeGroup(world, `room${state.rooms}`, String(body?.Topic ?? ''), [], {})
  join(world, room.who, joining, 'me')
  return ret(0, 'Everything is OK', {
    Topic: room.name,
    PYInitial: '',
    QuanPin: '',
    MemberCount: known.length,
    MemberList: known.map((who) => ({
      ...wireMember(world, session, { who, display: '' }),
      // 4: they deleted the owner and cannot be added (protocol §3.13).
      MemberStatus: joining.includes(who) ? 0 : 4,
    })),
    ChatRoomName: session.nameOf(room.who),
    BlackList: '',
  })
}

/** `webwxupdatechatroom`: members in and out, the topic, and out oneself, by `fun` (protocol §3.13). */
export function updateChatroom(state: State, call: Call): Answer {
  const body = bodyOf(call)
  const session = byBase(state, call, body)
  if (typeof session === 'number') return ret(session)
  const room = session.whoOf(body?.ChatRoomName)
  const figure = room === undefined ? undefined : state.world.figure(room)
  if (figure?.kind !== 'group') return ret(-1)
  const code = isIn(figure, 'me') ? update(state, session, figure, call, body ?? {}) : 1204
  return ret(code, '', { MemberCount: 0, MemberList: [] })
}

function update(
  state: State,
  session: Session,
  room: Group,
  call: Call,
  body: Readonly<Record<string, unknown>>,
): number {
  const { world } = state
  switch (param(call, 'fun')) {
    case 'addmember': {
      const size = room.members.length + namesIn(body.AddMemberList).length
      if (size >= state.options.inviteStartCount) return 1
      return add(state, session, room, body.AddMemberList)
    }
    case 'invitemember':
      return add(state, session, room, body.InviteMemberList)
    case 'delmember': {
      if (room.owner !== 'me') return 1204
      const going = namesIn(body.DelMemberList).map((name) => session.whoOf(name))
      const known = going.filter((who): who is Who => who !== undefined && isIn(room, who))
      if (known.length === 0 || known.length < going.length || known.includes('me')) return 1
      for (const who of known) leave(world, room.who, who, 'me')
      return 0
    }
    case 'modtopic': {
      const topic = body.NewTopic
      if (typeof topic !== 'string' || Buffer.byteLength(topic) > TOPIC_BYTES) return 1
      renameGroup(world, room.who, topic, 'me')
      return 0
    }
    case 'quitchatroom':
      leave(world, room.who, 'me')
      return 0
    default:
      return 1
  }
}

/** Only friends can be brought in; those who are in already do not come again. */
function add(state: State, session: Session, room: Group, list: unknown): number {
  const coming = namesIn(list).map((name) => session.whoOf(name))
  const known = coming.filter((who): who is Who => who !== undefined)
  if (known.length === 0 || known.length < coming.length) return 1
  if (known.some((who) => state.world.figure(who).kind !== 'friend')) return 1204
  const fresh = known.filter((who) => !isIn(room, who) && !state.world.person(who).cut)
  if (fresh.length > 0) join(state.world, room.who, fresh, 'me')
  return 0
}

/** A list of UserNames as this call has it: with commas. */
function namesIn(list: unknown): readonly string[] {
  return typeof list === 'string' ? list.split(',').filter(Boolean) : []
}

const TOPIC_BYTES = 32
