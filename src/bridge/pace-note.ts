import type { Lane } from '../core/ids.ts'
import type { Spent } from '../core/pace.ts'
import type { Vault } from '../ports/vault.ts'

/** What an account's pace remembers beside what was spent. Times are milliseconds since 1970. */
export interface PaceNote {
  /** How many rate answers there were, less the successes since. */
  readonly met: number
  readonly pausedUntil?: number
  /** When the account was first online here; and last. */
  readonly first?: number
  readonly last?: number
  /** What had been spent when the clock was set, in the terms of the clock as it was set. */
  readonly history?: { readonly at: number; readonly spent: readonly Spent[] }
}

/** One note, written by one lane. What cannot be read counts as empty. */
export function paceNote(vault: Vault, lane: Lane) {
  const name = `pace/${lane}`
  let writing: Promise<void> = Promise.resolve()
  return {
    async read(): Promise<PaceNote> {
      try {
        const text = await vault.get(name)
        const note: unknown = text === undefined ? undefined : JSON.parse(text)
        return isNote(note) ? note : { met: 0 }
      } catch (error) {
        if (error instanceof SyntaxError) return { met: 0 }
        throw error
      }
    },
    /** One write after another, in the order they were asked for. */
    write(note: PaceNote): Promise<void> {
      const text = JSON.stringify(note)
      const written = writing.then(() => vault.set(name, text))
      writing = written.catch(() => undefined)
      return written
    },
  }
}

/**
 * What counts as spent at `now`. Where the clock was set while the bridge ran, a note knows better than the times that
 * were written before; what lies in the future counts as now. `odd`: it did, and is worth a note.
 */
export function historyAt(
  { history }: PaceNote,
  stored: readonly Spent[],
  now: number,
): { readonly spent: readonly Spent[]; readonly odd: boolean } {
  const known = history && history.at <= now ? history : undefined
  const later = known ? stored.filter(({ at }) => at >= known.at && at <= now) : stored
  const all = [...(history?.spent ?? []), ...later]
  const spent = all
    .map((each) => ({ ...each, at: Math.min(each.at, now) }))
    .sort((a, b) => a.at - b.at)
  return { spent, odd: all.some(({ at }) => at > now) }
}

function isNote(note: unknown): note is PaceNote {
  if (typeof note !== 'object' || note === null) return false
  const { met, history } = note as { met?: unknown; history?: { at?: unknown; spent?: unknown } }
  const isHistory = typeof history?.at === 'number' && Array.isArray(history.spent)
  return typeof met === 'number' && (history === undefined || isHistory)
}
