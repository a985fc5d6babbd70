import { isIn } from './cast.ts'
import { startLife } from './life.ts'
import { recallBy } from './recalls.ts'
import { saidIn } from './said.ts'
import type { Control, Who } from './sandbox.ts'
import { online, type State } from './state.ts'
import type { Body } from './world.ts'

type Talk = Pick<
  Control,
  | 'say'
  | 'picture'
  | 'phoneSay'
  | 'phonePicture'
  | 'share'
  | 'phoneShare'
  | 'phoneRead'
  | 'phoneEnter'
  | 'system'
  | 'recall'
  | 'inject'
  | 'repeat'
  | 'swap'
  | 'live'
  | 'said'
>

/** What people and the phone say. */
export function talkControl(state: State): Talk {
  const { world } = state
  const tell = async (chat: Who, from: Who | undefined, body: Body) =>
    world.tell(chat, from, body).id
  const talk: Talk = {
    say: async (from, text, group) =>
      tell(chatOf(state, from, group), from, { kind: 'text', text }),
    picture: async (from, bytes, group) =>
      tell(chatOf(state, from, group), from, { kind: 'picture', bytes }),
    phoneSay: (to, text) => tell(to, 'me', { kind: 'text', text }),
    phonePicture: (to, bytes) => tell(to, 'me', { kind: 'picture', bytes }),
    share: async (from, what, group) =>
      tell(chatOf(state, from, group), from, { kind: 'shared', what }),
    phoneShare: (to, what) => tell(to, 'me', { kind: 'shared', what }),
    phoneRead: (chat) => tell(chat, 'me', { kind: 'notify', code: 1 }),
    phoneEnter: (chat) => tell(chat, 'me', { kind: 'notify', code: 2 }),
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
      const message = world.make(chat, from, { kind: 'raw', fields }, { id, bytes })
      world.happen({ kind: 'message', message })
      return message.id
    },
    repeat: async (msgId) => world.happen({ kind: 'message', message: world.message(msgId) }),
    swap: async (first, second) => {
      const places = [first, second].map((id) =>
        world.log.findLastIndex((item) => item.kind === 'message' && item.message.id === id),
      )
      const [one = -1, other = -1] = places
      const heard = online(state)?.heard ?? 0
      if (Math.min(one, other) < heard) throw new Error('The client has heard them already.')
      const [before, after] = [world.log[one], world.log[other]]
      if (!before || !after) throw new Error('Nobody said that.')
      world.log[one] = after
      world.log[other] = before
    },
    live: (plan) => startLife(state, talk, plan),
    said: () => saidIn(world),
  }
  return talk
}

/** The chat someone speaks in. */
function chatOf(state: State, from: Who, group: Who | undefined): Who {
  state.world.figure(from)
  if (group === undefined) return from
  const room = state.world.group(group)
  if (!isIn(room, from)) throw new Error(`${from} is not in ${group}.`)
  if (!isIn(room, 'me')) throw new Error(`The owner is not in ${group} and hears nothing of it.`)
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
