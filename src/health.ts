import type { Database } from '../adapters/sql/open.ts'
import type { Health } from '../adapters/web/options.ts'
import type { Other } from './persons.ts'
import type { Clock } from './ports/clock.ts'
import type { DoorState } from './ports/doors.ts'
import type { Login } from './ports/wechat.ts'

/** How long the store may take to answer, in milliseconds: who asks wants to know now. */
const patience = 3_000

/**
 * How the bridge is. Not ready while the store cannot write, but well as long as it can be read: starting anew makes no
 * room on a disk. Neither while it does not answer. `login`: it is up. `others` are only counted; `doors` are told
 * where there are several, and being offline through one of them makes nothing unwell, as it does not where there is one.
 */
export async function healthOf(
  database: Pick<Database, 'archive' | 'fault'>,
  login: Login | undefined,
  clock: Clock,
  others: readonly Other[] = [],
  doors: readonly DoorState[] = [],
): Promise<Health> {
  const silent = await silence(database, clock)
  const fault = database.fault()?.message ?? silent
  return {
    ok: silent === undefined,
    ready: fault === undefined && login !== undefined,
    detail: {
      login: login?.state ?? 'offline',
      ...(doors.length > 1 && { doors: doorWords(doors) }),
      ...(fault !== undefined && { database: fault }),
      ...(others.length > 0 && { people: peopleWords(others) }),
    },
  }
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
