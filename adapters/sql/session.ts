import { setImmediate } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import { BridgeError } from '../../src/core/errors.ts'
import type { Clock } from '../../src/ports/clock.ts'
import type { Engine } from './engine.ts'
import { closed } from './errors.ts'
import type { Tables, Tx } from './tables.ts'

/** Writing does not work: since when (milliseconds), and why. */
export interface Fault {
  readonly since: number
  readonly message: string
}

/**
 * The one way to the database. Everything waits in one line, first come first served, each in a transaction of its
 * own: so units never overlap, and a reader never sees half of one. Never ask for one inside another.
 */
export interface Session {
  /** A rejecting `work` rolls back everything. What the database throws becomes a BridgeError. */
  write<T>(work: (tx: Tx) => Promise<T>): Promise<T>
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

  const inLine = <T>(work: () => Promise<T>): Promise<T> => {
    if (ending) return Promise.reject(closed())
    const turn = tail.then(async () => {
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
    await setImmediate()
    breathed = clock.steady()
  }

  const explained = async (thrown: unknown): Promise<unknown> => {
    if (thrown instanceof BridgeError) return thrown
    if (!engine.isBroken(thrown)) return engine.explain(thrown) ?? thrown
    damage ??= damaged(thrown)
    return damage
  }

  const written = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
    const before = engine.written()
    try {
      const result = await db.transaction().execute(work)
      // One that changed nothing has not shown that anything can be written.
      if (engine.written() !== before) fault = undefined
      return result
    } catch (thrown) {
      const { failure, message } = engine.explain(thrown) ?? {}
      if (failure?.code === 'server')
        fault = { since: fault?.since ?? clock.now(), message: message ?? '' }
      throw thrown
    }
  }

  return {
    write: (work) => inLine(() => written(work)),
    read: (work) => inLine(() => db.transaction().setAccessMode('read only').execute(work)),
    fault: () => fault,
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
