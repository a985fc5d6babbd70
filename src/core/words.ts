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

/** As {@link moment}, to the minute: for what is not sure to the second. Example: `14:03`. */
export const minute = (at: number, today: number, voice: Voice): string =>
  moment(at, today, voice).replace(/:\d\d$/, '')

/** A length of time as a person would say it, roughly: `40 seconds`, `3 minutes`, `1 hour 20 minutes`, `2 days`. */
export function span(ms: number): Both {
  const seconds = ms / 1000
  if (seconds < 55) {
    const tens = Math.max(1, Math.round(seconds / 10)) * 10
    return { zh: `${tens} 秒`, en: `${tens} seconds` }
  }
  const minutes = Math.max(1, Math.round(seconds / 60))
  if (minutes < 60) return { zh: `${minutes} 分钟`, en: many(minutes, 'minute') }
  // Whole tens past the hour: nobody knows it better.
  const tens = Math.round(minutes / 10) * 10
  const hours = Math.floor(tens / 60)
  if (hours >= 48) {
    const days = Math.round(hours / 24)
    return { zh: `${days} 天`, en: many(days, 'day') }
  }
  const rest = tens % 60
  return {
    zh: `${hours} 小时${rest ? ` ${rest} 分钟` : ''}`,
    en: `${many(hours, 'hour')}${rest ? ` ${rest} minutes` : ''}`,
  }
}

const many = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

function parts(at: number, voice: Voice): readonly [day: string, time: string] {
  // Times come from outside: one that no calendar has must not keep anything from being told.
  const known = Math.abs(at) <= 8.64e15 ? at : 0
  // Swedish is ISO order and has a 24-hour clock, which both languages read alike.
  const text = new Intl.DateTimeFormat('sv-SE', {
    timeZone: voice.timezone,
    dateStyle: 'short',
    timeStyle: 'medium',
  }).format(known)
  const [day = '', time = ''] = text.split(' ')
  return [day, time]
}

/** A size as a person would say it, with one decimal: `20.0 MB`. Powers of 1024. */
export function size(bytes: number): string {
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} kB`
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`
}
