import { backoff } from '../core/backoff.ts'
import { toBridgeError } from '../core/errors.ts'
import type { Lane } from '../core/ids.ts'
import type { Lease } from '../ports/store.ts'
import type { LaneState } from './lane-book.ts'
import type { Parts } from './parts.ts'

const ttlMs = 15_000
const renewMs = 5_000
const waitMs = 2_000

/**
 * Own a lane and do its work until the signal aborts. Work that fails is begun again with back-off; a lost lease
 * ends it. Rejects only on a `config` error. `told` of each change of its state.
 */
export async function holdLane(
  parts: Parts,
  lane: Lane,
  owner: string,
  signal: AbortSignal,
  work: (lease: Lease, signal: AbortSignal) => Promise<void>,
  told: (state: LaneState) => void = () => undefined,
): Promise<void> {
  const { store, clock, random, log } = parts
  let failures = 0
  told({ state: 'starting' })
  while (!signal.aborted) {
    try {
      const lease = await store.take(lane, owner, ttlMs)
      if (!lease) {
        told({ state: 'taken' })
        await clock.sleep(waitMs, signal)
        continue
      }
      const began = clock.steady()
      told({ state: 'held', epoch: lease.epoch })
      await whileHeld(parts, lease, signal, work).finally(() => {
        if (clock.steady() - began > ttlMs) failures = 0
      })
      failures = 0
    } catch (thrown) {
      if (signal.aborted) return
      const error = toBridgeError(thrown)
      if (error.failure.code === 'config') throw error
      failures++
      told({ state: 'stopped' })
      log.error({ lane, error: error.message, cause: String(error.cause ?? '') }, 'lane stopped')
      await clock.sleep(backoff(failures, random()), signal).catch(() => undefined)
    }
  }
}

async function whileHeld(
  { store, clock, log }: Parts,
  lease: Lease,
  signal: AbortSignal,
  work: (lease: Lease, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const held = new AbortController()
  const both = AbortSignal.any([signal, held.signal])
  const renewing = (async () => {
    let until = clock.steady() + ttlMs
    for (;;) {
      await clock.sleep(renewMs, both)
      // A store that cannot write now may be able to before the lease runs out.
      const renewed = await store.renew(lease, ttlMs).catch((thrown: unknown) => {
        // A damaged database: whatever else the lane does is pointless.
        if (toBridgeError(thrown).failure.code !== 'config') return undefined
        held.abort(thrown)
        throw thrown
      })
      if (renewed) until = clock.steady() + ttlMs
      if (renewed || (renewed === undefined && clock.steady() < until)) continue
      log.warn({ lane: lease.lane }, 'lost the lease')
      return held.abort(new Error('the lease was lost'))
    }
  })().catch(() => undefined)
  try {
    await work(lease, both)
  } finally {
    held.abort(new Error('done'))
    await renewing
    await store.release(lease).catch(() => undefined)
  }
  if (toBridgeError(held.signal.reason).failure.code === 'config') throw held.signal.reason
}
