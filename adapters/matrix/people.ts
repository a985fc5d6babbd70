import { BridgeError } from '../../src/core/errors.ts'
import type { Role } from '../../src/core/hub.ts'
import type { RoomId } from '../../src/core/ids.ts'
import { oneLine } from '../../src/core/one-line.ts'
import type { HubPeople, HubUser } from '../../src/ports/hub.ts'
import type { Vault } from '../../src/ports/vault.ts'
import { createInTurn } from './in-turn.ts'
import { parse, record, text } from './json.ts'
import { isUser } from './mentions-in.ts'
import type { Level } from './permissions.ts'

/** Who may do what in one person's rooms: kept in the vault. */
export interface People extends HubPeople {
  /** Before anything else is asked. */
  load(): Promise<void>
  roleOf(from: string, room: RoomId): Role | undefined
}

export interface PeopleParts {
  readonly owner: string
  readonly vault: Vault
  /** One of the bridge's own users? */
  owns(user: string): boolean
  /** How far whoever runs the bridge lets somebody go. */
  levelOf(user: string): Level | undefined
}

type Guest = Exclude<Role, 'owner'>

interface Noted {
  readonly users: readonly { readonly id: string; readonly role: Guest }[]
  readonly relays: readonly string[]
}

const place = 'people'
const anyId = '@name:server'
const mostUsers = 500
const mostRelays = 2000

/**
 * Who may write in one person's rooms: the owner, those whom the owner has named, and in rooms where the owner allows it
 * those whom the bridge knows at all, with their names in front (issue E §5). Nobody else is heard.
 */
export function createPeople({ owner, vault, owns, levelOf }: PeopleParts): People {
  const inTurn = createInTurn()
  let noted: Noted = { users: [], relays: [] }

  const change = (how: (before: Noted) => Noted): Promise<void> =>
    inTurn(place, async () => {
      const after = how(noted)
      if (after === noted) return
      await vault.set(place, JSON.stringify(after))
      noted = after
    })

  return {
    byId: anyId,
    async load() {
      noted = notedIn(await vault.get(place))
    },
    roleOf(from, room) {
      if (from === owner) return 'owner'
      if (owns(from)) return undefined
      const own = noted.users.find(({ id }) => id === from)?.role
      if (own) return own
      return noted.relays.includes(room) && levelOf(from) !== undefined ? 'relay' : undefined
    },

    async list() {
      const all: readonly { id: string; role: Role }[] = [
        { id: owner, role: 'owner' },
        ...noted.users,
      ]
      return all.map((user): HubUser => ({ ...user, name: oneLine(localpart(user.id), 64) }))
    },
    async set(id, role) {
      if (id === owner || owns(id) || !isUser(id)) return false
      const isKnown = noted.users.some((user) => user.id === id)
      if (role === undefined && !isKnown) return false
      if (role && !isKnown && noted.users.length >= mostUsers) throw tooMany()
      await change(({ users, relays }) => {
        const others = users.filter((user) => user.id !== id)
        return { users: role ? [...others, { id, role }] : others, relays }
      })
      return true
    },
    async invitation(role) {
      const word = role === 'relay' ? ' relay' : ''
      throw new BridgeError(
        `On Matrix people are named by their id: !wx users add ${anyId}${word}. ` +
          'Then invite them into the rooms they may write in. Nothing was changed.',
        { code: 'refused', heal: 'never', certain: true },
      )
    },
    relay: (room, allowed) =>
      change((before) => {
        if (before.relays.includes(room) === allowed) return before
        const others = before.relays.filter((each) => each !== room)
        return { ...before, relays: allowed ? [...others, room].slice(-mostRelays) : others }
      }),
  }
}

const localpart = (id: string): string => id.slice(1, id.indexOf(':'))

const tooMany = () =>
  new BridgeError(`There are ${mostUsers} people already; take one away first.`, {
    code: 'refused',
    heal: 'never',
    certain: true,
  })

function notedIn(json: string | undefined): Noted {
  const entry = record(parse(json))
  const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
  return {
    users: list(entry?.users).flatMap((raw) => {
      const id = text(record(raw)?.id)
      const role = record(raw)?.role
      return id && (role === 'user' || role === 'relay') ? [{ id, role }] : []
    }),
    relays: list(entry?.relays).flatMap((room) => text(room) ?? []),
  }
}
