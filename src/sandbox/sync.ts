import { byBase, byQuery } from './admit.ts'
import { isIn } from './cast.ts'
import { wireContact } from './contact-wire.ts'
import { keys } from './contacts.ts'
import { type Answer, bodyOf, type Call, json, record, ret, script } from './http.ts'
import type { Who } from './sandbox.ts'
import type { Key, Session } from './session.ts'
import type { State } from './state.ts'
import { wireName } from './text.ts'
import { wireMessage } from './wire.ts'
import type { Happening, World } from './world.ts'

/** `synccheck`: held until something happens, or for holdMs (protocol §4.2). */
export async function syncCheck(state: State, call: Call): Promise<Answer> {
  const session = byQuery(state, call)
  if (typeof session === 'number') return checked(session, 0)
  const given = call.query.get('synckey') ?? ''
  const asked = session.placeOf(
    given.split('|').map((pair) => {
      const [Key = Number.NaN, Val = Number.NaN] = pair.split('_').map(Number)
      return { Key, Val }
    }),
  )
  // A SyncKey where the SyncCheckKey belongs never rests: such clients spin on the real server too.
  if (!asked || (asked.kind === 'sync' && session.synced)) return checked(0, 2)
  hear(state, session, asked.place)
  const news = () => {
    if (session.ended !== undefined) return checked(session.ended, 0)
    const next = state.world.log.slice(asked.place).find((happening) => isFor(session, happening))
    if (next) return checked(0, SELECTORS[next.kind])
    if (session.spins === 0) return undefined
    session.spins -= 1
    return checked(0, 2)
  }
  return (await state.watch.until(news, state.options.holdMs, call.signal)) ?? checked(0, 0)
}

/** `webwxsync`: everything after the given key, at most a batch; an old key gives it again (protocol §4.3). */
export function sync(state: State, call: Call): Answer {
  const body = bodyOf(call)
  const session = byBase(state, call, body)
  if (typeof session === 'number') return syncRefused(session)
  const list = record(body?.SyncKey)?.List
  const asked = session.placeOf(Array.isArray(list) ? list.map(toKey) : [])
  // The other key works on the real server for some clients; here it is found out.
  if (asked?.kind !== 'sync') return syncRefused(1)
  hear(state, session, asked.place)
  session.synced = true
  const { happenings, end } = batch(state, session, asked.place)
  const { world } = state
  const messages = happenings.flatMap((item) => (item.kind === 'message' ? [item.message] : []))
  const gone = whosOf(happenings, 'gone')
  // Who went and came back is not said to be gone; who came and went is nobody's contact.
  const changed = whosOf(happenings, 'contact')
  for (const who of gone) (isListed(world, who) ? gone : changed).delete(who)
  const more = world.log.slice(end).some((happening) => isFor(session, happening))
  return json({
    BaseResponse: { Ret: 0, ErrMsg: '' },
    AddMsgCount: messages.length,
    AddMsgList: messages.map((message) => wireMessage(world, session, message)),
    ModContactCount: changed.size,
    ModContactList: [...changed].map((who) => wireContact(world, session, who, true)),
    DelContactCount: gone.size,
    DelContactList: [...gone].map((who) => ({ UserName: session.nameOf(who), ContactFlag: 0 })),
    ModChatRoomMemberCount: 0,
    ModChatRoomMemberList: [],
    Profile: profile(
      state,
      happenings.some((item) => item.kind === 'profile'),
    ),
    ContinueFlag: more ? 1 : 0,
    SyncKey: keys(session.syncKey(end)),
    SKey: '',
    SyncCheckKey: keys(session.checkKey(end)),
  })
}

/** How webwxsync refuses: with keys of nothing, which must not be kept (protocol §10 trap 32). */
export function syncRefused(code: number): Answer {
  const none = keys([])
  return ret(code, '', { AddMsgCount: 0, AddMsgList: [], SyncKey: none, SyncCheckKey: none })
}

export function checked(retcode: number, selector: number): Answer {
  return script(`window.synccheck={retcode:"${retcode}",selector:"${selector}"}`)
}

/** Does the client of this session have everything that was there when the log was this long? */
export function hasHeard(state: State, session: Session, length: number): boolean {
  return !state.world.log.slice(session.heard, length).some((item) => isFor(session, item))
}

/** Asking with a key says that everything before it has arrived (protocol §4.1). */
function hear(state: State, session: Session, place: number): void {
  if (place <= session.heard && session.polled) return
  session.heard = Math.max(session.heard, place)
  session.polled = true
  state.watch.ring()
}

function batch(state: State, session: Session, from: number) {
  const happenings: Happening[] = []
  let end = from
  for (const happening of state.world.log.slice(from)) {
    if (happenings.length === BATCH) break
    if (isFor(session, happening)) happenings.push(happening)
    end += 1
  }
  return { happenings, end }
}

/** Whom the happenings of a kind are about. */
function whosOf(happenings: readonly Happening[], kind: 'contact' | 'gone'): Set<Who> {
  return new Set(happenings.flatMap((item) => (item.kind === kind ? [item.who] : [])))
}

/** Friends, official accounts, and groups the owner is in. */
function isListed(world: World, who: Who): boolean {
  const figure = world.figure(who)
  return figure.kind === 'group' ? isIn(figure, 'me') : figure.kind !== 'stranger'
}

function isFor(session: Session, happening: Happening): boolean {
  return happening.only === undefined || happening.only === session.number
}

function profile(state: State, changed: boolean) {
  return {
    BitFlag: changed ? 190 : 0,
    UserName: { Buff: '' },
    NickName: { Buff: changed ? wireName(state.world.figure('me').name) : '' },
    BindUin: 0,
    BindEmail: { Buff: '' },
    BindMobile: { Buff: '' },
    Status: 0,
    Sex: 0,
    PersonalCard: 0,
    Alias: '',
    HeadImgUpdateFlag: 0,
    HeadImgUrl: '',
    Signature: '',
  }
}

function toKey(value: unknown): Key {
  const key = record(value)
  return { Key: Number(key?.Key), Val: Number(key?.Val) }
}

const BATCH = 20
const SELECTORS = { message: 2, contact: 4, gone: 4, profile: 1 } as const
