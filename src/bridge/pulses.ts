import { toBridgeError } from '../core/errors.ts'
import type { HubId } from '../core/ids.ts'
import type { Clock } from '../ports/clock.ts'
import type { HubAdapter } from '../ports/hub.ts'
import type { Log } from '../ports/telemetry.ts'
import { isAway } from './reach.ts'

/** Whether the hubs are there, also while there is nothing to deliver. */
export interface Pulses {
  /** Asks a hub now and then until the signal aborts. Never rejects. Undefined: this one has no question. */
  run(adapter: Asked, signal: AbortSignal): Promise<void> | undefined
  /** False: the last times that it was asked, nobody was there. */
  isThere(hub: HubId): boolean
}

type Asked = Pick<HubAdapter, 'id' | 'answers'>

const everyMs = 30_000
/** After a question that nobody answered. */
const soonMs = 5_000
const patienceMs = 10_000
/** One alone may have met a restart. */
const failures = 2

export function createPulses({ clock, log }: { readonly clock: Clock; readonly log: Log }): Pulses {
  const away = new Set<HubId>()

  async function begin(adapter: Asked, signal: AbortSignal): Promise<void> {
    let inRow = 0
    while (!signal.aborted) {
      await clock.sleep(inRow > 0 ? soonMs : everyMs, signal).catch(() => undefined)
      if (signal.aborted) break
      const silent = await silence(adapter, signal)
      if (signal.aborted) break
      inRow = silent === undefined ? 0 : inRow + 1
      tell(adapter.id, inRow, silent)
    }
    // Who asks no more knows nothing.
    away.delete(adapter.id)
  }

  function tell(hub: HubId, inRow: number, reason: string | undefined): void {
    if (inRow === 0 && away.delete(hub)) log.info({ hub }, 'the hub answers again')
    if (inRow < failures || away.has(hub)) return
    away.add(hub)
    log.warn({ hub, reason }, 'the hub does not answer; what is for it waits')
  }

  /** Why nobody is there. Undefined: somebody is, whatever they say. */
  async function silence(adapter: Asked, signal: AbortSignal): Promise<string | undefined> {
    const over = new AbortController()
    const late = clock.sleep(patienceMs, AbortSignal.any([signal, over.signal])).then(
      () => `no answer within ${patienceMs} ms`,
      () => undefined,
    )
    const ask = async () => adapter.answers?.(AbortSignal.any([signal, over.signal]))
    const asked = ask().then(
      () => undefined,
      (error: unknown) => {
        const { failure, message } = toBridgeError(error)
        return isAway(failure) ? message : undefined
      },
    )
    const found = await Promise.race([asked, late])
    over.abort(new Error('It was asked long enough.'))
    return found
  }

  return {
    run: (adapter, signal) => (adapter.answers ? begin(adapter, signal) : undefined),
    isThere: (hub) => !away.has(hub),
  }
}
