import { setImmediate as turn } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import { BridgeError } from '../../src/core/errors.ts'
import type { Clock } from '../../src/ports/clock.ts'
import { type Batch, beginBatch } from './batch.ts'
import { type Connection, keepConnection } from './connection.ts'
import type { Engine } from './engine.ts'
import { closed } from './errors.ts'
import type { Tables, Tx } from './tables.ts'

/** Writing does not work: since when (milliseconds), and why. */
export interface Fault {
  readonly since: number
  readonly message: string
}

/**
 * The one way to the database. Everything waits in one line, first come first served: so units never overlap, and a
 * reader never sees half of one. Never ask for one inside another.
 */
export interface Session {
  /**
   * A rejecting `work` rolls back everything it did. Resolves when that is durable: what comes within one turn of the
   * loop is committed together, and what is `urgent` with no more than is in the line already. What the database throws
   * becomes a BridgeError.
   */
  write<T>(work: (tx: Tx) => Promise<T>, urgent?: boolean): Promise<T>
  read<T>(work: (tx: Tx) => Promise<T>): Promise<T>
  /** Set by a write that the database could not do for now; gone with the next one that it did. */
  fault(): Fault | undefined
  /** Waits for what is in the line; whatever comes later is refused. */
  close(): Promise<void>
}

/**
 * SQLite answers at once: a chain of units is one long piece of work for the loop, unless it is let go after so many
 * milliseconds.
 */
const breathMs = 20

/** Damage met once is `damaged` for whatever comes later: nothing more is read or written. */
export function openSession(
  db: Kysely<Tables>,
  engine: Engine,
  clock: Pick<Clock, 'now' | 'steady'>,
  damaged: (thrown: unknown) => Promise<BridgeError>,
): Session {
  let tail: Promise<unknown> = Promise.resolve()
  let ending: Promise<void> | undefined
  let fault: Fault | undefined
  let breathed = clock.steady()
  let damage: Promise<BridgeError> | undefined
  let batch: Batch | undefined
  let connection: Promise<Connection> | undefined
  let waiting = 0
  let hurried = false

  const connected = () => {
    connection ??= keepConnection(db)
    return connection
  }

  const inLine = <T>(work: () => Promise<T>): Promise<T> => {
    if (ending) return Promise.reject(closed())
    waiting++
    const turn = tail.then(async () => {
      waiting--
      if (clock.steady() - breathed > breathMs) await breathe()
      if (damage !== undefined) throw await damage
      try {
        return await work()
      } catch (thrown) {
        throw await explained(thrown)
      }
    })
    tail = turn.catch(() => {})
    return turn
  }

  const breathe = async () => {
    await commit()
    await turn()
    breathed = clock.steady()
  }

  const explained = async (thrown: unknown): Promise<unknown> => {
    if (thrown instanceof BridgeError) return thrown
    if (!engine.isBroken(thrown)) return engine.explain(thrown) ?? thrown
    damage ??= damaged(thrown)
    return damage
  }

  const troubled = (thrown: unknown) => {
    const { failure, message } = engine.explain(thrown) ?? {}
    if (failure?.code !== 'server') return
    fault = { since: fault?.since ?? clock.now(), message: message ?? '' }
  }

  /** What is open when its turn comes, else a new one, which is committed when this turn of the loop is over. */
  const joined = async (): Promise<Batch> => {
    if (batch && !batch.isOver()) return batch
    const { tx } = await connected()
    const begun = await beginBatch(tx, engine, (thrown) => {
      troubled(thrown)
      return explained(thrown)
    })
    batch = begun
    setImmediate(() => {
      tail = tail.then(() => (batch === begun ? commit() : undefined)).catch(() => undefined)
    })
    return begun
  }

  /** One that changed nothing has not shown that anything can be written. */
  const commit = async (): Promise<void> => {
    if (await batch?.end()) fault = undefined
    batch = undefined
    hurried = false
  }

  const written = async <T>(work: (tx: Tx) => Promise<T>, urgent: boolean) => {
    try {
      return await (await joined()).run(work)
    } catch (thrown) {
      troubled(thrown)
      throw thrown
    } finally {
      hurried ||= urgent
      if (hurried && waiting === 0) await commit()
    }
  }

  return {
    async write(work, urgent = false) {
      const { result, kept } = await inLine(() => written(work, urgent))
      await kept
      return result
    },
    read: (work) =>
      inLine(async () => {
        await commit()
        const { tx } = await connected()
        await engine.transactions.begin(tx, 'read')
        try {
          return await work(tx)
        } finally {
          await engine.transactions.rollback(tx)
        }
      }),
    fault: () => fault,
    close() {
      ending ??= tail.then(async () => {
        await commit()
        try {
          if (connection) (await connection).release()
          await db.destroy()
        } finally {
          engine.release()
        }
      })
      return ending
    },
  }
}
