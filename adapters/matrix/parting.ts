import type { Socket } from 'node:net'
import type { Clock } from '../../src/ports/clock.ts'

/** Twisted, which Synapse is built on, ends a connection that nobody used for so long. Milliseconds. */
const idle = { from: 119_000, to: 122_000 } as const

export interface PartingParts {
  readonly clock: Pick<Clock, 'steady'>
  /** It calls on a connection on which it did not call before. Neither may throw. */
  met(): void
  /** A connection ended on which it called. */
  parted(): void
}

/**
 * Watches the connections on which the homeserver calls. It keeps them for the next call, so one that ends tells of a
 * homeserver that was killed or restarted long before anything else does. A machine that lost its power says nothing; but
 * the process after it has connections of its own.
 */
export function createParting(parts: PartingParts): (connection: Socket) => void {
  const { clock, met, parted } = parts
  const usedAt = new WeakMap<Socket, number>()
  return (connection) => {
    const isKnown = usedAt.has(connection)
    usedAt.set(connection, clock.steady())
    if (isKnown) return
    met()
    connection.once('close', () => {
      const unused = clock.steady() - (usedAt.get(connection) ?? 0)
      if (unused < idle.from || unused > idle.to) parted()
    })
  }
}
