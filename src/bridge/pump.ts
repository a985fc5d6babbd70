import { backoff } from '../core/backoff.ts'
import { BridgeError, toBridgeError } from '../core/errors.ts'
import type { PortalId } from '../core/ids.ts'
import type { Item, Lease } from '../ports/store.ts'
import type { Route } from './delivery.ts'
import { createDelivery } from './delivery.ts'
import { createPace } from './pace.ts'
import type { Parts } from './parts.ts'

export interface Pump {
  /** Delivers the lane's items until the signal aborts; then lets what is under way end, for a while. */
  run(lease: Lease, signal: AbortSignal): Promise<void>
  /** There may be work. */
  wake(): void
  /** Whether the other side can take anything at all now. Closed, items wait in the store. */
  gate(open: boolean): void
}

interface Broken {
  readonly item: Item
  readonly error: unknown
}

const none: ReadonlySet<PortalId> = new Set()
const pollMs = 2_000
const graceMs = 5_000

/**
 * One lane: turns → send → receipt, retry, or burial. One item of a portal is under way at a time. Starting is
 * recovering: what a crash left uncertain is settled first, while other portals already go on. What is `held` stays
 * in the store.
 */
export function createPump<Addressed>(
  parts: Parts,
  route: Route<Addressed>,
  held: () => ReadonlySet<PortalId> = () => none,
): Pump {
  const { store, clock, random, log } = parts
  const { outlet } = route
  const pace = createPace(outlet.rate)
  /** Claimed items, those waiting for their pace included. */
  const slots = outlet.rate.concurrency * 4
  const busy = new Set<PortalId>()
  let open = true
  let logins = 0
  let closedUntil = 0
  let woken = false
  let resolveIdle: () => void = () => undefined

  return { run, wake, gate }

  async function run(lease: Lease, signal: AbortSignal): Promise<void> {
    const hard = new AbortController()
    const underWay = new Set<Promise<void>>()
    let broken: Broken | undefined
    const delivery = createDelivery(parts, route, {
      lease,
      pace,
      isOpen: (item) => isOpen() && !held().has(item.portal),
      login: () => logins,
      pause,
      stopping: signal,
      hard: hard.signal,
    })
    const start = (item: Item, work: (item: Item) => Promise<void>) => {
      busy.add(item.portal)
      const done = work(item)
        .catch((error: unknown) => {
          // Nobody knows in what state it is: the lane begins anew, which recovers it.
          if (!signal.aborted) broken ??= { item, error }
        })
        .finally(() => {
          busy.delete(item.portal)
          underWay.delete(done)
          wake()
        })
      underWay.add(done)
    }
    for (const item of await store.unit((unit) => unit.uncertain(lease))) {
      start(item, delivery.recover)
    }
    let failures = 0
    while (!signal.aborted && !broken) {
      woken = false
      try {
        for (const item of await claim(lease)) start(item, delivery.deliver)
        await idle(lease, signal)
        failures = 0
      } catch (error) {
        log.error({ lane: lease.lane, error: String(error) }, 'the lane cannot be read; waiting')
        await clock.sleep(backoff(++failures, random()), signal).catch(() => undefined)
      }
    }
    await ending(underWay, hard)
    if (broken) throw brokenLane(broken)
  }

  async function claim(lease: Lease): Promise<readonly Item[]> {
    const free = slots - busy.size
    if (!isOpen() || free <= 0) return []
    return store.unit((unit) => unit.ready(lease, clock.now(), free, waiting()))
  }

  /** Portals of which nothing may be claimed. */
  function waiting(): ReadonlySet<PortalId> {
    const still = held()
    return still.size === 0 ? busy : new Set([...busy, ...still])
  }

  /** Until something happens that may give work, or work falls due. */
  async function idle(lease: Lease, signal: AbortSignal): Promise<void> {
    const due = isOpen()
      ? await store.unit((unit) => unit.nextDue(lease, waiting()))
      : open
        ? closedUntil
        : undefined
    if (woken) return
    const full = busy.size >= slots
    const wait = full || due === undefined ? pollMs : Math.min(pollMs, due - clock.now())
    const over = new AbortController()
    const slept = clock.sleep(Math.max(1, wait), AbortSignal.any([signal, over.signal]))
    await Promise.race([
      new Promise<void>((resolve) => {
        resolveIdle = resolve
      }),
      slept.catch(() => undefined),
    ])
    over.abort()
  }

  /** What has begun is given time to end, so that a stop leaves as little as possible uncertain. */
  async function ending(
    underWay: ReadonlySet<Promise<void>>,
    hard: AbortController,
  ): Promise<void> {
    const over = new AbortController()
    const grace = clock.sleep(graceMs, over.signal).then(
      () => hard.abort(new Error('The bridge is stopping.')),
      () => undefined,
    )
    await Promise.all(underWay)
    over.abort()
    await grace
  }

  function wake(): void {
    woken = true
    resolveIdle()
  }

  function gate(isOpenNow: boolean): void {
    open = isOpenNow
    if (isOpenNow) logins++
    wake()
  }

  function pause(until: number | { readonly login: number }): void {
    if (typeof until === 'number') closedUntil = Math.max(closedUntil, until)
    // What an earlier login could not send says nothing about the present one.
    else if (until.login === logins) open = false
  }

  function isOpen(): boolean {
    return open && clock.now() >= closedUntil
  }
}

function brokenLane({ item, error }: Broken): BridgeError {
  const cause = toBridgeError(error)
  return new BridgeError(`Delivery ${item.seq}: ${cause.message}`, cause.failure, { cause: error })
}
