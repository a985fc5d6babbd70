import type { Kysely } from 'kysely'
import type { Tables, Tx } from './tables.ts'

/** One connection, for as long as it is kept. */
export interface Connection {
  readonly tx: Tx
  release(): void
}

/** Taking a connection for each transaction costs as much as a statement. */
export function keepConnection(db: Kysely<Tables>): Promise<Connection> {
  const over = Promise.withResolvers<void>()
  return new Promise((resolve, reject) => {
    db.connection()
      .execute(async (tx) => {
        resolve({ tx, release: () => over.resolve() })
        await over.promise
      })
      .catch(reject)
  })
}
