import type { Vault } from '../../src/ports/vault.ts'
import type { Names } from './ids.ts'
import type { RoomEvent } from './ingress.ts'

/** Who lives in the application service, and which room is whose. */
export interface Whose {
  /** From now on this person is known; safe to repeat. */
  know(owner: string, names: Names): void
  /** As if they had never been known; which rooms were theirs stays written down. */
  forget(owner: string): void
  isKnown(owner: string): boolean
  /** Is there nobody but this one, or nobody at all? */
  isAlone(): boolean
  /** Is this a ghost of theirs? */
  speaks(owner: string, user: string): boolean
  /** Whose room it is; undefined: nobody's that is known. */
  room(room: string): Promise<string | undefined>
  /** Whose room it is by what is written down, be they known or not. */
  written(room: string): Promise<string | undefined>
  /** Durable: this room is theirs. */
  claim(room: string, owner: string): Promise<void>
  /**
   * Whose an event is: the room's, else the sender's, else that of the ghost it is about. Of the only one, in any case:
   * rooms made before there was a second person are written down nowhere.
   */
  event(event: RoomEvent): Promise<string | undefined>
}

export function createWhose(vault: Vault): Whose {
  const people = new Map<string, Names>()
  const places = new Map<string, string>()

  const written = async (room: string): Promise<string | undefined> => {
    const owner = places.get(room) ?? (await vault.get(`place/${room}`))
    if (owner !== undefined) places.set(room, owner)
    return owner
  }
  const only = () => (people.size === 1 ? people.keys().next().value : undefined)

  return {
    know: (owner, names) => void people.set(owner, names),
    forget: (owner) => void people.delete(owner),
    isKnown: (owner) => people.has(owner),
    isAlone: () => people.size <= 1,
    speaks: (owner, user) => people.get(owner)?.speaks(user) ?? false,
    async room(room) {
      const owner = only() ?? (await written(room))
      return owner !== undefined && people.has(owner) ? owner : undefined
    },
    written,
    async claim(room, owner) {
      if (places.get(room) === owner) return
      await vault.set(`place/${room}`, owner)
      places.set(room, owner)
    },
    async event({ room, sender, stateKey }) {
      const alone = only()
      if (alone !== undefined) return alone
      const owner = await written(room)
      if (owner !== undefined) return people.has(owner) ? owner : undefined
      if (people.has(sender)) return sender
      const ghost = stateKey ?? sender
      for (const [each, names] of people) if (names.speaks(ghost)) return each
      return undefined
    },
  }
}
