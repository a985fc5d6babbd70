import type { Database } from '../../adapters/sql/open.ts'
import { management } from '../core/chat.ts'
import { BridgeError } from '../core/errors.ts'

const name = 'person'

/**
 * Makes sure that data is never taken for another person's: what is new is marked as this one's, and what is another's is
 * refused with a BridgeError (`config`). Undefined: the first person, whose data bears no mark.
 */
export async function claimData(
  database: Pick<Database, 'store' | 'vault'>,
  user: string | undefined,
): Promise<void> {
  const vault = database.vault('bridge')
  const found = await vault.get(name)
  if (found === user) return
  // A bridge that has run once has a management room.
  const isNew = !(await database.store.unit((unit) => unit.chat(management.id)))
  if (found === undefined && user !== undefined && isNew) return vault.set(name, user)
  const are = found === undefined ? 'of the first person' : `of ${found}`
  const not = user === undefined ? 'the first person' : user
  throw new BridgeError(
    `This database is that ${are}, and not of ${not}: it is not used. Put the right one in its place, or restore a copy of it (restore FILE, for one of the others restore FILE --person USER).`,
    { code: 'config', heal: 'never', certain: true },
  )
}
