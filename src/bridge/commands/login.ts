import type { Notice } from '../../core/notice.ts'
import type { OpenDoor } from '../doors.ts'
import { shutLines } from '../standings.ts'
import { doorLines } from './door-lines.ts'
import type { Reply, Tools, Verbs } from './verb.ts'
import { say } from './verb.ts'

const flags: ReadonlySet<string> = new Set(['yes', 'code'])

type What = Extract<Notice, { readonly type: 'whichDoor' }>['what']

/** Logging in and out, and how things stand. Where there is more than one door, what is not clear has to be named. */
export function loginVerbs(tools: Tools): Verbs {
  const { parts, doors, logout, shown, hubs, stopping } = tools
  const isOnly = doors.all.length === 1
  /** What is said of a door, where there are several. */
  const of = ({ id }: OpenDoor) => (isOnly ? {} : { door: id })

  return {
    login: {
      usage: isOnly ? 'login [yes] [code]' : 'login [DOOR] [yes] [code]',
      for: 'owner',
      async run({ words }) {
        const all = words.map((word) => word.toLowerCase())
        const given = new Set(all.filter((word) => flags.has(word)))
        const names = all.filter((word) => !flags.has(word))
        const door = chosen('login', names, ({ login }) => {
          const now = login()
          return now.state === 'offline' && (now.relogin || now.reason === 'risk')
        })
        if (door === 'usage' || isReply(door)) return door
        const now = door.login()
        const risk = now.state === 'offline' && now.reason === 'risk'
        if (risk && !given.has('yes')) return say({ type: 'risk', ...of(door) })
        if (now.state !== 'offline' || !(now.relogin || risk)) {
          return say({ type: 'nothingToDo', what: 'login', ...of(door) })
        }
        const options = {
          ...(given.has('yes') && { acceptRisk: true }),
          ...(given.has('code') && { code: true }),
        }
        const after = () => {
          shown.asked(door.id)
          door.connector.login(options)
        }
        return { said: { notice: { type: 'done', what: 'login', ...of(door) } }, after }
      },
    },

    code: {
      usage: isOnly ? 'code CODE' : 'code [DOOR] CODE',
      for: 'owner',
      async run({ words }) {
        const [verify] = words.slice(-1)
        if (verify === undefined) return 'usage'
        const names = words.slice(0, -1).map((word) => word.toLowerCase())
        const waits = ({ login }: OpenDoor) => {
          const now = login()
          return now.state === 'scanned' && now.verify === true
        }
        const door = chosen('code', names, waits)
        if (door === 'usage' || isReply(door)) return door
        if (!waits(door)) return say({ type: 'nothingToDo', what: 'code', ...of(door) })
        const after = () => void door.connector.login({ verify })
        return { said: { notice: { type: 'done', what: 'code', ...of(door) } }, after }
      },
    },

    logout: {
      usage: isOnly ? 'logout' : 'logout [DOOR]',
      for: 'owner',
      async run({ words }) {
        const isIn = ({ login, taken }: OpenDoor) =>
          login().state === 'online' || taken() !== undefined
        const names = words.map((word) => word.toLowerCase())
        const door = chosen('logout', names, isIn)
        if (door === 'usage' || isReply(door)) return door
        if (!isIn(door)) return say({ type: 'nothingToDo', what: 'logout', ...of(door) })
        const after = () => {
          logout(door, stopping).catch((error: unknown) => {
            const fields = { door: door.id, error: String(error) }
            parts.log.warn(fields, 'the logout was not confirmed by WeChat')
          })
        }
        return { said: { notice: { type: 'done', what: 'logout', ...of(door) } }, after }
      },
    },

    status: {
      usage: 'status',
      everywhere: true,
      async run({ unit, asked }) {
        const now = shown.now()
        const name = now.state === 'online' ? { name: now.me.name } : {}
        const depth = await unit.depth()
        const chats = await unit.countChats()
        const shut = asked.role === 'owner' ? shutLines(hubs.now()) : []
        const lines = shut.length > 0 && { hubs: shut }
        const each = !isOnly && { doors: await doorLines(unit, doors) }
        return say({
          type: 'status',
          state: now.state,
          ...name,
          chats,
          ...depth,
          ...lines,
          ...each,
        })
      },
    },

    doors: {
      usage: 'doors',
      for: 'owner',
      alone: true,
      async run({ unit, words }) {
        if (words.length) return 'usage'
        return say({ type: 'doors', doors: await doorLines(unit, doors) })
      },
    },
  }

  /** The door named; else the only one, or the only one it can mean. */
  function chosen(
    what: What,
    [name, ...more]: readonly string[],
    fits: (door: OpenDoor) => boolean,
  ): OpenDoor | Reply | 'usage' {
    if (more.length > 0) return 'usage'
    const all = doors.all.map(({ id }) => id)
    if (name !== undefined) {
      const door = doors.named(name)
      if (door) return door
      return isOnly ? 'usage' : say({ type: 'noDoor', door: name.slice(0, 40), doors: all })
    }
    if (isOnly) return doors.first
    const [door, ...others] = doors.all.filter(fits)
    if (!door) return say({ type: 'nothingToDo', what })
    if (others.length === 0) return door
    return say({ type: 'whichDoor', what, doors: [door, ...others].map(({ id }) => id) })
  }
}

const isReply = (found: OpenDoor | Reply): found is Reply => !('connector' in found)
