import type { PortalId } from '../../src/core/ids.ts'
import type { Vault } from '../../src/ports/vault.ts'
import { parse, record, text } from './json.ts'

/** Which ghosts are in a group's room, and what they are called there: what was really done. */
export interface Roll {
  readonly room: string
  /** By user: the nickname there, or '' for the name they have everywhere. */
  readonly in: Map<string, string>
  /** Those who are not there and have a nickname, should they come. */
  readonly out: Map<string, string>
}

/** The rolls of all groups, one entry of the vault each. Those read stay in memory. */
export interface Rolls {
  of(portal: PortalId): Promise<Roll | undefined>
  save(portal: PortalId, roll: Roll): Promise<void>
  drop(portal: PortalId): Promise<void>
}

export function createRolls(vault: Vault): Rolls {
  const read = new Map<PortalId, Roll | undefined>()
  const place = (portal: PortalId) => `members/${portal}`

  return {
    async of(portal) {
      if (!read.has(portal)) {
        const found = rollIn(await vault.get(place(portal)))
        if (!read.has(portal)) read.set(portal, found)
      }
      return read.get(portal)
    },
    async save(portal, roll) {
      read.set(portal, roll)
      const lists = { in: Object.fromEntries(roll.in), out: Object.fromEntries(roll.out) }
      await vault.set(place(portal), JSON.stringify({ room: roll.room, ...lists }))
    },
    async drop(portal) {
      read.set(portal, undefined)
      await vault.drop(place(portal))
    },
  }
}

function rollIn(json: string | undefined): Roll | undefined {
  const entry = record(parse(json))
  const room = text(entry?.room)
  if (!entry || !room) return undefined
  return { room, in: names(entry.in), out: names(entry.out) }
}

function names(value: unknown): Map<string, string> {
  const pairs = Object.entries(record(value) ?? {})
  return new Map(pairs.flatMap(([user, nick]) => (typeof nick === 'string' ? [[user, nick]] : [])))
}
