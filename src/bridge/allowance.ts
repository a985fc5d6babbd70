import PQueue from 'p-queue'
import type { Lane } from '../core/ids.ts'
import { chatId } from '../core/ids.ts'
import type { Spent } from '../core/pace.ts'
import { earliest, estimate, firstAfter, memoryMs, usedOf } from '../core/pace.ts'
import type { Item } from '../ports/store.ts'
import type { Pace, Turn } from './pace.ts'
import { untilBegun } from './pace.ts'
import { historyAt, type PaceNote, paceNote } from './pace-note.ts'
import type { Parts } from './parts.ts'
import type { Pause, QueueView } from './queue-view.ts'

/**
 * What one account may send, and when (architecture §7 "Pace"). One send at a time; whoever asks first goes first, so
 * that chats take turns as the store gives them. What was spent is read from the store when the lane is taken; from
 * then on only time that really passed counts, whatever the machine's clock is set to.
 */
export interface WeChatPace extends Pace {
  /** Before anything is run: reads what was spent and noted before. The account is online now. */
  load(): Promise<void>
  /** Somebody logged in. */
  online(): Promise<void>
  /** The account is online still. */
  seen(): Promise<void>
  /** WeChat says that this is too often: nothing goes out for a while, `ms` at least. */
  limited(ms: number, refused: Item): Promise<void>
  /** Nothing goes out for so long, for another reason: nothing is worth trying. */
  rest(ms: number): void
  /** WeChat took something. */
  succeeded(): Promise<void>
  /** For how many milliseconds nothing goes out. 0: it may. */
  pausedMs(): number
  /** The machine's clock was set: what was spent is noted in its new terms, for the next process. */
  jumped(): Promise<void>
  /** Those who wait look whether they still may. */
  interrupt(): void
  readonly view: Omit<QueueView, 'closed'>
}

/** After the first rate answer, the second, and all others (architecture §7). */
const stairMs = [5, 15, 60].map((minutes) => minutes * 60_000)
/** An account that was away for longer is as new as one never seen: that is how WeChat looks at logins, too. */
const awayMs = 30 * 86_400_000

