import type { Contact } from '../../src/core/chat.ts'
import { BridgeError } from '../../src/core/errors.ts'
import { type PortalId, portalId, roomId } from '../../src/core/ids.ts'
import type { HubAdapter } from '../../src/ports/hub.ts'
import type { Vault } from '../../src/ports/vault.ts'
import type { Farewell, Farewells } from './farewells.ts'
import { parse } from './json.ts'
import type { Rolls } from './rolls.ts'
import type { Kept, RoomBook } from './room-book.ts'
import type { Rooms } from './rooms.ts'

export interface DepartureParts {
  readonly book: RoomBook
  readonly rolls: Rolls
  readonly rooms: Pick<Rooms, 'isManagement' | 'management'>
  readonly farewells: Farewells
  readonly vault: Vault
  /** What becomes of the rooms at a logout for good; `keep` where nothing is said. */
  readonly policy?: 'keep' | 'leave' | 'delete' | undefined
}

/** Rooms that are given up: at a logout, by policy, and where another one shows the same chat. */
export function createDepartures(
  parts: DepartureParts,
): Required<Pick<HubAdapter, 'merged' | 'loggedOut'>> {
  const { book, rolls, rooms, farewells, vault, policy = 'keep' } = parts

  /** It is written down first that the rooms are to be left: whatever happens then, they will be. */
  const giveUp = async (portals: readonly PortalId[], all: readonly Farewell[]) => {
    await farewells.add(all)
    for (const portal of portals) {
      await book.turn(portal, () => book.drop(portal))
      await rolls.drop(portal)
    }
    await farewells.go()
  }

  return {
    async merged(from, into) {
      const [old, next] = [await book.of(from), await book.of(into)]
      if (!old) return
      // Core has a room for both. One that is not there any more is made again at its next post; the other one must
      // not take its place, because what it showed it still stands for.
      if (!next) throw notYet()
      if (old.room === next.room) return book.turn(from, () => book.drop(from))
      await giveUp([from], roomsOf(from, old, 'merged', next.room))
    },

    async loggedOut(me, _signal, isShared = false) {
      if (policy === 'keep') return []
      await rooms.management()
      const gone: PortalId[] = []
      const leaving: Farewell[] = []
      for (const portal of await book.portals()) {
        const kept = await book.of(portal)
        if (!kept || rooms.isManagement(kept.room) || !isOf(me, kept, isShared)) continue
        gone.push(portal)
        leaving.push(...roomsOf(portal, kept, policy))
      }
      // Who asks again, because a crash came before the answer, gets the same answer.
      if (gone.length === 0) return goneBefore()
      await vault.set('gone', JSON.stringify(gone))
      await giveUp(gone, leaving)
      return gone
    },
  }

  async function goneBefore(): Promise<readonly PortalId[]> {
    const entries = parse(await vault.get('gone'))
    const portals = (Array.isArray(entries) ? entries : []).filter((one) => typeof one === 'string')
    const here = await Promise.all(portals.map((one) => book.of(portalId(one))))
    return portals.filter((_, index) => here[index] === undefined).map((one) => portalId(one))
  }
}

const notYet = () =>
  new BridgeError(
    'The chat that another one was merged into has no Matrix room yet; it is seen to when it has one.',
    { code: 'server', heal: 'retry', certain: true },
  )

/** Linked chats have two rooms: the one they are in, which is a person's, and that to which they would go back. */
function roomsOf(
  portal: PortalId,
  { room, kind, own }: Kept,
  how: Farewell['how'],
  to?: string,
): readonly Farewell[] {
  const last = { room, portal, how, ...(to !== undefined && { to }) }
  if (kind !== 'linked') return [last]
  const theirs = { ...last, isTheirs: true }
  return own === undefined ? [theirs] : [theirs, { ...last, room: roomId(own) }]
}

/**
 * Rooms of another account of the same person stay. Those made before it was written down are this one's, and so is what
 * accounts share, unless others are here.
 */
const isOf = (me: Contact, { account }: Kept, isShared: boolean): boolean =>
  account === undefined || account === 'bridge' ? !isShared : me.id.startsWith(`${account}/`)
