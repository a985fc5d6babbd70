import { type PortalId, portalId, type RoomId, roomId } from '../../src/core/ids.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Vault } from '../../src/ports/vault.ts'
import type { Arrivals } from './arrivals.ts'
import type { Background } from './background.ts'
import type { Names } from './ids.ts'
import { createInTurn } from './in-turn.ts'
import { parse, record, text } from './json.ts'
import type { RoomBook } from './room-book.ts'
import type { RoomState } from './room-state.ts'

/**
 * Rooms that are being made, or are made and not known to core yet. Whoever is invited in the making of a room can write in
 * it before anybody knows whose it is; what is said there meanwhile is kept back until core does.
 */
export interface Newborn {
  /** The room of a portal is about to be made. Durable once it resolves. */
  begun(portal: PortalId): Promise<void>
  /** Before what is said in a room is told: it is among the arrivals if core does not know the room yet. */
  look(room: RoomId, signal: AbortSignal): Promise<void>
  /** At the start: what an earlier run has begun is looked after. */
  resume(): Promise<void>
}

export interface NewbornParts {
  readonly vault: Vault
  readonly clock: Clock
  readonly names: Names
  readonly book: RoomBook
  /** Asks once: whoever asks here is waited for. */
  readonly state: Pick<RoomState, 'get'>
  readonly background: Background
  readonly arrivals: Pick<Arrivals, 'expect' | 'arrived'>
  /** Does core know whose room this is? Undefined: nobody can be asked now. */
  shown(room: RoomId): Promise<boolean | undefined>
}

const place = 'newborn'
const quickMs = 25
const slowestMs = 2_000
/** What is never made, or never known, keeps nobody's words for ever: then core says that they reached nobody. */
const longestMs = 10 * 60_000

export function createNewborn(parts: NewbornParts): Newborn {
  const { vault, clock, names, book, background, arrivals } = parts
  const inTurn = createInTurn()
  const watched = new Set<PortalId>()
  /** The portals, with the room where something was said already. */
  let known: Map<PortalId, RoomId | undefined> | undefined

  const load = async () => {
    if (known) return known
    const found = parse(await vault.get(place))
    known ??= new Map((Array.isArray(found) ? found : []).flatMap(entryIn))
    return known
  }
  const alter = (how: (all: Map<PortalId, RoomId | undefined>) => void) =>
    inTurn('list', async () => {
      const all = new Map(await load())
      how(all)
      const entries = [...all].map(([portal, room]) => ({ portal, room }))
      if (entries.length === 0) await vault.drop(place)
      else await vault.set(place, JSON.stringify(entries))
      known = all
    })

  /** Until core knows the room, or for so long. */
  const watch = (portal: PortalId) => {
    if (watched.has(portal)) return
    watched.add(portal)
    background.do(`newborn/${portal}`, 'see a room known', async (signal) => {
      try {
        const since = clock.steady()
        for (let ms = quickMs; ; ms = Math.min(slowestMs, ms * 2)) {
          const room = (await book.of(portal))?.room ?? (await load()).get(portal)
          const shown = room === undefined ? false : await parts.shown(room)
          if (shown === undefined) return
          const isLate = clock.steady() - since > longestMs
          if (shown || isLate) {
            await over(portal, room)
            // Somebody may have found it in the same moment.
            if (!(await load()).has(portal)) return
          }
          await clock.sleep(ms, signal)
        }
      } finally {
        watched.delete(portal)
      }
    })
  }

  /** What was kept back is told before it is forgotten that there was something. */
  const over = async (portal: PortalId, room: RoomId | undefined) => {
    const rooms = new Set([room, (await load()).get(portal)])
    for (const one of rooms) if (one !== undefined) await arrivals.arrived(one, async () => [])
    await alter((all) => all.delete(portal))
  }

  /** The portal for which we made a room: its alias is in the room before anybody is invited there. */
  const named = async (room: RoomId, signal: AbortSignal): Promise<PortalId | undefined> => {
    const alias = text((await parts.state.get(room, 'm.room.canonical_alias', '', signal))?.alias)
    return [...(await load()).keys()].find((portal) => names.alias(portal) === alias)
  }

  return {
    async begun(portal) {
      if (!(await load()).has(portal)) await alter((all) => all.set(portal, undefined))
      watch(portal)
    },
    async look(room, signal) {
      if ((await load()).size === 0) return
      const portal = (await book.portalAt(room)) ?? (await named(room, signal))
      if (portal === undefined || !(await load()).has(portal)) return
      const kept = await book.of(portal)
      if (kept && kept.room !== room) return
      if ((await parts.shown(room)) !== false) return
      if ((await load()).get(portal) !== room) await alter((all) => all.set(portal, room))
      arrivals.expect(room)
      watch(portal)
    },
    async resume() {
      for (const [portal, room] of await load()) {
        if (room !== undefined) arrivals.expect(room)
        watch(portal)
      }
    },
  }
}

function entryIn(entry: unknown): readonly (readonly [PortalId, RoomId | undefined])[] {
  const it = record(entry)
  const [portal, room] = [text(it?.portal), text(it?.room)]
  return portal ? [[portalId(portal), room === undefined ? undefined : roomId(room)]] : []
}
