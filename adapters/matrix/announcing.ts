import type { Clock, Random } from '../../src/ports/clock.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import { errcodeOf } from './errors.ts'
import { type Homeserver, path } from './homeserver.ts'
import type { Registration } from './registration.ts'

/** Asks the homeserver to call us. */
export interface Announcing {
  /** It may be that it does not: asks now, or once more after it is asked already. Never throws. */
  announce(): void
  /** A transaction came: it does call us. */
  called(): void
  /** Resolves when nobody is asked any more. */
  settled(): Promise<void>
}

export interface AnnouncingParts {
  readonly homeserver: Homeserver
  readonly registration: Registration
  readonly url: string
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Homeserver and bridge have reached each other for the first time. Must not throw. */
  reached(): void
  /** Makes some event that the homeserver must tell us of, where that is possible. */
  nudge(signal: AbortSignal): Promise<void>
}

const firstMs = 500
const slowestMs = 1_500
const calledWithinMs = 400
const quietMs = 60_000

/**
 * Keeps the homeserver calling. After a transaction that failed Synapse waits 2, 4, 8 … up to 512 s before the next, and a
 * ping ends that at once (real-parts §1). So it is pinged whenever it may be waiting:
 *
 * - We were away: at the start.
 * - It was away while we wanted something (`outage.ts`), or we could not answer a transaction (`front.ts`): then.
 * - It could not reach us although we were here and could reach it (a cable, a firewall, a suspended container): nothing
 *   tells us, so a minute without any call from it is the sign. This is also what finds a restart that nobody noticed.
 *
 * A homeserver that was away while we were here has not failed at any transaction, so it does not wait, with or without a
 * ping. One that began to wait and then restarted goes on waiting, but only from the next event of ours on, and no ping
 * ends what has not begun: hence the nudge, and a second ping behind it.
 */
export function createAnnouncing(parts: AnnouncingParts, signal: AbortSignal): Announcing {
  const { homeserver, registration, url, clock, random, log } = parts
  let asking: Promise<void> | undefined
  let again = false
  let isRegistered = false
  let isReached = false
  let calledAt = clock.steady()

  /** The bot speaks for all: it is there before anything else. */
  const register = async () => {
    if (isRegistered) return
    const username = registration.senderLocalpart
    // inhibit_login: servers with MSC4190 refuse appservice users a login (real-parts §1).
    const body = { type: 'm.login.application_service', username, inhibit_login: true }
    const call = { method: 'POST', path: '/_matrix/client/v3/register', body } as const
    await homeserver.call({ ...call, what: 'register the bot' }, signal).catch((error: unknown) => {
      if (errcodeOf(error) !== 'M_USER_IN_USE') throw error
    })
    isRegistered = true
  }

  const ping = async () => {
    await register()
    const where = path`/_matrix/client/v1/appservice/${registration.id}/ping`
    const call = { method: 'POST', path: where, what: 'ask the homeserver to call back' } as const
    await homeserver.call({ ...call, body: { transaction_id: `ping-${clock.now()}` } }, signal)
  }

  const pause = (ms: number) => clock.sleep(ms, signal).catch(() => {})

  const ask = async () => {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        await ping()
        log.info({ homeserver: url }, 'The homeserver and the bridge reach each other.')
        return
      } catch (error) {
        if (signal.aborted) return
        const reason = error instanceof Error ? error.message : String(error)
        const about = { homeserver: url, callback: registration.url, reason, attempt }
        // Asked every second, said ever more rarely.
        if (Math.log2(attempt + 1) % 1 === 0) {
          log.warn(
            about,
            'Homeserver and bridge do not reach each other yet; it is tried again. ' +
              'Is the homeserver running, and is the url in the registration right?',
          )
        }
      }
      await pause(Math.min(slowestMs, firstMs * (attempt + 1)) * (0.5 + random() / 2))
    }
  }

  /** What the ping may have come too early for: see above. */
  const wake = async () => {
    const before = calledAt
    const isCalled = () => calledAt !== before || signal.aborted
    await pause(calledWithinMs)
    if (isCalled()) return
    await parts.nudge(signal)
    await pause(calledWithinMs)
    // Not while it delivers: Synapse would begin a second delivery beside the first.
    if (!isCalled()) await ping()
  }

  const run = async () => {
    do {
      again = false
      await ask()
      if (signal.aborted) return
      if (!isReached) parts.reached()
      isReached = true
      await wake().catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error)
        log.debug({ reason }, 'The homeserver was not asked a second time.')
      })
    } while (again && !signal.aborted)
  }

  const announce = () => {
    again = true
    if (asking || signal.aborted) return
    asking = run().finally(() => {
      asking = undefined
      // Asked for in the last moment.
      if (again) announce()
    })
  }

  const watching = (async () => {
    let pinged = calledAt
    while (!signal.aborted) {
      await pause(quietMs * (0.5 + random() / 2))
      const since = Math.max(calledAt, pinged)
      if (signal.aborted || asking || clock.steady() - since < quietMs) continue
      pinged = clock.steady()
      // One that works ends what it waits for; only one that fails is worth words, and more of them.
      await ping().catch(() => announce())
    }
  })()

  return {
    announce,
    called() {
      calledAt = clock.steady()
    },
    async settled() {
      await watching
      await asking
    },
  }
}
