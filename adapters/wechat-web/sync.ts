import type { Clock, Random } from '../../src/ports/clock.ts'
import type { Log, Trace } from '../../src/ports/telemetry.ts'
import type { Api, Check } from './api.ts'
import { endOf, SessionEnd, WireFault } from './fault.ts'
import { number, type Raw, text } from './raw.ts'
import { readKey } from './session.ts'
import { backoff } from './timings.ts'

/** What it takes to live with failures. */
export interface TroubleParts {
  readonly api: Api
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** The server is or is not to be reached: told on each change only. */
  readonly reachable: (yes: boolean) => Promise<void>
}

/** What the loop needs besides the calls. */
export interface SyncParts extends TroubleParts {
  /** All of one answer, durable when it resolves. */
  readonly answer: (answer: Raw) => Promise<{ readonly empty: boolean }>
  /** Stores keys and cookies. */
  readonly save: () => Promise<void>
  readonly trace?: Trace | undefined
  /** Cuts a long poll short: something wants a sync now. */
  readonly poke: () => AbortSignal
}

/** Failed attempts in a row before people are told that WeChat cannot be reached. */
const tellAfter = 3
/** Answers in a row that make no sense, or rate limits, before the session is given up (protocol §4.2). */
const giveUpAfter = 10
const limitsAfter = 5

/**
 * The loop of protocol §4.4: waits for something, fetches it, forgets nothing. Ends only by throwing: a
 * {@link SessionEnd}, or the signal's reason.
 */
export async function receive(
  parts: SyncParts,
  first: Raw | undefined,
  signal: AbortSignal,
): Promise<never> {
  const state = new Trouble(parts, signal)
  let pending = first
  let wanted = first !== undefined
  let spins = 0
  for (;;) {
    signal.throwIfAborted()
    try {
      if (!wanted) wanted = await waitForNews(parts, signal)
      if (wanted) {
        const empty = await pullAll(parts, pending, signal)
        pending = undefined
        wanted = false
        spins = empty ? spins + 1 : 0
        await state.over()
        if (spins > 0) await spinPause(parts, spins, signal)
      } else await state.over()
    } catch (thrown) {
      signal.throwIfAborted()
      pending = undefined
      // Whatever failed, the next thing to do is to fetch with the old key: it tells whether the session lives.
      wanted = true
      await state.failed(thrown)
    }
  }
}

/**
 * Does what must be done before anything else can go on, as often as it takes. Throws a {@link SessionEnd}, or the
 * signal's reason.
 */
export async function insist<T>(
  parts: TroubleParts,
  work: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const trouble = new Trouble(parts, signal)
  for (;;) {
    signal.throwIfAborted()
    try {
      const done = await work()
      await trouble.over()
      return done
    } catch (thrown) {
      signal.throwIfAborted()
      await trouble.failed(thrown)
    }
  }
}

/** True: sync now. */
async function waitForNews(parts: SyncParts, signal: AbortSignal): Promise<boolean> {
  const poke = parts.poke()
  if (poke.aborted) return true
  let check: Check
  try {
    check = await parts.api.check(AbortSignal.any([signal, poke]))
  } catch (thrown) {
    signal.throwIfAborted()
    if (poke.aborted) return true
    if (thrown instanceof WireFault && thrown.kind === 'timeout') return false
    if (thrown instanceof WireFault && thrown.kind === 'garbage') return true
    throw thrown
  }
  // No answer of the kind the protocol knows: one sync tells whether the session lives (§4.2, trap 15).
  if (check === 'unknown') throw new WireFault('garbage', 'synccheck')
  if (check.retcode !== 0) throw new WireFault('ret', 'synccheck', { ret: check.retcode })
  return check.selector !== 0
}

