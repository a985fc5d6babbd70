import { backoff } from '../core/backoff.ts'
import { BridgeError, toBridgeError } from '../core/errors.ts'
import type { Job } from '../core/post.ts'
import type { Open, Outlet, Receipt } from '../ports/outlet.ts'
import type { Item, Lease, Unit } from '../ports/store.ts'
import type { Pace } from './pace.ts'
import type { Parts } from './parts.ts'

/** What one lane needs to be pumped. `Addressed` is the job as the outlet takes it. */
export interface Route<Addressed> {
  readonly outlet: Outlet<Addressed>
  readonly open: Open
  /** Completes the job just before it goes: the room, the event it answers. What it throws was surely not sent. */
  address(job: Job, signal: AbortSignal): Promise<Addressed>
  /** What to do with an item that may have gone out when nobody can tell: again, or ask the person. */
  readonly onUncertain: 'resend' | 'ask'
  /** An item is given up when a try fails this long after it was enqueued, in milliseconds. */
  readonly giveUpMs: number
  /** Announces an item that is given up, in the transaction that buries it. */
  bury(unit: Unit, item: Item, error: BridgeError): Promise<void>
}

/** Takes one item to its end: a receipt, a later try, or a burial that is announced. */
export interface Delivery {
  deliver(item: Item): Promise<void>
  /** Settles an item that a crash left in `sending`, before anything is repeated. */
  recover(item: Item): Promise<void>
}

const bugTries = 3

/** What a lane gives its deliveries. */
export interface LaneState {
  readonly lease: Lease
  readonly pace: Pace
  /** May this item go out now? False: it stays queued. */
  isOpen(item: Item): boolean
  /** Which login the lane is in: rises with each. */
  login(): number
  /** Hold the whole lane until a time (milliseconds), or until the login after this one. */
  pause(until: number | { readonly login: number }): void
  /** No new sends. */
  readonly stopping: AbortSignal
  /** Ends waiting: what is unsettled then stays `sending` and is recovered at the next start. */
  readonly hard: AbortSignal
}

/**
 * `sending` is written before the call and the receipt after it. An outcome that is not certain is looked for
 * (`find`) before anything is repeated.
 */
