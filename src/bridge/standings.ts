import { management } from '../core/chat.ts'
import type { HubStanding, ShutWhy } from '../core/hub.ts'
import type { HubId } from '../core/ids.ts'
import type { Notice } from '../core/notice.ts'
import { roomName } from '../core/render.ts'
import type { HubLine } from '../core/room-notice.ts'
import { say } from './notices.ts'
import type { Parts } from './parts.ts'

/** Whether each hub can take anything. */
export interface HubStandings {
  /** A hub tells how it stands: closes or opens its lane, and says so in the other hubs where that is news. */
  tell(hub: HubId, standing: HubStanding): void
  /** Of the hubs of this bridge, in their order; open is who said nothing. */
  now(): readonly { readonly hub: HubId; readonly standing: HubStanding }[]
  /** False: it has to say how it stands, and has not yet. */
  hasTold(hub: HubId): boolean
  /** Resolves when all that was told is said. */
  settled(): Promise<void>
}

const wellOpen: HubStanding = { open: true, rooms: [] }
const notYet: HubStanding = { open: false, why: 'unclaimed', detail: '', rooms: [] }

/** `gate` opens and closes the lane of a hub; `again`: what waits there for another try need not wait any longer. */
export function createHubStandings(
  parts: Parts,
  gate: (hub: HubId, open: boolean) => void,
  again: (hub: HubId) => void,
): HubStandings {
  const told = new Map<HubId, HubStanding>()
  let telling: Promise<void> = Promise.resolve()

  return {
    tell(hub, standing) {
      const before = told.get(hub) ?? first(hub)
      told.set(hub, standing)
      // Opening an open lane would count as a new beginning of it.
      if (before.open !== standing.open) gate(hub, standing.open)
      if (isBetter(before, standing)) again(hub)
      telling = telling
        .then(() => news(hub, standing))
        .catch((error: unknown) => {
          parts.log.warn({ hub, error: String(error) }, 'the standing of a hub was not told')
        })
    },
    now: () =>
      parts.seats.map(({ adapter }) => ({
        hub: adapter.id,
        standing: told.get(adapter.id) ?? wellOpen,
      })),
    hasTold: (hub) => told.has(hub) || first(hub) === wellOpen,
    settled: () => telling,
  }

  /** How it is taken to stand while it has told nothing. */
  function first(hub: HubId): HubStanding {
    const seat = parts.seats.find(({ adapter }) => adapter.id === hub)
    return seat?.adapter.tellsStanding ? notYet : wellOpen
  }

  /** What was said last is remembered, so that a bridge that starts anew does not say it again. */
  async function news(hub: HubId, standing: HubStanding): Promise<void> {
    const name = `standing/${hub}`
    const kept = await parts.vault.get(name)
    const known = kept === undefined ? undefined : (JSON.parse(kept) as Kept)
    if (known?.open === standing.open) return
    const round = (known?.round ?? 0) + 1
    await sayNews(hub, standing, known, round)
    const taken = standing.open || standing.why !== 'unclaimed'
    const next: Kept = { open: standing.open, round, ...(!taken && { unclaimed: true }) }
    await parts.vault.set(name, JSON.stringify(next))
  }

  async function sayNews(
    hub: HubId,
    standing: HubStanding,
    known: Kept | undefined,
    round: number,
  ): Promise<void> {
    if (parts.seats.length < 2) return
    const notice = newsOf(hub, standing, known)
    if (!notice) return
    const id = `standing/${hub}/${round}`
    await parts.store.unit((unit) =>
      say(parts, unit, management, notice, id, undefined, { except: hub }),
    )
  }
}

/**
 * Does it, or one of its rooms, take something again? An open hub that says once more that all of it is open was away in
 * between (`HubSink.standing`).
 */
const isBetter = (before: HubStanding, now: HubStanding): boolean =>
  now.open &&
  (!before.open ||
    now.rooms.length === 0 ||
    before.rooms.some(({ portal }) => !now.rooms.some((room) => room.portal === portal)))

/** The hubs that take nothing, or not in all rooms. */
export const shutLines = (
  all: ReturnType<HubStandings['now']>,
): readonly (HubLine & { readonly hub: HubId })[] =>
  all
    .filter(({ standing }) => !standing.open || standing.rooms.length > 0)
    .map(({ hub, standing }) => ({
      hub,
      rooms: standing.rooms.length,
      ...(!standing.open && { why: standing.why, detail: standing.detail }),
    }))

/** A hub that takes nothing (`why`), or not in all rooms, as a person is told of it. */
export interface ShutHub {
  readonly hub: HubId
  readonly why?: ShutWhy
  readonly detail?: string
  readonly rooms: readonly { readonly name: string; readonly detail: string }[]
}

/** So many rooms are named. */
const roomsAtOnce = 50

/** As {@link shutLines}, with the names of the rooms. */
export async function shutHubs(
  { store, voice }: Pick<Parts, 'store' | 'voice'>,
  all: ReturnType<HubStandings['now']>,
): Promise<readonly ShutHub[]> {
  const shut: ShutHub[] = []
  for (const { rooms: _, ...line } of shutLines(all)) {
    const { rooms } = all.find(({ hub }) => hub === line.hub)?.standing ?? wellOpen
    const named = []
    for (const { portal, detail } of rooms.slice(0, roomsAtOnce)) {
      const found = await store.unit((unit) => unit.portal(portal))
      named.push({ name: found ? roomName(found.chat, voice.language) : portal, detail })
    }
    shut.push({ ...line, rooms: named })
  }
  return shut
}

/** How it stood last. `round` counts the changes. */
interface Kept {
  readonly open: boolean
  readonly round: number
  readonly unclaimed?: true
}

/** A hub that nobody has made theirs yet was never open. */
function newsOf(hub: HubId, standing: HubStanding, known: Kept | undefined): Notice | undefined {
  if (standing.open) {
    return known && !known.open && !known.unclaimed ? { type: 'hubOpen', hub } : undefined
  }
  const { why, detail } = standing
  if (why === 'unclaimed' || known?.open === false) return undefined
  return { type: 'hubShut', hub, why, detail }
}
