import type { Database } from '../adapters/sql/open.ts'
import type { Health as PageHealth } from '../adapters/web/options.ts'
import type { LaneNow } from './bridge/lane-book.ts'
import type { Other } from './persons.ts'
import type { Clock } from './ports/clock.ts'
import type { DoorState } from './ports/doors.ts'
import type { Health } from './ports/health.ts'
import type { Login } from './ports/wechat.ts'

/** How long the store may take to answer, in milliseconds: who asks wants to know now. */
const patience = 3_000

/** For the owner more is told than for everybody. */
export type WholeHealth = Health & Pick<PageHealth, 'detail'>

/**
 * How the bridge is. Not ready while the store cannot write, a hub cannot be reached or a lane does not run, but well as
 * long as the store can be read: starting anew makes no room on a disk. Neither while it does not answer. `login`: it is
 * up. `others` are only counted; `doors` are told where there are several, and being offline through one of them makes
 * nothing unwell, as it does not where there is one.
 */
export async function healthOf(
  database: Pick<Database, 'archive' | 'fault'>,
  login: Login | undefined,
  clock: Clock,
  others: readonly Other[] = [],
  doors: readonly DoorState[] = [],
  lanes: readonly LaneNow[] = [],
): Promise<WholeHealth> {
  const silent = await silence(database, clock)
  const unwritten = database.fault()?.message
  const fault = unwritten ?? silent
  const waits = {
    ...(fault !== undefined && {
      store: unwritten === undefined ? 'does not answer' : 'cannot be written',
    }),
    ...lanesInTheWay(lanes),
  }
  const ready = login !== undefined && Object.keys(waits).length === 0
  return {
    ok: silent === undefined,
    ready,
    ...(!ready && { waits: login === undefined ? { bridge: 'starting' } : waits }),
    detail: {
      login: login?.state ?? 'offline',
      ...(doors.length > 1 && { doors: doorWords(doors) }),
      ...(fault !== undefined && { database: fault }),
      ...lanesInTheWay(lanes),
      ...(others.length > 0 && { people: peopleWords(others) }),
    },
  }
}

/** What each lane is not ready for, by its name, of those that are not. */
function lanesInTheWay(lanes: readonly LaneNow[]): Readonly<Record<string, string>> {
  const found = lanes.flatMap((lane) => {
    const why = inTheWay(lane)
    return why === undefined ? [] : [[lane.name, why] as const]
  })
  return Object.fromEntries(found)
}

/** What only a person can do something about, and nobody has to hurry with, is not in the way: a login, a claim. */
function inTheWay({ state, hub }: LaneNow): string | undefined {
  if (state === 'taken') return 'another process has it'
  if (state !== 'held') return state
  if (hub?.shut === 'silent') return 'starting'
  if (hub?.shut === 'refused') return 'refuses the credential'
  return hub?.isThere === false ? 'cannot be reached' : undefined
}

const doorWords = (doors: readonly DoorState[]): string =>
  doors.map(({ id, login }) => `${id} ${login.state}`).join(', ')

/** They have nothing to do with whether this one is well. */
function peopleWords(others: readonly Other[]): string {
  const offline = others.filter(({ person }) => person?.bridge().login().state !== 'online')
  return `${others.length} more, ${offline.length} offline`
}

/** Undefined: it answers, or would if it did not wait behind what cannot be written. */
async function silence(
  { archive, fault }: Pick<Database, 'archive' | 'fault'>,
  clock: Clock,
): Promise<string | undefined> {
  const over = new AbortController()
  const late = clock.sleep(patience, over.signal).then(
    () => (fault() ? undefined : 'The database does not answer; something holds it up.'),
    () => undefined,
  )
  const asked = archive.depth().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
  try {
    return await Promise.race([asked, late])
  } finally {
    over.abort()
  }
}
