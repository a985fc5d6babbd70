import type { Socket } from 'node:net'
import type { Clock } from '../../src/ports/clock.ts'

/** Twisted, which Synapse is built on, ends a connection that nobody used for so long. Milliseconds. */
const idle = { from: 119_000, to: 122_000 } as const

/**
 * Watches the connections on which the homeserver calls: `parted` is told when one ends. It keeps them for the next call,
 * so one that ends tells of a homeserver that was killed or restarted long before anything else does. A machine that lost
 * its power says nothing.
 */
export function createParting(
  clock: Pick<Clock, 'steady'>,
  parted: () => void,
): (connection: Socket) => void {
  const usedAt = new WeakMap<Socket, number>()
  return (connection) => {
    const isKnown = usedAt.has(connection)
    usedAt.set(connection, clock.steady())
    if (isKnown) return
    connection.once('close', () => {
      const unused = clock.steady() - (usedAt.get(connection) ?? 0)
      if (unused < idle.from || unused > idle.to) parted()
    })
  }
}
