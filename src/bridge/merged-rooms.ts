import { backoff } from '../core/backoff.ts'
import { hubLane, type PortalId } from '../core/ids.ts'
import type { Parts, Seat } from './parts.ts'

/** Where two rooms show one chat since a merge, the hub is told that only one of them does. */
export interface MergedRooms {
  /** There may be some now. */
  look(): void
  /** Looks at once, when told to, and now and then; until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
}

/** Rooms that come to be later, in milliseconds. */
const againMs = 600_000

/**
 * What there is to tell is read from the store, and that it was told is noted in the vault: a crash in between tells it
 * again. The old room stays known, so that what is written there still goes to the chat.
 */
export function createMergedRooms(
  parts: Pick<Parts, 'store' | 'vault' | 'clock' | 'random' | 'log' | 'seats'>,
): MergedRooms {
  const { store, vault, clock, random, log } = parts
  const seats = parts.seats.filter(({ adapter }) => adapter.merged)
  let changed: () => void = () => undefined
  let isNew = false

  return {
    look() {
      isNew = true
      changed()
    },

    async run(signal) {
      if (seats.length === 0) return
      let failures = 0
      while (!signal.aborted) {
        isNew = false
        let isDone = true
        for (const seat of seats) {
          if (!(await told(seat, signal))) isDone = false
        }
        failures = isDone ? 0 : failures + 1
        if (!isNew) await rest(isDone ? againMs : backoff(failures, random()), signal)
      }
    },
  }

  /** False: something is left to be told. */
  async function told({ adapter }: Seat, signal: AbortSignal): Promise<boolean> {
    try {
      let isAll = true
      for (const { from, into } of await store.unit((unit) => unit.mergedRooms(adapter.id))) {
        const note = `merged/${adapter.id}/${from}`
        if ((await vault.get(note)) === into) continue
        if (await isBusy(adapter.id, from)) isAll = false
        else {
          await adapter.merged?.(from, into, signal)
          await vault.set(note, into)
        }
      }
      return isAll
    } catch (error) {
      if (!signal.aborted) {
        log.warn({ hub: adapter.id, error: String(error) }, 'a merge was not shown yet')
      }
      return false
    }
  }

  /** What was on its way into the old room when the chats were merged still goes there. */
  async function isBusy(hub: Seat['adapter']['id'], from: PortalId): Promise<boolean> {
    return (await store.unit((unit) => unit.waiting(hubLane(hub), from, 1))) > 0
  }

  async function rest(ms: number, signal: AbortSignal): Promise<void> {
    const over = new AbortController()
    const woken = new Promise<void>((resolve) => {
      changed = resolve
    })
    const slept = clock.sleep(ms, AbortSignal.any([signal, over.signal])).catch(() => undefined)
    await Promise.race([slept, woken])
    over.abort()
  }
}
