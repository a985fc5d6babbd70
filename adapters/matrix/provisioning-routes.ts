import { type ChatId, chatId, type RoomId, roomId } from '../../src/core/ids.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { ProvisionedChat, Provisioning } from '../../src/ports/provisioning.ts'
import type { Login } from '../../src/ports/wechat.ts'
import { sha256 } from './ids.ts'
import type { Json } from './json.ts'
import type { Level } from './permissions.ts'
import { throughDoor } from './provisioning-door.ts'
import { flagOf, needed, numberOf, Refusal } from './provisioning-request.ts'

/** A request that was let in. */
export interface Asked {
  readonly user: string
  readonly level: Level
  readonly about: Json
  /** What stands in the path at the places of a route that are not fixed. */
  readonly words: readonly string[]
  readonly query: URLSearchParams
  readonly body: Json
  readonly clock: Clock
  readonly signal: AbortSignal
  roomOwner(room: string): Promise<string | undefined>
  isIn(user: string, room: string): Promise<boolean>
}

export interface Route {
  readonly words: readonly string[]
  /** Is a bridge made for somebody who may have one and has none yet? */
  readonly mayBegin: boolean
  answer(asked: Asked, theirs: Provisioning | undefined): Promise<Json>
}

type Answering = (asked: Asked, theirs: Provisioning) => Promise<Json>

const waitMs = 30_000
/** A code takes WeChat a moment. */
const firstMs = 10_000
const mostChats = 200
const scanned = 1_000

/** The route of a request. Throws a Refusal: there is none, or not for this method. */
export function routeOf(method: string, pathname: string): Route {
  const path = /^\/_matrix\/provision\/v[13]\/(.*?)\/?$/.exec(pathname)?.[1]
  const said = path?.split('/') ?? []
  const there = routes.filter(({ form }) => fits(form, said))
  const route = there.find((each) => each.methods.includes(method))
  if (route) {
    const words = said.filter((_, at) => route.form[at] === '*').map(decoded)
    return { words, mayBegin: route.mayBegin === true, answer: route.answer }
  }
  if (there.length === 0) throw new Refusal(404, 'M_UNRECOGNIZED', 'There is nothing here.')
  const known = there.flatMap(({ methods }) => methods).join(', ')
  throw new Refusal(405, 'M_UNRECOGNIZED', `This takes ${known} only.`)
}

interface Known {
  readonly methods: readonly string[]
  readonly form: readonly string[]
  readonly mayBegin?: true
  answer(asked: Asked, theirs: Provisioning | undefined): Promise<Json>
}

/** What needs the person's bridge. */
const at = (
  methods: readonly string[],
  form: string,
  answer: Answering,
  mayBegin?: true,
): Known => ({
  methods,
  form: form.split('/'),
  ...(mayBegin && { mayBegin }),
  async answer(asked, theirs) {
    if (theirs) return answer(asked, throughDoor(asked, theirs))
    const error = 'This user has no bridge here yet: begin with POST login/start/qr.'
    throw new Refusal(404, 'M_NOT_FOUND', error)
  },
})

const whoami: Known = {
  methods: ['GET'],
  form: ['whoami'],
  answer: async ({ user, level, about }, theirs) => ({
    ...about,
    user_id: user,
    level,
    login: theirs ? shown(theirs.login()) : null,
    ...severalDoors(theirs),
  }),
}

/** How each of several doors stands; nothing where there is one. */
function severalDoors(theirs: Provisioning | undefined): Json {
  const doors = theirs?.doors?.() ?? []
  return doors.length > 1
    ? { doors: doors.map(({ id, login }) => ({ door: id, ...shown(login) })) }
    : {}
}

const routes: readonly Known[] = [
  whoami,
  at(['POST'], 'login/start/qr', begin, true),
  at(['GET', 'POST'], 'login/wait', next),
  at(['POST'], 'logout', logout),
  at(['GET'], 'chats', (asked, theirs) => list(asked, theirs, () => true)),
  at(['GET'], 'contacts', (asked, theirs) => list(asked, theirs, ({ kind }) => kind === 'friend')),
  at(['POST'], 'create_dm/*', async (asked, theirs) => ({
    room_id: await theirs.link(chatIn(asked), undefined, asked.signal),
  })),
  at(['PUT'], 'link/*', async (asked, theirs) => ({
    room_id: await theirs.link(
      chatIn(asked),
      await shared(asked, asked.body.room_id),
      asked.signal,
    ),
  })),
  at(['DELETE'], 'link/*', async (asked, theirs) => {
    const room = await own(asked, asked.words[0])
    if (await theirs.unlink(room, asked.signal)) return {}
    throw new Refusal(404, 'M_NOT_FOUND', 'This room shows no chat.')
  }),
]

