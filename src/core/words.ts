/** The languages the bridge speaks to people. */
export type Language = 'zh' | 'en'

/** How to speak to someone: their language, and the IANA time zone their clock times are given in. */
export interface Voice {
  readonly language: Language
  readonly timezone: string
}

/** A sentence in both languages. */
export type Both = Readonly<Record<Language, string>>

/**
 * A moment as a person would say it: the time of day, with the date in front when it is not the day of `today`.
 * Both in milliseconds. Example: `14:03:22`, `2026-11-20 23:59:07`.
 */
export function moment(at: number, today: number, voice: Voice): string {
  const [day, time] = parts(at, voice)
  return day === parts(today, voice)[0] ? time : `${day} ${time}`
}

function parts(at: number, voice: Voice): readonly [day: string, time: string] {
  // Swedish is ISO order and has a 24-hour clock, which both languages read alike.
  const text = new Intl.DateTimeFormat('sv-SE', {
    timeZone: voice.timezone,
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(at)
  const [day = '', time = ''] = text.split(' ')
  return [day, time]
}

/** A size as a person would say it, with one decimal: `20.0 MB`. Powers of 1024. */
export function size(bytes: number): string {
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} kB`
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`
}
