import { backoff } from '../core/backoff.ts'
import { BridgeError, type Failure, toBridgeError } from '../core/errors.ts'
import type { Receipt } from '../ports/outlet.ts'
import type { Item, Lease, Unit } from '../ports/store.ts'
import type { Tried } from '../ports/telemetry.ts'
import { restarted, surely, unsure, without } from './certainty.ts'
import type { Pace } from './pace.ts'
import type { Parts } from './parts.ts'
import { about, bugTries, persisting } from './persisting.ts'
import { beforeThat, restored, wasRestored } from './restored.ts'
import type { Route } from './route.ts'
import { createTiring } from './tiring.ts'
import { noticing, watched } from './watchdog.ts'

/** Takes one item to its end: a receipt, a later try, or a burial that is announced. */
export interface Delivery {
  deliver(item: Item): Promise<void>
  /** Settles an item that a crash left in `sending`, before anything is repeated. */
  recover(item: Item): Promise<void>
}

const stuckMs = 120_000
/** How often it is asked whether proof has come, in milliseconds. */
const echoPollMs = 2_000
/** Should nobody hold the line of what a quota refused, it is tried again after so long. */
const quotaMs = 5 * 60_000

/** What a lane gives its deliveries. */
export interface LaneState {
  readonly lease: Lease
  readonly pace: Pace
  /** May this item go out now? False: it stays queued. */
  isOpen(item: Item): boolean
  /** Which login the lane is in: rises with each. */
  login(): number
  /** The other side wants the whole lane to wait. Resolves with when the item that met this is due. */
  wait(failure: Failure, item: Item): Promise<number>
  /** This login is over: nothing goes out before the one after it. */
  ended(login: number): void
  /** Nothing can be done about an item for a while: others may be in its place. */
  aside(waiting: Promise<void>): Promise<void>
  /** The other side took something. */
  succeeded(): Promise<void>
  /** How reaching the other side ended: without a failure where it took something. */
  reached(failure?: Failure): void
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
  const { store, clock, random, log, trace, meter } = parts
  const { outlet } = route
  const { lease, hard: signal } = state
  /** How often an item met what nobody foresaw. Forgotten with the process: a new one may know better. */
  const bugsOf = new Map<number, number>()
  const tiring = createTiring(clock, route.giveUpMs)
  const { patiently, durably } = persisting(parts, route.giveUpMs, signal, state.aside)

  return {
    async deliver(item) {
      let login = state.login()
      const isOld = wasRestored(item, parts.restoredAt)
      if (isOld && route.onUncertain === 'ask') return bury(item, 'unknown', restored())
      let job: Addressed
      try {
        job = await address(item)
      } catch (error) {
        if (signal.aborted) return
        return failed(item, surely(toBridgeError(error)), login)
      }
      if (isOld) {
        const found = await patiently(item, () => find(job, beforeThat(item)))
        if (found instanceof BridgeError) return failed(item, unsure(found), login)
        if (typeof found !== 'string') return receipted(item, found)
      }
      try {
        route.check?.(job)
      } catch (error) {
        return failed(item, surely(toBridgeError(error)), login)
      }
      const { body } = item.job
      const turn = {
        bucket: outlet.bucket(job),
        ...(item.job.type === 'send' && { chat: item.job.chat }),
        media: body.kind === 'media',
        isOpen: () => state.isOpen(item),
        aside: (waiting: Promise<void>) => void state.aside(waiting),
      }
      let began = 0
      let outcome: Receipt | BridgeError | undefined
      await state.pace.run(turn, state.stopping, async (spend) => {
        if (!state.isOpen(item)) return
        // It may have waited for hours.
        login = state.login()
        began = clock.now()
        if (!(await mark(item, began))) return
        spend()
        trace('afterSending', item.job.key)
        outcome = await attempt(item, item.doubtful ? (route.repeated?.(job) ?? job) : job)
        // Before the next of its bucket, or of the lane, begins.
        if (outcome instanceof BridgeError) slowed(turn.bucket, outcome.failure, login)
      })
      if (outcome === undefined) return
      if (outcome instanceof BridgeError) return settle(item, job, began, outcome, login)
      trace('afterSend', item.job.key)
      await receipted(item, outcome)
      await state.succeeded()
    },

    async recover(item) {
      const job = await patiently(item, () => address(item))
      const login = state.login()
      if (job instanceof BridgeError) return failed(item, unsure(job), login)
      if (wasRestored(item, parts.restoredAt)) {
        return settle(item, job, beforeThat(item), restored(), login)
      }
      await settle(item, job, item.sendingSince ?? item.since, restarted(), login)
    },
  }

  function address(item: Item): Promise<Addressed> {
    const patience = { stuckMs: route.stuckMs ?? stuckMs, what: 'it was being addressed' }
    return watched(clock, patience, signal, (until) => route.address(item.job, until))
  }

  function find(job: Addressed, since: number): Promise<Receipt | 'absent' | 'unknown'> {
    const patience = { stuckMs: route.stuckMs ?? stuckMs, what: 'it was being looked for' }
    return watched(clock, patience, signal, (until) => outlet.find(job, since, until))
  }

  /** False: it must not go out now, because it is settled already or the store cannot write. */
  async function mark(item: Item, now: number): Promise<boolean> {
    try {
      const marking = async (unit: Unit) => {
        // Asked once more, behind whatever was being written: it may have closed the way. It may at any moment: urgent.
        if (!state.isOpen(item)) return false
        await unit.markSending(lease, item.seq, now, item.revision)
        return true
      }
      return await store.unit(marking, { urgent: true })
    } catch (thrown) {
      const error = toBridgeError(thrown)
      // Taken back, or written anew, while it waited: nothing is wrong.
      const level = error.failure.code === 'gone' ? 'debug' : 'warn'
      log[level]({ ...about(item), error: error.message }, 'not sent now')
      if (error.failure.code !== 'gone') {
        await clock.sleep(backoff(3, random()), state.stopping).catch(() => undefined)
      }
      return false
    }
  }

