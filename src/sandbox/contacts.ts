import { byBase, byQuery, ticketFits } from './admit.ts'
import { type Figure, isIn } from './cast.ts'
import { wireContact } from './contact-wire.ts'
import { type Answer, bodyOf, type Call, json, record, ret } from './http.ts'
import type { Session } from './session.ts'
import type { State } from './state.ts'

/** `webwxinit`: self, the keys, and the recent chats (protocol §2.4). */
export function init(state: State, call: Call): Answer {
  const session = byBase(state, call, bodyOf(call))
  if (typeof session === 'number') return ret(session)
  const { world } = state
  const list = RECENT.filter((who) => {
    const figure = world.figures.get(who)
    return figure && inAddressBook(figure)
  })
  const hikers = isIn(world.group('hikers'), 'me') ? ['hikers'] : []
  return json({
    BaseResponse: { Ret: 0, ErrMsg: '' },
    Count: list.length,
    ContactList: list.map((who) => wireContact(world, session, who, false)),
    SyncKey: keys(session.syncKey(session.heard)),
    User: { ...wireContact(world, session, 'me', false), WebWxPluginSwitch: 0, HeadImgFlag: 1 },
    // hikers is named here and described nowhere: it has to be asked for.
    ChatSet: `${[...list, ...hikers, 'weixin'].map((who) => session.nameOf(who)).join(',')},`,
    SKey: session.skey,
    ClientVersion: 637931061,
    SystemTime: Math.floor(state.options.now() / 1000),
    GrayScale: 1,
    InviteStartCount: state.options.inviteStartCount,
    MPSubscribeMsgCount: 0,
    MPSubscribeMsgList: [],
    ClickReportInterval: 600000,
  })
}

/** `webwxstatusnotify`: code 1 marks a chat as read; code 3 makes the list of recent chats come as MsgType 51 (protocol §2.5, §5.8). */
export function statusNotify(state: State, call: Call): Answer {
  const body = bodyOf(call)
  const session = byBase(state, call, body)
  if (typeof session === 'number') return ret(session)
  if (body?.FromUserName !== session.nameOf('me') || !session.whoOf(body.ToUserName)) return ret(1)
  const { world } = state
  const read = body.Code === 1 && session.whoOf(body.ToUserName)
  if (read) {
    state.readMarks.push(read)
    state.watch.ring()
  }
  const message = world.make('me', 'me', { kind: 'recent' })
  if (body.Code === 3) world.happen({ kind: 'message', message, only: session.number })
  return ret(0, '', { MsgID: message.id })
}

/** `webwxgetcontact`: friends, official accounts and saved groups, in pages (protocol §3.5). */
export function getContact(state: State, call: Call): Answer {
  const session = byQuery(state, call)
  if (typeof session === 'number') return ret(session)
  if (!ticketFits(session, call.query.get('pass_ticket') ?? undefined)) return ret(-14)
  const all = [...state.world.figures.values()].filter(inAddressBook)
  const from = Number(call.query.get('seq') ?? 0)
  if (!Number.isInteger(from) || from < 0) return ret(1)
  // Small enough that everyone pages, yet never more than the sixteen pages a browser asks for.
  const size = Math.max(3, Math.ceil(all.length / 10))
  const page = all.slice(from, from + size)
  return json({
    BaseResponse: { Ret: 0, ErrMsg: '' },
    MemberCount: page.length,
    MemberList: page.map((figure) => wireContact(state.world, session, figure.who, false)),
    Seq: from + size < all.length ? from + size : 0,
  })
}

/** `webwxbatchgetcontact`: up to 50 rooms with their members, friends, and members of rooms (protocol §3.6). */
export function batchGetContact(state: State, call: Call): Answer {
  const body = bodyOf(call)
  const session = byBase(state, call, body)
  const none = { Count: 0, ContactList: [] }
  if (typeof session === 'number') return ret(session, '', none)
  const list = Array.isArray(body?.List) ? body.List : []
  if (list.length === 0 || list.length > 50 || Number(body?.Count) !== list.length)
    return ret(1, '', none)
  const found = list.flatMap((item: unknown) => {
    const asked = record(item)
    const who = session.whoOf(asked?.UserName)
    if (!who || !mayAsk(state, session, who, asked?.EncryChatRoomId)) return []
    return [wireContact(state.world, session, who, true)]
  })
  return ret(0, '', { Count: found.length, ContactList: found })
}

/** A list of keys as it stands in JSON. */
export function keys(list: readonly { readonly Key: number; readonly Val: number }[]) {
  return { Count: list.length, List: list }
}

function inAddressBook(figure: Figure): boolean {
  if (figure.kind === 'group') return figure.saved && isIn(figure, 'me')
  return figure.kind !== 'me' && figure.kind !== 'stranger'
}

/** Strangers are told of only to who names a room they share (its id, or its UserName as browsers do). */
function mayAsk(state: State, session: Session, who: string, room: unknown): boolean {
  const asked = state.world.figure(who)
  if (asked.kind === 'group') return isIn(asked, 'me')
  if (asked.kind !== 'stranger' || state.requested.has(who)) return true
  return [...state.world.figures.values()].some(
    (figure) =>
      figure.kind === 'group' &&
      (room === session.roomId(figure.who) || room === session.nameOf(figure.who)) &&
      isIn(figure, who),
  )
}

const RECENT = ['filehelper', 'lin', 'paper', 'family']
