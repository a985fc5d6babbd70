import { person } from './cast.ts'
import type { Faults } from './faults.ts'
import { type Code, openCode, turn } from './login.ts'
import type { Control, Delivered, Who } from './sandbox.ts'
import { recallBy } from './send.ts'
import { endSession, online, type State } from './state.ts'
import { hasHeard } from './sync.ts'
import type { Body } from './world.ts'

/** What tests and the script do to the world; each act is done when its promise resolves. */
export function controlOf(state: State, faults: Faults): Control {
  const { world, watch } = state
  const tell = async (chat: Who, from: Who | undefined, body: Body) =>
    world.tell(chat, from, body).id
  const end = async (to: Code['state']) => {
    const code = await need(() => openCode(state), WAIT_MS, 'a login code')
    turn(state, code, code.state, to)
  }
  async function need<T>(ask: () => T | undefined, ms: number, what: string): Promise<T> {
    const found = await watch.until(ask, ms)
    if (found === undefined) throw new Error(`The sandbox waited ${ms} ms for ${what} in vain.`)
    return found
  }
  const waiting = () => {
    const code = openCode(state)
    return code?.state === 'waiting' ? code : undefined
  }
  return {
    code: async () => (await need(waiting, WAIT_MS, 'a login code')).uuid,
    scan: async () => {
      turn(state, await need(waiting, WAIT_MS, 'a login code'), 'waiting', 'scanned')
    },
    confirm: async () => {
      const code = await need(() => openCode(state), WAIT_MS, 'a login code')
      turn(state, code, 'waiting', 'scanned')
      turn(state, code, 'scanned', 'confirmed')
    },
    cancel: () => end('cancelled'),
    expireCode: () => end('expired'),
    say: async (from, text, group) =>
      tell(chatOf(state, from, group), from, { kind: 'text', text }),
    picture: async (from, bytes, group) =>
      tell(chatOf(state, from, group), from, { kind: 'picture', bytes }),
    phoneSay: (to, text) => tell(to, 'me', { kind: 'text', text }),
    phonePicture: (to, bytes) => tell(to, 'me', { kind: 'picture', bytes }),
    system: (chat, text) => tell(chat, undefined, { kind: 'system', text }),
    recall: async (msgId, by) => {
      const speaker = by === 'phone' ? 'me' : (by ?? world.message(msgId).from)
      if (speaker === undefined) throw new Error('Nobody said that, so nobody can recall it.')
      return recallBy(state, msgId, speaker)
    },
    inject: async (raw, bytes) => {
      const id = raw.MsgId === undefined ? undefined : String(raw.MsgId)
      const { chat, from } = endsOf(state, raw)
      const fields = { FromUserName: `<${chat}>`, ToUserName: '<me>', ...raw }
      const message = world.make(chat, from, { kind: 'raw', fields }, id, bytes)
      world.happen({ kind: 'message', message })
      return message.id
    },
    repeat: async (msgId) => world.happen({ kind: 'message', message: world.message(msgId) }),
    kick: async (code = 1101) => {
      const session = online(state)
      if (session) endSession(state, session, code)
    },
    rename: async (who, name) => {
      world.figure(who).name = name
      world.happen(who === 'me' ? { kind: 'profile' } : { kind: 'contact', who })
    },
    addFriend: async (who, name) => {
      if (world.figures.has(who)) throw new Error(`${who} is in the sandbox already.`)
      world.figures.set(who, person('friend', who, name, {}))
      world.happen({ kind: 'contact', who })
    },
    fault: (fault) => faults.add(fault),
    delivered: () => state.delivered,
    waitDelivered: (fits, ms = WAIT_MS) =>
      need<Delivered>(() => state.delivered.find(fits), ms, 'a message of the bridge'),
    requests: () => state.seen,
    session: () => ({ online: online(state) !== undefined, logins: state.sessions.length }),
    settled: async (ms = WAIT_MS) => {
      const length = world.log.length
      const settled = () => {
        const session = online(state)
        return session?.polled && hasHeard(state, session, length) ? true : undefined
      }
      await need(settled, ms, 'a client that has everything')
    },
    userName: (who) => {
      const session = state.sessions.at(-1)
      if (!session) throw new Error('Nobody has logged in yet, so nobody has a UserName.')
      world.figure(who)
      return session.nameOf(who)
    },
  }
}

function chatOf(state: State, from: Who, group: Who | undefined): Who {
  state.world.figure(from)
  if (group === undefined) return from
  if (!state.world.group(group).members.some((member) => member.who === from))
    throw new Error(`${from} is not in ${group}.`)
  return group
}

/** Which chat a raw message belongs to and who said it, as far as its `<who>` names tell. */
function endsOf(state: State, raw: Readonly<Record<string, unknown>>): { chat: Who; from?: Who } {
  const known = (value: unknown) => {
    const who = /^<([\w-]+)>/.exec(String(value ?? ''))?.[1]
    return who !== undefined && state.world.figures.has(who) ? who : undefined
  }
  const sender = raw.FromUserName === undefined ? 'lin' : known(raw.FromUserName)
  if (sender === 'me') return { chat: known(raw.ToUserName) ?? 'me', from: 'me' }
  const chat = sender ?? 'lin'
  const from = state.world.figure(chat).kind === 'group' ? known(raw.Content) : chat
  return from === undefined ? { chat } : { chat, from }
}

const WAIT_MS = 15_000
