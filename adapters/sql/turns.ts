import { lane as asLane, type Lane } from '../../src/core/ids.ts'
import type { Scope } from './scope.ts'
import { statement } from './statement.ts'
import type { State, Tx } from './tables.ts'

// A portal's place in line within a lane (architecture §7). There is a row as long as the portal has unfinished
// work; while something is in flight its time is null, and nothing can be claimed.

interface Place {
  readonly lane: string
  readonly portal: string
}

/** Gives a portal a turn, unless it has one: what is waiting or in flight there comes first. */
export async function openTurn(
  scope: Scope,
  lane: Lane,
  portal: string,
  readyAt: number,
): Promise<void> {
  await insertTurn(scope.db, { lane, portal, readyAt })
  scope.wake(lane)
}

/** Nothing more of this portal is claimed until it gets a time again. */
export const holdTurn = ({ db }: Scope, { lane, portal }: Place): Promise<unknown> =>
  setTime(db, { lane, portal, readyAt: null })

export const delayTurn = (
  { db }: Scope,
  { lane, portal }: Place,
  readyAt: number,
): Promise<unknown> => setTime(db, { lane, portal, readyAt })

/** After `gone` has left the line: the next one's turn comes now, or the portal has no work left. */
export async function passTurn(scope: Scope, gone: Place & { seq: number }): Promise<void> {
  const { db } = scope
  if (await oldest(db, gone, 'sending')) return
  const next = await oldest(db, gone, 'queued')
  if (!next) {
    await deleteTurn(db, gone)
  } else if (next.seq > gone.seq) {
    await setTime(db, { lane: gone.lane, portal: gone.portal, readyAt: scope.now() })
    scope.wake(asLane(gone.lane))
  } else {
    await freeTurn(scope, gone)
  }
}

/**
 * Nothing of the portal is in flight any more. One that comes earlier in the line keeps its time; if it has come there
 * by a merge while another was in flight, it has none.
 */
export async function freeTurn(scope: Scope, place: Place): Promise<void> {
  await freeTime(scope.db, { lane: place.lane, portal: place.portal, readyAt: scope.now() })
  scope.wake(asLane(place.lane))
}

/** The first of a portal's items in a state, by order of enqueueing. */
export async function oldest(
  db: Tx,
  { lane, portal }: Place,
  state: 'queued' | 'sending',
): Promise<{ readonly seq: number } | undefined> {
  return (await findOldest(db, { lane, portal, state })).rows[0]
}

const findOldest = statement((db, { lane, portal, state }: Place & { readonly state: State }) =>
  db
    .selectFrom('outbox')
    .select('seq')
    .where('lane', '=', lane)
    .where('portal', '=', portal)
    .where('state', '=', state)
    .orderBy('seq')
    .limit(1),
)

type Timed<Time> = Place & { readonly readyAt: Time }

const insertTurn = statement((db, { lane, portal, readyAt }: Timed<number>) =>
  db
    .insertInto('turn')
    .values({ lane, portal, ready_at: readyAt })
    .onConflict((conflict) => conflict.columns(['lane', 'portal']).doNothing()),
)

const timed = (db: Tx, { lane, portal, readyAt }: Timed<number | null>) =>
  db
    .updateTable('turn')
    .set({ ready_at: readyAt })
    .where('lane', '=', lane)
    .where('portal', '=', portal)

const setTime = statement(timed)

const freeTime = statement((db, given: Timed<number>) =>
  timed(db, given).where('ready_at', 'is', null),
)

const deleteTurn = statement((db, { lane, portal }: Place) =>
  db.deleteFrom('turn').where('lane', '=', lane).where('portal', '=', portal),
)
