import { peopleControl } from './control-people.ts'
import { roomControl } from './control-rooms.ts'
import { talkControl } from './control-talk.ts'
import type { Faults } from './faults.ts'
import { type Code, openCode, turn } from './login.ts'
import type { Control, Delivered } from './sandbox.ts'
import { endSession, online, type State } from './state.ts'
import { hasHeard } from './sync.ts'

/** What tests and the script do to the world; each act is done when its promise resolves. */
export function controlOf(state: State, faults: Faults): Control {
  const { world, watch } = state
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
    ...talkControl(state),
    ...peopleControl(state),
    ...roomControl(state),
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
    kick: async (code = 1101) => {
      const session = online(state)
      if (session) endSession(state, session, code)
    },
    fault: (fault) => faults.add(fault),
    mend: () => faults.clear(),
    delivered: () => state.delivered,
    waitDelivered: (fits, ms = MESSAGE_MS) =>
      need<Delivered>(() => state.delivered.find(fits), ms, 'a message of the bridge'),
    requests: () => state.seen,
    session: () => ({ online: online(state) !== undefined, logins: state.sessions.length }),
    settled: async (ms = MESSAGE_MS) => {
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

/** Codes run out: whoever takes one that is gone tries the next. */
const WAIT_MS = 15_000
/** What is under way arrives, however busy the machine is. */
const MESSAGE_MS = 60_000