/** `told` hears of each back-off; it is not waited for longer than it takes, and does not reject. */
export function createWeChatPace(
  { store, vault, clock, random, log, pace: rules }: Parts,
  lane: Lane,
  told: (pause: Pause) => Promise<void> = async () => undefined,
): WeChatPace {
  const line = new PQueue({ concurrency: 1 })
  const file = paceNote(vault, lane)
  let note: PaceNote = { met: 0 }
  let loaded = false
  // In steady time:
  let past: Spent[] = []
  let ended = Number.NEGATIVE_INFINITY
  let pausedUntil = Number.NEGATIVE_INFINITY
  let newUntil = Number.NEGATIVE_INFINITY
  let waking = new AbortController()

  return {
    load,
    online,
    async seen() {
      if (Math.abs(clock.now() - (note.last ?? 0)) > 3_600_000)
        await remember({ last: clock.now() })
    },
    limited,
    rest(ms) {
      pausedUntil = Math.max(pausedUntil, clock.steady() + ms)
    },
    succeeded,
    pausedMs,
    jumped,
    interrupt() {
      waking.abort(new Error('something has changed'))
      waking = new AbortController()
    },
    run: (turn, signal, work) =>
      untilBegun(signal, (begin) =>
        line.add(async () => {
          if (!(await permitted(turn, signal)) || !begin()) return
          const before = past.at(-1)
          try {
            await work(() => spend(turn))
          } finally {
            if (past.at(-1) !== before) ended = clock.steady()
          }
        }),
      ),
    view: {
      allowance() {
        const now = clock.steady()
        const isNew = now < newUntil
        const paused = pausedMs()
        return {
          ...usedOf(rules, past, now, isNew),
          ...(paused > 0 && { pausedUntil: clock.now() + paused }),
          ...(isNew && { newcomer: true as const }),
        }
      },
      estimate(place, chats = 1) {
        const paused = pausedMs()
        return paused + estimate(rules, past, place, chats, clock.steady() + paused, newUntil)
      },
    },
  }

  async function permitted(turn: Turn, signal: AbortSignal): Promise<boolean> {
    const drawn = random()
    const next = { chat: turn.chat ?? chatId(turn.bucket), media: turn.media }
    while (!signal.aborted && turn.isOpen()) {
      const now = clock.steady()
      const at = earliest(rules, asSeen(), next, now, newUntil, drawn)
      if (at <= now) return true
      const either = AbortSignal.any([signal, waking.signal])
      await clock.sleep(at - now, either).catch(() => undefined)
    }
    return false
  }

  /** What takes long (an upload) shows itself only when it ends: from there on WeChat sees the gap to the next. */
  function asSeen(): readonly Spent[] {
    const last = past.at(-1)
    return last && ended > last.at ? past.with(-1, { ...last, at: ended }) : past
  }

  function spend({ bucket, chat, media }: Turn): void {
    const at = clock.steady()
    past.push({ at, chat: chat ?? chatId(bucket), media })
    past.splice(0, firstAfter(past, at - memoryMs(rules)))
  }

  async function load(): Promise<void> {
    const now = clock.now()
    const noted = await file.read()
    // What this process knows from before may not have been noted: there may have been no room.
    note = { ...note, ...noted, met: Math.max(note.met, noted.met) }
    loaded = true
    const stored = await store.unit((unit) => unit.spent(lane, now - memoryMs(rules)))
    const { spent, odd } = historyAt(note, stored, now)
    const recent = spent.slice(firstAfter(spent, now - memoryMs(rules)))
    past = recent.map((each) => ({ ...each, at: clock.steady() - (now - each.at) }))
    // No step of the stair is longer, whatever the clock was set to meanwhile.
    const left = Math.min((note.pausedUntil ?? now) - now, stairMs.at(-1) ?? 0)
    pausedUntil = Math.max(pausedUntil, clock.steady() + left)
    if (odd) await jumped()
    await online()
  }

  /**
   * A session that ends and is begun again is no news to WeChat: the first days are counted from the first login here,
   * and from a later one only after so long without any.
   */
  async function online(): Promise<void> {
    // What was noted before would be lost; loading comes back here.
    if (!loaded) return
    const now = clock.now()
    const { first, last } = note
    const isKnown = first !== undefined && first <= now && now - (last ?? first) <= awayMs
    const began = isKnown ? first : now
    newUntil = clock.steady() + (began + rules.newcomer.forMs - now)
    await remember({ first: began, last: now })
  }

  async function limited(ms: number, refused: Item): Promise<void> {
    const step = stairMs[Math.min(note.met, stairMs.length - 1)] ?? ms
    const length = Math.max(step, ms)
    const until = clock.now() + length
    pausedUntil = Math.max(pausedUntil, clock.steady() + length)
    log.warn({ lane, ms: length }, 'WeChat says it is too often; nothing is sent for a while')
    await remember({ met: Math.min(note.met + 1, stairMs.length), pausedUntil: until })
    await told({ lane, until, ms: length, refused })
  }

  async function succeeded(): Promise<void> {
    if (note.met > 0) await remember({ met: note.met - 1 })
  }

  async function jumped(): Promise<void> {
    const at = clock.now()
    const steady = clock.steady()
    const spent = past.map((each) => ({ ...each, at: at - (steady - each.at) }))
    const first = at + (newUntil - steady) - rules.newcomer.forMs
    // No pause is noted as none: the moment itself would be a pause to a process whose clock went back.
    const pausedUntil = pausedMs() > 0 ? at + pausedMs() : 0
    await remember({ history: { at, spent }, pausedUntil, first, last: at })
  }

  /** Without the note a restart may be too fast, once; without going on nothing is sent at all. */
  async function remember(change: Partial<PaceNote>): Promise<void> {
    note = { ...note, ...change }
    await file
      .write(note)
      .catch((error: unknown) => log.error({ lane, error: String(error) }, 'pace not noted'))
  }

  function pausedMs(): number {
    return Math.max(0, pausedUntil - clock.steady())
  }
}
