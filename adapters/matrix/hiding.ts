import type { Clock, Random } from '../../src/ports/clock.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import type { Background } from './background.ts'
import { statusOf } from './errors.ts'
import { type Homeserver, path } from './homeserver.ts'
import { transactionId } from './ids.ts'
import type { RoomEvent } from './ingress.ts'
import { createPatient } from './patient.ts'

export interface HidingParts {
  readonly homeserver: Homeserver
  readonly background: Background
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
}

/** Takes events back that nobody shall read again, in the background: as often as it takes, until the bridge stops. */
export function createHiding(parts: HidingParts): (event: RoomEvent) => void {
  const { log, background } = parts
  const patient = createPatient(parts.homeserver, parts)
  const what = 'take back a message that held a token'

  return ({ room, id }) =>
    background.do(`hide ${id}`, what, async (signal) => {
      const transaction = transactionId(`hide ${id}`)
      const where = path`/_matrix/client/v3/rooms/${room}/redact/${id}/${transaction}`
      try {
        await patient.call({ method: 'PUT', path: where, body: {}, what }, signal)
      } catch (error) {
        const status = statusOf(error)
        if (status !== 403 && status !== 404) throw error
        const text = 'The bridge may not take back a message that held a token; its author should.'
        log.warn({ room, event: id }, text)
      }
    })
}
