import { backoff } from '../core/backoff.ts'
import { BridgeError, type Failure, toBridgeError } from '../core/errors.ts'
import type { PortalId } from '../core/ids.ts'
import type { Item, Lease } from '../ports/store.ts'
import type { WeChatPace } from './allowance.ts'
import { createDelivery } from './delivery.ts'
import { createPace } from './pace.ts'
import type { Parts } from './parts.ts'
import type { QueueView } from './queue-view.ts'
import { createReach } from './reach.ts'
import type { Route } from './route.ts'

export interface Pump {
  /** Delivers the lane's items until the signal aborts; then lets what is under way end, for a while. */
  run(lease: Lease, signal: AbortSignal): Promise<void>
  /** There may be work. */
  wake(): void
  /** Whether the other side can take anything at all now. Closed, items wait in the store. */
  gate(open: boolean): void
  /** Why nothing goes out now, if so. */
  closed: QueueView['closed']
  /** False: the last deliveries did not get to the other side. */
  isThere(): boolean
}

/** What is different in lanes towards WeChat. */
export interface PumpOptions {
  /** Portals of which nothing may go out now. */
  readonly held?: () => ReadonlySet<PortalId>
  /** An account's allowances, instead of the outlet's rate. */
  readonly pace?: WeChatPace
  /** How often it is looked for work that nobody told of, in milliseconds. */
  readonly pollMs?: number
}

interface Broken {
  readonly item: Item
  readonly error: unknown
}

const none: ReadonlySet<PortalId> = new Set()
const graceMs = 5_000
/** Made once: there is one for each look. */
const woke = new Error('there may be work')
const minute = 60_000
/** No item is due later than this: back-off ends at five minutes, what a hub asks for at an hour. */
const longestMs = 65 * minute
/** What the machine's clock may go wrong by between two looks and still be taken for slow or fast. */
const driftMs = 1_000

/**
 * One lane: turns → send → receipt, retry, or burial. One item of a portal is under way at a time. Starting is
 * recovering: what a crash left uncertain is settled first, while other portals already go on. Time is measured as it
 * passes; only what is due in the store goes by the machine's clock, and is looked at anew when that was set.
 */
