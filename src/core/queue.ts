import type { PortalId } from './ids.ts'

/** What of one portal waits: more than `count`, where counting stopped there. */
interface Waiting {
  readonly portal: PortalId
  readonly count: number
}

/**
 * Which place in its lane the `nth` item (from 1) of a portal's line has, from 1. The lines take turns, one item each,
 * in the order given: that of whose turn is next. A portal that has no line yet comes behind those that have one.
 * Each count should reach `nth`, where that many wait; more is never looked at.
 */
export function placeOf(lines: readonly Waiting[], portal: PortalId, nth: number): number {
  let place = nth
  let isBehind = false
  for (const line of lines) {
    if (line.portal === portal) isBehind = true
    else place += Math.min(line.count, isBehind ? nth - 1 : nth)
  }
  return place
}
