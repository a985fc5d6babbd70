import { type Json, record } from './json.ts'

/** The owner may redact, rename, kick and upgrade; the bot made the room and stays above. */
const ownersLevel = 50
const botsLevel = 100

/** Rights that an owner expects. What would end the bridge's hearing (encryption) or its rights stays with the bot. */
const rights: Json = {
  users_default: 0,
  events_default: 0,
  state_default: 50,
  ban: 50,
  kick: 50,
  redact: 50,
  events: {
    'm.room.name': 50,
    'm.room.topic': 50,
    'm.room.avatar': 50,
    'm.room.canonical_alias': 50,
    'm.room.tombstone': 50,
    'm.room.power_levels': 100,
    'm.room.history_visibility': 100,
    'm.room.server_acl': 100,
    'm.room.encryption': 100,
  },
}

/**
 * The power levels a room is made with. Up to version 11 the maker must be listed, from 12 on it must not be: where
 * nobody knows which version it will be, the users are left out, and the owner gets their level afterwards.
 */
export function powerAtMaking(version: string | undefined, owner: string, bot: string): Json {
  const number = version !== undefined && /^\d{1,3}$/.test(version) ? Number(version) : undefined
  if (number === undefined) return rights
  const maker = number < 12 ? { [bot]: botsLevel } : {}
  return { ...rights, users: { ...maker, [owner]: ownersLevel } }
}

/** Power levels that give the owner what is theirs; undefined: they have it. `bot`: it may be named above them. */
export function withOwner(levels: Json, owner: string): Json | undefined {
  const users = record(levels.users) ?? {}
  const events = record(levels.events) ?? {}
  const isListed = users[owner] !== undefined
  const mayUpgrade = level(events[upgrade], level(levels.state_default, 50)) <= ownersLevel
  if (isListed && mayUpgrade) return undefined
  return {
    ...levels,
    users: isListed ? users : { ...users, [owner]: ownersLevel },
    events: mayUpgrade ? events : { ...events, [upgrade]: ownersLevel },
  }
}

/** What holds in a room without power levels of its own, made by the bot. */
export const powerlessly = (bot: string): Json => ({ users: { [bot]: botsLevel } })

/** Power levels in which the bot has its own; undefined: it has it. */
export function withBot(levels: Json, bot: string): Json | undefined {
  const users = record(levels.users) ?? {}
  if (level(users[bot], 0) >= botsLevel) return undefined
  return { ...levels, users: { ...users, [bot]: botsLevel } }
}

/** What a bridge must be able to do in a room that somebody else made. */
export type Need = 'speak' | 'ghosts' | 'invite' | 'redact' | 'state'

/** A right that is not there: what the level is, and what it would have to be. */
export interface Lack {
  readonly need: Need
  readonly has: number
  readonly wants: number
}

/** What the bot and its ghosts may not do there. Ghosts have the level that everybody has. */
export function lacks(levels: Json | undefined, bot: string): readonly Lack[] {
  const of = levels ?? {}
  const events = record(of.events) ?? {}
  const everyones = level(of.users_default, 0)
  const bots = level(record(of.users)?.[bot], everyones)
  const speaking = level(events['m.room.message'], level(of.events_default, 0))
  const all: readonly Lack[] = [
    { need: 'speak', has: bots, wants: speaking },
    { need: 'ghosts', has: everyones, wants: speaking },
    { need: 'invite', has: bots, wants: level(of.invite, 0) },
    { need: 'redact', has: bots, wants: level(of.redact, 50) },
    { need: 'state', has: bots, wants: level(of.state_default, 50) },
  ]
  return all.filter(({ has, wants }) => has < wants)
}

const upgrade = 'm.room.tombstone'

/** Old rooms may say numbers as words. */
function level(value: unknown, otherwise: number): number {
  const number = typeof value === 'string' ? Number.parseInt(value, 10) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : otherwise
}
