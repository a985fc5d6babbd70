import { lane as asLane, type Lane } from '../../src/core/ids.ts'
import type { Scope } from './scope.ts'
import type { Tx } from './tables.ts'

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
  await scope.db
    .insertInto('turn')
    .values({ lane, portal, ready_at: readyAt })
    .onConflict((conflict) => conflict.columns(['lane', 'portal']).doNothing())
    .execute()
  scope.wake(lane)
}

/** Nothing more of this portal is claimed until it gets a time again. */
export const holdTurn = ({ db }: Scope, place: Place): Promise<unknown> =>
  setTime(db, place, null).execute()

export const delayTurn = ({ db }: Scope, place: Place, readyAt: number): Promise<unknown> =>
  setTime(db, place, readyAt).execute()

/** After `gone` has left the line: the next one's turn comes now, or the portal has no work left. */
export async function passTurn(scope: Scope, gone: Place & { seq: number }): Promise<void> {
  const { db } = scope
  if (await oldest(db, gone, 'sending')) return
  const next = await oldest(db, gone, 'queued')
  if (!next) {
    const { lane, portal } = gone
    await db.deleteFrom('turn').where('lane', '=', lane).where('portal', '=', portal).execute()
  } else if (next.seq > gone.seq) {
    await setTime(db, gone, scope.now()).execute()
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
  await setTime(scope.db, place, scope.now()).where('ready_at', 'is', null).execute()
  scope.wake(asLane(place.lane))
}

/** The first of a portal's items in a state, by order of enqueueing. */
export const oldest = (db: Tx, { lane, portal }: Place, state: 'queued' | 'sending') =>
  db
    .selectFrom('outbox')
    .select('seq')
    .where('lane', '=', lane)
    .where('portal', '=', portal)
    .where('state', '=', state)
    .orderBy('seq')
    .limit(1)
    .executeTakeFirst()

const setTime = (db: Tx, { lane, portal }: Place, readyAt: number | null) =>
  db
    .updateTable('turn')
    .set({ ready_at: readyAt })
    .where('lane', '=', lane)
    .where('portal', '=', portal)
