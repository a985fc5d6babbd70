import { cannotOpen } from './errors.ts'
import { reading } from './read-only.ts'

/** What is in a database. */
export interface Counts {
  readonly chats: number
  readonly messages: number
  readonly queued: number
  readonly dead: number
}

/** Some entry that is sealed, to try a key on. Undefined: nothing is sealed in there. */
export function someSealed(
  path: string,
): { readonly owner: string; readonly name: string } | undefined {
  return reading(path, (db) => {
    const row = db.prepare('SELECT owner, name FROM secret LIMIT 1').get()
    return row && { owner: String(row.owner), name: String(row.name) }
  })
}

/** Counts what is in a copy that nobody writes. Throws a BridgeError (`config`) where there are no tables of ours. */
export function countRows(path: string): Counts {
  try {
    return reading(path, (db) => {
      const count = (from: string) =>
        Number(db.prepare(`SELECT count(*) AS n FROM ${from}`).get()?.n ?? 0)
      return {
        chats: count('chat'),
        messages: count('message'),
        queued: count("outbox WHERE state IN ('queued', 'sending')"),
        dead: count("outbox WHERE state IN ('dead', 'unknown', 'held')"),
      }
    })
  } catch (thrown) {
    throw cannotOpen(`${path} is not a database of the bridge.`, 'Check the path.', thrown)
  }
}
