import type { Voice } from './words.ts'

const minute = 60_000
const day = 24 * 60

/** When it is `HH:MM` the next time after `now`, in milliseconds, where the person lives. Anything else is taken for 20:00. */
export function nextTime(hhmm: string, now: number, { timezone }: Voice): number {
  const wanted = minutesOf(hhmm) ?? 20 * 60
  const here = localMinutes(now, timezone)
  const ahead = (wanted - here + day) % day || day
  const start = Math.floor(now / minute) * minute
  const found = start + ahead * minute
  // Clocks may be put forward or back in between.
  const off = localMinutes(found, timezone) - wanted
  const shift = off > day / 2 ? off - day : off < -day / 2 ? off + day : off
  const mended = found - shift * minute
  return mended > now ? mended : found
}

/** The day it is then where the person lives: `2026-11-20`. `at` in milliseconds. */
export const dayOf = (at: number, timezone: string): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short' }).format(at)

function minutesOf(hhmm: string): number | undefined {
  const found = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(hhmm)
  return found?.[1] && found[2] ? Number(found[1]) * 60 + Number(found[2]) : undefined
}

function localMinutes(at: number, timezone: string): number {
  const text = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, timeStyle: 'short' }).format(
    at,
  )
  return minutesOf(text) ?? 0
}
