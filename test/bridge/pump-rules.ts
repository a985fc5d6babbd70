import type { PortalId } from '../../src/core/ids.ts'
import { hour, minute, rules, stuckMs, type Try } from './pump-items.ts'
import type { PumpWorld } from './pump-world.ts'

// What must hold at each send that begins, by what the other side sees: it knows nothing of the store.

export interface Rules {
  /** WeChat said too often, or took something. */
  limited(): void
  taken(): void
  /** From now on everything that waits is due: chats must take turns. */
  fair(): void
}

/** What is read back from the store was rounded to milliseconds. */
const roundingMs = 2

/** Gaps and windows are measured in time that really passed, over all processes. */
export function watch(world: PumpWorld): Rules {
  const { clock, entries, tries, wrong } = world
  const lastOf = new Map<PortalId, number>()
  const since = new Map<PortalId, number>()
  let met = 0
  let pausedUntil = 0
  let isFair = false
  const say = (text: string) => void wrong.push(`${text} (at ${clock.passed})`)

  world.begins((entry, begun) => {
    const { key, portal, at, body } = begun
    const open = world.open().filter((each) => at - each.at < stuckMs)
    if (open.some((each) => each.portal === portal)) say(`${portal} has two under way`)
    if (open.length >= world.concurrency) say('more under way than allowed')
    if (!world.gate.open) say(`${key} went out while offline`)
    if (world.held.has(portal)) say(`${key} went out while held`)
    if (entry.end) say(`${key} went out although it was ${entry.end}`)
    if (body !== entry.body) say(`${key} went out as it was before`)
    if (entry.order < (lastOf.get(portal) ?? 0)) say(`${key} went out of order`)
    lastOf.set(portal, entry.order)
    if (entry.arrived > 0 && !entry.mayRepeat) say(`${key} may arrive twice`)
    if (world.kind === 'wechat') paced(begun)
    turns(portal)
  })

  return {
    limited() {
      const length = [5, 15, 60][Math.min(met, 2)] ?? 60
      pausedUntil = clock.passed + length * minute
      met = Math.min(met + 1, 3)
    },
    taken() {
      met = Math.max(0, met - 1)
    },
    fair() {
      isFair = true
      since.clear()
    },
  }

  function paced({ key, at, portal, media }: Try): void {
    if (at < pausedUntil - roundingMs)
      say(`${key} went out ${pausedUntil - at} ms too early after a rate answer`)
    const last = tries.at(-1)
    const { sameChat, otherChat, media: more, newcomer } = rules
    const gap = (last?.portal === portal ? sameChat : otherChat).ms + (media ? more.ms : 0)
    if (last && at - last.at < gap - roundingMs)
      say(`${key} began ${at - last.at} ms after the last`)
    const share = at < newcomer.forMs ? newcomer.share : 1
    for (const [ms, cap] of [
      [minute, rules.perMinute],
      [hour, rules.perHour],
      [24 * hour, rules.perDay],
    ] as const) {
      const most = Math.max(1, Math.floor(cap * share))
      const count = tries.filter((each) => each.at > at - ms + roundingMs).length + 1
      if (count > most) say(`${key} is number ${count} of ${most} in ${ms / minute} minutes`)
    }
  }

  /** Who waits is not overtaken again and again: between two turns of one chat each other has one, nearly. */
  function turns(portal: PortalId): void {
    if (!isFair) return
    since.set(portal, 0)
    const waits = new Set([...entries.values()].filter((e) => isWaiting(e)).map((e) => e.portal))
    for (const each of waits) {
      if (each === portal) continue
      const count = (since.get(each) ?? 0) + 1
      since.set(each, count)
      if (count > waits.size + 4 * world.concurrency + 2) say(`${each} starves`)
    }
  }

  function isWaiting(entry: { arrived: number; end: string | undefined; portal: PortalId }) {
    return entry.arrived === 0 && !entry.end && !world.held.has(entry.portal)
  }
}
