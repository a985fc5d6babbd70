import { request } from 'undici'
import type { BridgeError } from '../../src/core/errors.ts'
import type { Clock, Random } from '../../src/ports/clock.ts'
import type { Log } from '../../src/ports/telemetry.ts'
import { isUnreached } from './errors.ts'
import { unlessAborted } from './homeserver.ts'

/** Whether the homeserver is there, as far as our own calls tell. */
export interface Outage {
  /** A call came to nothing: looks whether the homeserver is away and, if so, when it is back. Never throws. */
  suspect(error: BridgeError): void
  /** The homeserver called us: while it is looked for, it is at once. Never throws. */
  heard(): void
  /** Resolves when nothing is looked for any more. */
  settled(): Promise<void>
}

export interface OutageOptions {
  /** Where the client-server API is. */
  readonly url: string
  /** It was away and is there again. Not more often than every half second, unless it calls. Must not throw. */
  readonly returned: () => void
}

/** From one look to the next while it is away: half of it by chance, so that many bridges do not look at once. */
const everyMs = 1_000
const answerMs = 5_000

/**
 * Notices that the homeserver was away and when it is back, by a look that costs it next to nothing, one at a time and
 * only while it is away.
 *
 * Only a call that could not even be made says for sure that it is away. An answer of 5xx, or none, may be about that one
 * call: so the homeserver counts as away when a look at once fails too. Otherwise one post that always fails would make
 * it "return" at each try, and everything that waits would be tried again with it.
 *
 * A homeserver that was away while we asked nothing of it needs no looking: nothing of ours waits then. What it has for
 * us is another matter, see `announcing.ts`.
 */
export function createOutage(
  { url, returned }: OutageOptions,
  ports: { readonly clock: Clock; readonly random: Random; readonly log: Log },
  signal: AbortSignal,
): Outage {
  const { clock, random, log } = ports
  let looking: Promise<void> | undefined
  let called = Promise.withResolvers<void>()

  const isThere = async (): Promise<boolean> => {
    try {
      const asking = request(`${url}/_matrix/client/versions`, {
        headersTimeout: answerMs,
        bodyTimeout: answerMs,
        signal,
      })
      const answer = await unlessAborted(asking, signal)
      await answer.body.dump()
      // A proxy in front of a homeserver that is away answers with 502 to 504.
      return answer.statusCode < 500
    } catch {
      return false
    }
  }

  const pause = async () => {
    called = Promise.withResolvers()
    const over = new AbortController()
    const sleep = clock.sleep(
      everyMs * (0.5 + random() / 2),
      AbortSignal.any([signal, over.signal]),
    )
    await Promise.race([sleep.catch(() => {}), called.promise])
    over.abort()
  }

  const look = async (isSure: boolean) => {
    const since = clock.steady()
    let away = isSure
    if (away) await pause()
    while (!signal.aborted && !(await isThere())) {
      if (!away) log.warn({ homeserver: url }, 'The homeserver is away.')
      away = true
      await pause()
    }
    if (!away || signal.aborted) return
    log.info({ homeserver: url, awayMs: clock.steady() - since }, 'The homeserver is back.')
    returned()
  }

  return {
    suspect(error) {
      const { code } = error.failure
      if (looking || signal.aborted) return
      if (code !== 'network' && code !== 'server' && code !== 'timeout') return
      const isSure = isUnreached(error)
      if (isSure) log.warn({ homeserver: url, reason: error.message }, 'The homeserver is away.')
      looking = look(isSure).finally(() => {
        looking = undefined
      })
    },
    heard: () => called.resolve(),
    async settled() {
      await looking
    },
  }
}