async function begin(asked: Asked, theirs: Provisioning): Promise<Json> {
  const before = theirs.login()
  if (before.state === 'online') {
    const error = 'This user is logged in to WeChat; log out first.'
    throw new Refusal(409, 'NET.WECHAT_BRIDGE.LOGGED_IN', error)
  }
  const acceptRisk = flagOf(asked.body, 'accept_risk')
  const code = flagOf(asked.body, 'code')
  const { verify } = asked.body
  const isBegun = theirs.begin({
    ...(acceptRisk && { acceptRisk }),
    ...(code && { code }),
    ...(verify !== undefined && { verify: needed(verify, 'verify', 20) }),
  })
  // One that is under way is as good as one that begins.
  if (isBegun || before.state !== 'offline')
    return shown(await later(asked, theirs, before, firstMs))
  const now = theirs.login()
  if (now.state !== 'offline') return shown(now)
  if (now.reason === 'starting') return shown(await later(asked, theirs, now, firstMs))
  const [errcode, error] =
    now.reason === 'risk'
      ? [
          'NET.WECHAT_BRIDGE.RISK',
          'Web login may cost the account. Show docs/wechat-web.md to the person; if they want it all the same, ' +
            'say {"accept_risk": true}.',
        ]
      : ['NET.WECHAT_BRIDGE.CANNOT_LOG_IN', 'No login can begin now; "login" says why.']
  throw new Refusal(409, errcode, error, { login: shown(now) })
}

async function next(asked: Asked, theirs: Provisioning): Promise<Json> {
  const said = asked.query.get('since') ?? asked.body.since
  const since = said === undefined ? undefined : needed(said, 'since', 64)
  const now = theirs.login()
  if (since !== nameOf(now)) return shown(now)
  return shown(await later(asked, theirs, now, waitMs, true))
}

/** The state that follows, or the same one when the time is over. `begin` has it already if it was quick. */
async function later(
  asked: Asked,
  theirs: Provisioning,
  since: Login,
  ms: number,
  isSame = false,
): Promise<Login> {
  if (!isSame && since.state !== 'offline') return theirs.login()
  const over = new AbortController()
  const signal = AbortSignal.any([asked.signal, over.signal])
  const end = () => over.abort(new Error('The time is over.'))
  const timer = asked.clock.sleep(ms, signal).then(end, () => {})
  try {
    return await theirs.nextLogin(since, signal)
  } finally {
    end()
    await timer
  }
}

async function logout(asked: Asked, theirs: Provisioning): Promise<Json> {
  return { logged_out: await theirs.logout(asked.signal) }
}

/** A page; `next_offset` as long as there may be more. */
async function list(
  asked: Asked,
  theirs: Provisioning,
  isAsked: (chat: ProvisionedChat) => boolean,
): Promise<Json> {
  const limit = numberOf(asked.query, 'limit', { most: mostChats, fallback: 50 })
  let offset = numberOf(asked.query, 'offset', { most: 1_000_000, fallback: 0 })
  const words = (asked.query.get('q') ?? '').slice(0, 200)
  const found: Json[] = []
  for (const end = offset + scanned; limit > 0 && found.length < limit && offset < end; ) {
    const page = await theirs.chats(words, limit, offset)
    if (page.length === 0) return { chats: found }
    for (const chat of page) {
      offset++
      if (isAsked(chat)) found.push(chatShown(chat))
      if (found.length === limit) break
    }
  }
  return { chats: found, next_offset: offset }
}

const chatShown = ({ chat, kind, name, portal, room }: ProvisionedChat): Json => ({
  chat_id: chat,
  kind,
  name,
  ...(portal !== undefined && { portal_id: portal }),
  ...(room !== undefined && { room_id: room }),
})

const chatIn = ({ words }: Asked): ChatId => chatId(needed(words[0], 'chat_id'))

/** A room of this person, or of nobody yet: never one of somebody else's. */
async function own({ user, roomOwner }: Asked, said: unknown): Promise<RoomId> {
  const room = needed(said, 'room_id', 255)
  if (!/^![^\s\p{C}]+$/u.test(room)) {
    const error = '"room_id" must be the id of a room, like !abc:example.org, not an alias.'
    throw new Refusal(400, 'M_INVALID_PARAM', error)
  }
  const owner = await roomOwner(room)
  if (owner === undefined || owner === user) return roomId(room)
  throw new Refusal(403, 'M_FORBIDDEN', 'This room belongs to another person of this bridge.')
}

/** The same, and they are in it: a chat is not shown to others alone. */
async function shared(asked: Asked, said: unknown): Promise<RoomId> {
  const room = await own(asked, said)
  if (await asked.isIn(asked.user, room)) return room
  const error = 'Both this user and the bot of the bridge must be in the room.'
  throw new Refusal(403, 'M_FORBIDDEN', error)
}

/** A login as it is told. `state_id` names this very state, to wait for the next one. */
function shown(login: Login): Json {
  const state_id = nameOf(login)
  switch (login.state) {
    case 'scan':
      return { state: 'scan', state_id, qr: login.qr, attempt: login.attempt }
    case 'scanned':
      return { state: 'scanned', state_id, ...(login.verify && { verify: true }) }
    case 'online':
      return {
        state: 'online',
        state_id,
        account_id: login.account,
        name: login.me.name,
      }
    case 'offline':
      return {
        state: 'offline',
        state_id,
        reason: login.reason,
        can_log_in: login.relogin,
        ...(login.detail !== undefined && { detail: login.detail }),
      }
  }
}

const nameOf = (login: Login): string => sha256(JSON.stringify(login)).slice(0, 16)

const fits = (form: readonly string[], said: readonly string[]): boolean =>
  form.length === said.length && form.every((part, at) => part === '*' || part === said[at])

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new Refusal(400, 'M_INVALID_PARAM', 'The path is not escaped as paths are.')
  }
}