/** Everything there is. True: there was nothing. */
async function pullAll(
  parts: SyncParts,
  first: Raw | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  let allEmpty = true
  for (let round = 1; ; round++) {
    const answer = (round === 1 ? first : undefined) ?? (await parts.api.sync(signal))
    const { empty } = await parts.answer(answer)
    parts.trace?.('beforeSyncKey', '')
    takeKeys(parts.api, answer)
    await parts.save()
    parts.trace?.('afterSyncKey', '')
    allEmpty &&= empty
    if (number(answer.ContinueFlag) === 0) return allEmpty
    if (empty) await spinPause(parts, round, signal)
  }
}

/** Only now, when all of the answer is safe (protocol §4.1, "At-least-once"). A key of `Count` 0 is none (trap 32). */
export function takeKeys(api: Api, answer: Raw): void {
  const syncKey = readKey(answer.SyncKey)
  const skey = text(answer.SKey)
  if (syncKey) api.session.syncKey = syncKey
  api.session.checkKey = readKey(answer.SyncCheckKey) ?? syncKey ?? api.session.checkKey
  if (skey) api.session.skey = skey
}

/** Synccheck can go on saying "news" with nothing to fetch: hammering is a ban risk (protocol §4.4). */
function spinPause(parts: SyncParts, spins: number, signal: AbortSignal): Promise<void> {
  return parts.clock.sleep(parts.api.timings.gap * Math.min(5, spins), signal)
}

/** Counts what goes wrong in a row, waits, and decides when it is over. */
class Trouble {
  readonly #parts: TroubleParts
  readonly #signal: AbortSignal
  #failures = 0
  #nonsense = 0
  #limits = 0
  #reachable = true

  constructor(parts: TroubleParts, signal: AbortSignal) {
    this.#parts = parts
    this.#signal = signal
  }

  /** A whole round went well. */
  async over(): Promise<void> {
    this.#failures = 0
    this.#nonsense = 0
    this.#limits = 0
    if (this.#reachable) return
    await this.#parts.reachable(true)
    this.#reachable = true
  }

  async failed(thrown: unknown): Promise<void> {
    if (thrown instanceof SessionEnd) throw thrown
    const { log } = this.#parts
    this.#failures += 1
    if (!(thrown instanceof WireFault)) {
      // The store or the vault did not take it: nothing is lost, the same comes again.
      const error = thrown instanceof Error ? thrown.name : 'error'
      log.warn({ error, failures: this.#failures }, 'What came could not be kept yet')
      return this.#wait(this.#failures)
    }
    log.warn({ fault: thrown.message, failures: this.#failures }, 'Receiving failed')
    if (thrown.kind === 'ret') return this.#said(thrown)
    if (thrown.kind === 'garbage') await this.#confused()
    if (this.#failures >= tellAfter && this.#reachable) {
      this.#reachable = false
      await this.#parts.reachable(false)
    }
    await this.#wait(this.#failures)
  }

  async #said(fault: WireFault): Promise<void> {
    const ret = fault.ret ?? 0
    const end = endOf(ret, fault.sentence)
    if (end) throw end
    if (ret === 1205) {
      this.#limits += 1
      if (this.#limits >= limitsAfter) {
        const detail = 'WeChat says again and again that we ask too often.'
        throw new SessionEnd('refused', { detail, final: false })
      }
      const { timings } = this.#parts.api
      return this.#sleep(timings.limited * 2 ** (this.#limits - 1))
    }
    if (ret !== -1) await this.#confused()
    await this.#wait(this.#failures)
  }

  async #confused(): Promise<void> {
    this.#nonsense += 1
    if (this.#nonsense < giveUpAfter) return
    const detail = "WeChat's server gives answers that make no sense. Log in again."
    throw new SessionEnd('kicked', { detail, final: false })
  }

  #wait(attempt: number): Promise<void> {
    const { api, random } = this.#parts
    return this.#sleep(backoff(api.timings, attempt, random))
  }

  #sleep(ms: number): Promise<void> {
    return this.#parts.clock.sleep(ms, this.#signal)
  }
}