export function createDelivery<Addressed>(
  parts: Parts,
  route: Route<Addressed>,
  state: LaneState,
): Delivery {
  const { store, clock, random, log, trace } = parts
  const { outlet } = route
  const { lease, hard: signal } = state
  /** How often an item met what nobody foresaw. Forgotten with the process: a new one may know better. */
  const bugsOf = new Map<number, number>()

  return {
    async deliver(item) {
      const login = state.login()
      let job: Addressed
      try {
        job = await route.address(item.job, signal)
      } catch (error) {
        if (signal.aborted) return
        return failed(item, surely(toBridgeError(error)), login)
      }
      let began = 0
      let outcome: Receipt | BridgeError | undefined
      await state.pace.run(outlet.bucket(job), state.stopping, async () => {
        if (!state.isOpen(item)) return
        began = clock.now()
        if (!(await mark(item, began))) return
        trace('afterSending', item.job.key)
        outcome = await attempt(job)
      })
      if (outcome === undefined) return
      if (outcome instanceof BridgeError) return settle(item, job, began, outcome, login)
      trace('afterSend', item.job.key)
      await receipted(item, outcome)
    },

    async recover(item) {
      const job = await patiently(item, () => route.address(item.job, signal))
      const login = state.login()
      if (job instanceof BridgeError) return failed(item, unsure(job), login)
      const since = item.sendingSince ?? item.since
      await settle(item, job, since, restarted(), login)
    },
  }

  /** False: it must not go out now, because it is settled already or the store cannot write. */
  async function mark(item: Item, now: number): Promise<boolean> {
    try {
      return await store.unit(async (unit) => {
        // Asked once more, behind whatever was being written: it may have closed the way.
        if (!state.isOpen(item)) return false
        await unit.markSending(lease, item.seq, now)
        return true
      })
    } catch (thrown) {
      const error = toBridgeError(thrown)
      log.warn({ ...about(item), error: error.message }, 'not sent now')
      if (error.failure.heal === 'retry') await clock.sleep(backoff(3, random()), state.stopping)
      return false
    }
  }

  async function attempt(job: Addressed): Promise<Receipt | BridgeError> {
    try {
      return await outlet.send(job, route.open, signal)
    } catch (error) {
      return toBridgeError(error)
    }
  }

  /** A try ended without a receipt. Was it delivered all the same? */
  async function settle(
    item: Item,
    job: Addressed,
    since: number,
    error: BridgeError,
    login: number,
  ): Promise<void> {
    if (signal.aborted) return
    if (error.failure.certain) return failed(item, error, login)
    const found = await patiently(item, () => outlet.find(job, since, signal))
    // Not being able to look says nothing about what happened.
    if (found instanceof BridgeError) return failed(item, unsure(found), login)
    if (found === 'absent') return failed(item, surely(error), login)
    if (found === 'unknown') return failed(item, error, login)
    await receipted(item, found)
  }

  async function receipted(item: Item, receipt: Receipt): Promise<void> {
    trace('beforeReceipt', item.job.key)
    await durably(item, (unit) => unit.deliver(lease, item.seq, receipt))
    bugsOf.delete(item.seq)
    log.debug(about(item), 'delivered')
  }

  async function failed(item: Item, error: BridgeError, login: number): Promise<void> {
    const { failure } = error
    const now = clock.now()
    log.warn({ ...about(item), ...failure, error: error.message }, 'a try failed')
    if (!failure.certain && route.onUncertain === 'ask') return bury(item, 'unknown', error)
    const tired = now - item.since >= route.giveUpMs
    const bugs = (bugsOf.get(item.seq) ?? 0) + (failure.code === 'bug' ? 1 : 0)
    if (bugs) bugsOf.set(item.seq, bugs)
    const broken = failure.code === 'bug' && bugs >= bugTries
    if (failure.heal === 'never' || broken || (tired && failure.heal !== 'relogin')) {
      return bury(item, failure.certain ? 'dead' : 'unknown', error)
    }
    const wait = failure.afterMs ?? backoff(item.attempt + 1, random())
    if (failure.heal === 'wait') state.pause(now + wait)
    if (failure.heal === 'relogin') state.pause({ login })
    const at = failure.heal === 'relogin' ? now : now + wait
    await durably(item, (unit) => unit.retry(lease, item.seq, at, failure))
  }

  function bury(item: Item, as: 'dead' | 'unknown', error: BridgeError): Promise<void> {
    return durably(item, async (unit) => {
      bugsOf.delete(item.seq)
      await unit.bury(lease, item.seq, as, error.failure)
      await route.bury(unit, item, error)
    })
  }

  /** Asks until there is an answer. What can heal is asked again with back-off; what cannot is the answer. */
  async function patiently<T>(item: Item, ask: () => Promise<T>): Promise<T | BridgeError> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await ask()
      } catch (thrown) {
        signal.throwIfAborted()
        const error = toBridgeError(thrown)
        const { code, heal, afterMs } = error.failure
        const hopeless = heal === 'never' || (code === 'bug' && attempt >= bugTries)
        const tired = clock.now() - item.since >= route.giveUpMs + 60_000
        if (hopeless || tired) return error
        log.warn({ ...about(item), code, error: error.message }, 'cannot tell yet; asking again')
        await clock.sleep(afterMs ?? backoff(attempt, random()), signal)
      }
    }
  }

  /** The outcome is known: it is written down however long the store takes to come back. */
  async function durably(item: Item, work: (unit: Unit) => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await store.unit(work)
      } catch (thrown) {
        const error = toBridgeError(thrown)
        if (signal.aborted || error.failure.heal === 'never') throw error
        log.error({ ...about(item), error: error.message }, 'the store cannot write; waiting')
        await clock.sleep(backoff(attempt, random()), signal)
      }
    }
  }
}

/** Fields for the log: which delivery it is. */
export function about(item: Item): Readonly<Record<string, unknown>> {
  const { key, message } = item.job
  return { lane: item.lane, portal: item.portal, message, key, attempt: item.attempt }
}

function surely(error: BridgeError): BridgeError {
  return new BridgeError(error.message, { ...error.failure, certain: true }, { cause: error })
}

function unsure(error: BridgeError): BridgeError {
  return new BridgeError(error.message, { ...error.failure, certain: false }, { cause: error })
}

function restarted(): BridgeError {
  const failure = { code: 'timeout', heal: 'retry', certain: false } as const
  return new BridgeError('The bridge was stopped while this was being sent.', failure)
}
