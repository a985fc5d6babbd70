import { management } from '../core/chat.ts'
import type { BridgeError } from '../core/errors.ts'
import type { MediaId } from '../core/ids.ts'
import type { Notice } from '../core/notice.ts'
import { say } from './notices.ts'
import type { Parts } from './parts.ts'

/** A disk that failed is tried again after this long, in milliseconds; others meanwhile get on without it. */
const againMs = 60_000
/** It is well again when something as large as what failed was kept, or anything so long after the last failure. */
const wellMs = 600_000
const rememberedPassed = 10_000
const note = 'disk'

/** How much may be kept, whether the disk takes it, and what was relayed without being kept. */
export interface Space {
  /** May so many bytes (undefined: nobody knows how many) be kept? */
  takes(bytes: number | undefined): boolean
  /** Is it worth trying to write? Where the disk fails, now and then. */
  writable(): boolean
  /** The disk did not take `bytes` of something. Said once, until it works again. */
  failed(error: BridgeError, bytes: number): Promise<void>
  worked(bytes: number): Promise<void>
  /** This went by without being kept. */
  passed(id: MediaId): void
  /** How the last pruning ended: nothing more may go although there is too much. */
  pruned(stuck: boolean): void
  /** Says what could not be said before. */
  announce(): Promise<void>
  /** `passed`: how many media went by without being kept since the start. */
  state(): { readonly passed: number; readonly full: boolean; readonly failing: boolean }
  /** Called when there is too much. */
  onFull: () => void
}

export function createSpace(parts: Parts): Space {
  const { mediaStore, clock, log, retention } = parts
  const went = new Set<MediaId>()
  let passed = 0
  let full = false
  /** Since when (by the clock) the disk fails, and when it did last (by steady time). */
  let spell: { readonly since: number; last: number; bytes: number } | undefined
  let nextTry = Number.NEGATIVE_INFINITY
  const unsaid: { readonly notice: Notice; readonly since: number }[] = []
  let saying: Promise<void> | undefined
  let known = false

  const space: Space = {
    takes(bytes) {
      const size = mediaStore.size()
      if (size === undefined || size + (bytes ?? 0) <= retention.mediaBytes) return true
      if ((bytes ?? Number.POSITIVE_INFINITY) <= retention.keepUnder) return true
      if ((bytes ?? 0) > retention.mediaBytes) return false
      space.onFull()
      return !full
    },

    writable() {
      if (!spell) return true
      if (clock.steady() < nextTry) return false
      nextTry = clock.steady() + againMs
      return true
    },

    async failed(error, bytes) {
      await recall()
      nextTry = clock.steady() + againMs
      if (spell) {
        spell.last = clock.steady()
        spell.bytes = Math.min(spell.bytes, bytes)
        return space.announce()
      }
      spell = { since: clock.now(), last: clock.steady(), bytes }
      log.error({ error: error.message }, 'media cannot be kept; it is relayed without')
      const isFull = causeOf(error) === 'ENOSPC' || causeOf(error) === 'EDQUOT'
      unsaid.push({ notice: { type: 'diskTrouble', full: isFull }, since: spell.since })
      await space.announce()
    },

    async worked(bytes) {
      await recall()
      if (!spell) return
      const long = clock.steady() - spell.last >= wellMs
      if (bytes < spell.bytes && !long) return
      log.info({}, 'media can be kept again')
      unsaid.push({ notice: { type: 'diskWell' }, since: spell.since })
      spell = undefined
      await space.announce()
    },

    passed(id) {
      if (went.has(id)) return
      if (went.size >= rememberedPassed) went.clear()
      went.add(id)
      passed += 1
      log.info({ media: id, passed }, 'media was relayed without being kept')
    },

    pruned(stuck) {
      if (stuck && !full) {
        log.warn({ limit: retention.mediaBytes }, 'too much media, and none of it may go yet')
      }
      full = stuck
    },

    announce() {
      saying ??= tell().finally(() => {
        saying = undefined
      })
      return saying
    },

    state: () => ({ passed, full, failing: spell !== undefined }),
    onFull: () => undefined,
  }
  return space

  /** The process before this one may have said that the disk fails. */
  async function recall(): Promise<void> {
    if (known) return
    known = true
    const since = Number(await parts.vault.get(note).catch(() => undefined))
    if (since > 0) spell ??= { since, last: clock.steady() - wellMs, bytes: 0 }
  }

  /** The database may be on the same disk: what cannot be said now is said later. */
  async function tell(): Promise<void> {
    for (let next = unsaid[0]; next; next = unsaid[0]) {
      const { notice, since } = next
      try {
        await parts.store.unit((unit) => say(parts, unit, management, notice, `disk/${since}`))
        if (notice.type === 'diskTrouble') await parts.vault.set(note, String(since))
        else await parts.vault.drop(note)
      } catch (error) {
        log.warn({ error: String(error) }, 'the state of the disk cannot be told yet')
        return
      }
      unsaid.shift()
    }
  }
}

function causeOf({ cause }: BridgeError): string | undefined {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : undefined
}
