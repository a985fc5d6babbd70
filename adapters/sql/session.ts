import type { Kysely } from 'kysely'
import { BridgeError } from '../../src/core/errors.ts'
import type { Engine } from './engine.ts'
import { closed } from './errors.ts'
import type { Tables, Tx } from './tables.ts'

/**
 * The one way to the database. Everything waits in one line, first come first served, each in a transaction of its
 * own: so units never overlap, and a reader never sees half of one. Never ask for one inside another.
 */
export interface Session {
  /** A rejecting `work` rolls back everything. What the database throws becomes a BridgeError. */
  write<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  read<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /** Waits for what is in the line; whatever comes later is refused. */
  close(): Promise<void>
}

export function openSession(db: Kysely<Tables>, engine: Engine): Session {
  let tail: Promise<unknown> = Promise.resolve()
  let ending: Promise<void> | undefined

  const inLine = <T>(work: () => Promise<T>): Promise<T> => {
    if (ending) return Promise.reject(closed())
    const turn = tail.then(work)
    tail = turn.catch(() => {})
    return turn.catch((thrown: unknown) => {
      throw thrown instanceof BridgeError ? thrown : (engine.explain(thrown) ?? thrown)
    })
  }

  return {
    write: (work) => inLine(() => db.transaction().execute(work)),
    read: (work) => inLine(() => db.transaction().setAccessMode('read only').execute(work)),
    close() {
      ending ??= tail.then(async () => {
        try {
          await db.destroy()
        } finally {
          engine.release()
        }
      })
      return ending
    },
  }
}
