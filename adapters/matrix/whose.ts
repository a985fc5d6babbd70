import type { Vault } from '../../src/ports/vault.ts'
import type { Names } from './ids.ts'
import type { RoomEvent } from './ingress.ts'
import { parse } from './json.ts'

/** Who lives in the application service, and which room is whose. */
export interface Whose {
  /** From now on this person is known; safe to repeat. `isFirst`: whatever was the first person's before is theirs. */
  know(owner: string, names: Names, isFirst?: boolean): void
  /** They are known no more; what is theirs stays theirs, and is nobody else's. */
  forget(owner: string): void
  isKnown(owner: string): boolean
  /** Is there nobody but this one, or nobody at all? */
  isAlone(): boolean
  /** Is this a ghost of theirs? */
  speaks(owner: string, user: string): boolean
  /** Whose room it is; undefined: nobody's that is known. */
  room(room: string): Promise<string | undefined>
  /** Whose room it is, be they known or forgotten. */
  holder(room: string): Promise<string | undefined>
  /** Durable: this room is theirs. */
  claim(room: string, owner: string): Promise<void>
  /**
   * Whose an event is: the room's, else the sender's, else that of the ghost it is about. Of the only one, where it is not
   * that of somebody who was forgotten: rooms made before there was a second person may be written down nowhere.
   */
  event(event: RoomEvent): Promise<string | undefined>
}

export interface WhoseParts {
  readonly vault: Vault
  /** Who of those who are in knows a room that is written down nowhere as theirs. */
  known(room: string): Promise<string | undefined>
  /** May somebody have an account here? */
  mayLive(user: string): boolean
}

export function createWhose({ vault, known, mayLive }: WhoseParts): Whose {
  const people = new Map<string, Names>()
  const places = new Map<string, string>()
  const gone = new Set<string>()
  let first: string | undefined

  const written = async (room: string): Promise<string | undefined> => {
    const owner = places.get(room) ?? (await vault.get(`place/${room}`))
    if (owner !== undefined) places.set(room, owner)
    return owner
  }
  const holder = async (room: string): Promise<string | undefined> => {
    const owner = (await written(room)) ?? (await found(room))
    if (owner === undefined || people.has(owner) || gone.has(owner)) return owner
    return (await firsts()).includes(owner) ? first : owner
  }
  /** Everybody who has been the first person: what was theirs then is the first one's now. */
  const firsts = async (): Promise<readonly unknown[]> => {
    const kept = parse(await vault.get('firsts'))
    const all: readonly unknown[] = Array.isArray(kept) ? kept : []
    if (first === undefined || all.includes(first)) return all
    await vault.set('firsts', JSON.stringify([...all, first]))
    return [...all, first]
  }
  const found = async (room: string): Promise<string | undefined> => {
    const owner = people.size > 1 ? await known(room) : undefined
    if (owner !== undefined) await claim(room, owner)
    return owner
  }
  const claim = async (room: string, owner: string): Promise<void> => {
    if (places.get(room) === owner) return
    if (owner === first) await firsts()
    await vault.set(`place/${room}`, owner)
    places.set(room, owner)
  }
  const only = () => (people.size === 1 ? people.keys().next().value : undefined)

  return {
    know(owner, names, isFirst = false) {
      people.set(owner, names)
      gone.delete(owner)
      if (isFirst) first = owner
    },
    forget(owner) {
      people.delete(owner)
      gone.add(owner)
    },
    isKnown: (owner) => people.has(owner),
    isAlone: () => people.size <= 1,
    speaks: (owner, user) => people.get(owner)?.speaks(user) ?? false,
    async room(room) {
      const owner = await holder(room)
      if (owner === undefined) return only()
      return people.has(owner) ? owner : undefined
    },
    holder,
    claim,
    async event({ room, sender, stateKey }) {
      const owner = await holder(room)
      if (owner !== undefined && people.has(owner)) return owner
      // Somebody whose data cannot be found now: it is kept for them.
      if (owner !== undefined) return gone.has(owner) || !mayLive(owner) ? undefined : owner
      const alone = only()
      if (alone !== undefined) return alone
      if (people.has(sender)) return sender
      const ghost = stateKey ?? sender
      for (const [each, names] of people) if (names.speaks(ghost)) return each
      return undefined
    },
  }
}