  async function attempt(item: Item, job: Addressed): Promise<Receipt | BridgeError> {
    const patience = { stuckMs: route.stuckMs ?? stuckMs, what: 'it was being sent' }
    const began = clock.steady()
    const tried = (how: Tried) => meter?.tried(lease.lane, how, clock.steady() - began)
    try {
      const receipt = await watched(
        clock,
        patience,
        signal,
        (until, progress) => outlet.send(job, noticing(route.open, progress), until),
        (receipt) => void late(item, receipt),
      )
      tried('delivered')
      return receipt
    } catch (thrown) {
      const error = toBridgeError(thrown)
      tried(error.failure.certain ? 'failed' : 'unsure')
      return error
    }
  }

  /** What was given up as stuck did arrive. Whatever was done about it meanwhile, this is proof. */
  async function late(item: Item, receipt: Receipt): Promise<void> {
    log.warn(about(item), 'what was given up as stuck was delivered after all')
    await store
      .unit((unit) => unit.settle(item.job.key, receipt))
      .then(() => route.settled?.(item))
      .catch((error: unknown) => log.error({ ...about(item), error: String(error) }, 'not settled'))
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
    const found = await proof(item, job, since)
    if (found === undefined) return
    // Not being able to look says nothing about what happened.
    if (found instanceof BridgeError) return failed(item, unsure(found), login)
    if (found === 'absent') return failed(without(item), surely(error), login)
    if (found === 'unknown') return failed(item, error, login)
    await receipted(item, found)
  }

  /** What `find` says; where it cannot tell and proof may still come, after a while. Undefined: stopped meanwhile. */
  async function proof(
    item: Item,
    job: Addressed,
    since: number,
  ): Promise<Receipt | 'absent' | 'unknown' | BridgeError | undefined> {
    const until = clock.steady() + (route.onUncertain === 'ask' ? (route.echoMs ?? 0) : 0)
    for (;;) {
      const found = await patiently(item, () => find(job, since))
      const left = until - clock.steady()
      if (found !== 'unknown' || left <= 0) return found
      const slept = clock.sleep(Math.min(left, echoPollMs), state.stopping)
      await state.aside(slept).catch(() => undefined)
      if (state.stopping.aborted) return undefined
    }
  }

  async function receipted(item: Item, receipt: Receipt): Promise<void> {
    trace('beforeReceipt', item.job.key)
    await durably(item, (unit) => unit.deliver(lease, item.seq, receipt))
    trace('afterReceipt', item.job.key)
    route.settled?.(item)
    state.reached()
    bugsOf.delete(item.seq)
    tiring.delivered(item.portal)
    log.debug(about(item), 'delivered')
  }

  /** The other side counts by buckets: what else would go there now meets the same; without a login, all does. */
  function slowed(bucket: string, { code, heal, certain, afterMs }: Failure, login: number): void {
    if (certain && heal === 'relogin') state.ended(login)
    if (code === 'rate' && heal === 'retry' && afterMs !== undefined) {
      state.pace.pause?.(bucket, afterMs)
    }
  }

  async function failed(item: Item, thrown: BridgeError, login: number): Promise<void> {
    // A try that surely failed says nothing about those before it.
    const error = item.doubtful ? unsure(thrown) : thrown
    const { failure } = error
    state.reached(thrown.failure)
    log.warn({ ...about(item), ...failure, error: error.message }, 'a try failed')
    if (!failure.certain && route.onUncertain === 'ask') return bury(item, 'unknown', error)
    if (isHopeless(item, failure, login)) {
      return bury(item, failure.certain ? 'dead' : 'unknown', error)
    }
    const at = await dueAt(item, failure, login)
    await durably(item, (unit) => unit.retry(lease, item.seq, at, failure))
  }

  function isHopeless(item: Item, { code, heal, reason }: Failure, login: number): boolean {
    if (heal === 'never') return true
    // A person can open it, or write there: all the same when.
    if (reason === 'shut' || reason === 'quota') return false
    const bugs = (bugsOf.get(item.seq) ?? 0) + (code === 'bug' ? 1 : 0)
    if (bugs) bugsOf.set(item.seq, bugs)
    if (code === 'bug' && bugs >= bugTries) return true
    return heal !== 'relogin' && tiring.isTired(item, heal, login)
  }

  async function dueAt(item: Item, failure: Failure, login: number): Promise<number> {
    // Its line is held until a message comes from there, and nobody else's.
    if (failure.reason === 'quota') return clock.now() + quotaMs
    if (failure.heal === 'wait') return state.wait(failure, item)
    if (failure.heal === 'relogin') {
      state.ended(login)
      return clock.now()
    }
    return clock.now() + (failure.afterMs ?? backoff(item.attempt + 1, random()))
  }

  async function bury(item: Item, as: 'dead' | 'unknown', error: BridgeError): Promise<void> {
    let isBuried = false
    await durably(item, async (unit) => {
      bugsOf.delete(item.seq)
      isBuried = await unit.bury(lease, item.seq, as, error.failure)
      // Its echo may have come while we still thought so: then there is nothing to announce.
      if (isBuried) await route.bury(unit, item, error)
    })
    if (isBuried) {
      const { code } = error.failure
      log.warn({ ...about(item), code, as }, 'given up')
      meter?.buried(lease.lane, code)
    }
    route.settled?.(item)
  }
}