export function createPump<Addressed>(
  parts: Parts,
  route: Route<Addressed>,
  { held = () => none, pace, pollMs = 2_000 }: PumpOptions = {},
): Pump {
  const { store, clock, random, log } = parts
  const { outlet } = route
  const rate = createPace(outlet.rate, clock)
  /** Claimed items, those waiting for their pace included; and as many again that are recovered. */
  const slots = outlet.rate.concurrency * 4
  /** With those of which it is asked again and again what became of them: rooms may be broken for hours. */
  const most = slots * 8
  const busy = new Set<PortalId>()
  const reach = createReach(parts.clock)
  let open = true
  let logins = 0
  /** In steady time. */
  let closedUntil = Number.NEGATIVE_INFINITY
  let woken = false
  let resolveIdle: () => void = () => undefined

  return { run, wake, gate, closed, isThere: reach.isThere }

  async function run(lease: Lease, signal: AbortSignal): Promise<void> {
    const hard = new AbortController()
    const underWay = new Set<Promise<void>>()
    let recovering = 0
    let aside = 0
    let broken: Broken | undefined
    await pace?.load()
    const delivery = createDelivery(parts, route, {
      lease,
      pace: pace ?? rate,
      isOpen: (item) => isOpen() && !held().has(item.portal),
      login: () => logins,
      wait,
      ended,
      async aside(waiting) {
        aside++
        wake()
        await waiting.finally(() => aside--)
      },
      succeeded: async () => pace?.succeeded(),
      reached: reach.ended,
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
    const uncertain = [...(await store.unit((unit) => unit.uncertain(lease)))]
    const recover = (item: Item) => {
      recovering++
      return delivery.recover(item).finally(() => recovering--)
    }
    const look = looking(lease)
    let failures = 0
    while (!signal.aborted && !broken) {
      woken = false
      try {
        await look()
        while (recovering < slots + aside && busy.size < most && uncertain.length > 0) {
          for (const item of uncertain.splice(0, 1)) start(item, recover)
        }
        const free = Math.min(slots + aside - (busy.size - recovering), most - busy.size)
        const { items, due } = await claim(lease, free)
        for (const item of items) start(item, delivery.deliver)
        await idle(signal, due)
        failures = 0
      } catch (error) {
        log.error({ lane: lease.lane, error: String(error) }, 'the lane cannot be read; waiting')
        await clock.sleep(backoff(++failures, random()), signal).catch(() => undefined)
      }
    }
    await ending(underWay, hard)
    if (broken) throw brokenLane(broken)
  }

  /** Now and then: what the clock was set away from, and whether the account is still online. */
  function looking(lease: Lease): () => Promise<void> {
    let skew = clock.now() - clock.steady()
    let next = clock.steady()
    return async () => {
      const by = clock.now() - clock.steady() - skew
      skew += by
      const jumped = Math.abs(by) > driftMs
      if (jumped) {
        log.warn({ lane: lease.lane, ms: by }, "the machine's clock was set")
        await pace?.jumped()
      }
      if (!jumped && clock.steady() < next) return
      next = clock.steady() + minute
      if (open) await pace?.seen()
      // After a step back all that was due before it is due again that much later.
      const latest = clock.now() + (by < -driftMs ? 0 : longestMs)
      await store.unit((unit) => unit.hasten(lease.lane, latest, clock.now()))
    }
  }

  /** What may go out now, and when the next falls due if there would be room for it. */
  async function claim(
    lease: Lease,
    free: number,
  ): Promise<{ readonly items: readonly Item[]; readonly due?: number | undefined }> {
    if (!isOpen() || free <= 0) return { items: [] }
    return store.unit(async (unit) => {
      const items = await unit.ready(lease, clock.now(), free, waiting())
      if (items.length === free) return { items }
      const claimed = new Set([...waiting(), ...items.map(({ portal }) => portal)])
      return { items, due: await unit.nextDue(lease, claimed) }
    })
  }

  /** Portals of which nothing may be claimed. */
  function waiting(): ReadonlySet<PortalId> {
    const still = held()
    return still.size === 0 ? busy : new Set([...busy, ...still])
  }

  /** Until something happens that may give work, or work falls due. */
  async function idle(signal: AbortSignal, due: number | undefined): Promise<void> {
    if (woken) return
    const opens = open ? closedMs() : pollMs
    const left = due === undefined ? pollMs : due - clock.now()
    const wait = Math.min(pollMs, isOpen() ? left : opens)
    const over = new AbortController()
    const stop = () => over.abort(woke)
    // One signal for each look, instead of one joined of two.
    resolveIdle = stop
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    await clock.sleep(Math.max(1, wait), over.signal).catch(() => undefined)
    signal.removeEventListener('abort', stop)
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
    if (isOpenNow) {
      logins++
      void pace?.online()
    }
    pace?.interrupt()
    wake()
  }

  async function wait(failure: Failure, item: Item): Promise<number> {
    const ms = failure.afterMs ?? minute
    if (pace && failure.code === 'rate') await pace.limited(ms, item)
    else if (pace) pace.rest(ms)
    else closedUntil = Math.max(closedUntil, clock.steady() + ms)
    pace?.interrupt()
    // What the whole lane waits for, one of its items need not wait for as well.
    return pace ? clock.now() : clock.now() + ms
  }

  function ended(login: number): void {
    // What an earlier login could not send says nothing about the present one.
    if (login !== logins) return
    open = false
    pace?.interrupt()
  }

  function isOpen(): boolean {
    return open && closedMs() <= 0
  }

  /** For how long nothing goes out although the other side is there. */
  function closedMs(): number {
    return Math.max(closedUntil - clock.steady(), pace?.pausedMs() ?? 0)
  }

  function closed(): ReturnType<QueueView['closed']> {
    if (!open) return 'offline'
    return closedMs() > 0 ? 'rate' : undefined
  }
}

function brokenLane({ item, error }: Broken): BridgeError {
  const cause = toBridgeError(error)
  return new BridgeError(`Delivery ${item.seq}: ${cause.message}`, cause.failure, { cause: error })
}
