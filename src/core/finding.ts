import type { Both } from './words.ts'

/**
 * What somebody who looked found. `note`: worth knowing, and nothing is broken. `problem`: something does not work, or will
 * not. Words are for people, and never hold a secret.
 */
export interface Finding {
  readonly level: 'ok' | 'note' | 'problem'
  readonly what: Both
  /** What helps, as a sentence. */
  readonly cure?: Both
}

/** What a clock elsewhere showed. */
export interface ClockSeen {
  /** The host that told it. */
  readonly host: string
  /** How far this machine's clock is ahead of it, in milliseconds; to the second or so. */
  readonly aheadMs: number
}

/** What came of trying something outside, once, without changing anything there. */
export interface Probed {
  readonly findings: readonly Finding[]
  readonly clocks: readonly ClockSeen[]
}

export const ok = (zh: string, en: string): Finding => ({ level: 'ok', what: { zh, en } })

export const note = (what: Both, cure?: Both): Finding => ({
  level: 'note',
  what,
  ...(cure && { cure }),
})

export const problem = (what: Both, cure: Both): Finding => ({ level: 'problem', what, cure })

/** The clock behind the `Date` of an answer that came at `now` (milliseconds). None where it has no date. */
export function clockSeen(host: string, date: unknown, now: number): readonly ClockSeen[] {
  const theirs = typeof date === 'string' ? Date.parse(date) : Number.NaN
  return Number.isNaN(theirs) ? [] : [{ host, aheadMs: now - theirs }]
}

/** The system's word for why a connection failed, like `ECONNREFUSED`: no more of an error may be told. */
export function whyUnreached(thrown: unknown): string {
  if (thrown instanceof AggregateError) return whyUnreached(thrown.errors[0])
  if (!(thrown instanceof Error)) return 'unknown'
  if ('code' in thrown && typeof thrown.code === 'string') return thrown.code
  return thrown.cause === undefined ? thrown.name : whyUnreached(thrown.cause)
}
