import { state, words } from './state.js'

const formats = new Map()
const format = (name, options) => {
  const language = state.language || state.server?.language || 'en'
  const key = `${language} ${name}`
  if (!formats.has(key)) {
    const locale = language === 'zh' ? 'zh-CN' : 'en-GB'
    formats.set(key, new Intl.DateTimeFormat(locale, options))
  }
  return formats.get(key)
}

const dayOf = (at) => new Date(at).toDateString()
const daysAgo = (at) => {
  const midnight = new Date().setHours(0, 0, 0, 0)
  return Math.ceil((midnight - at) / 86_400_000)
}

/** 14:03 */
export const clock = (at) => format('clock', { hour: '2-digit', minute: '2-digit' }).format(at)
/** 14:03:22, with the date in front where it is another day than `near`. */
export const exact = (at, near) => {
  const time = format('exact', { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(at)
  return dayOf(at) === dayOf(near) ? time : `${date(at)} ${time}`
}
export const full = (at) => format('full', { dateStyle: 'full', timeStyle: 'medium' }).format(at)
export const isSameDay = (one, other) => dayOf(one) === dayOf(other)

const date = (at) => {
  const isThisYear = new Date(at).getFullYear() === new Date().getFullYear()
  return isThisYear
    ? format('date', { day: 'numeric', month: 'short' }).format(at)
    : format('dateYear', { day: 'numeric', month: 'short', year: 'numeric' }).format(at)
}

/** For the head of a day in a conversation. */
export function day(at) {
  if (daysAgo(at) <= 0) return words().today
  if (daysAgo(at) === 1) return words().yesterday
  const isThisYear = new Date(at).getFullYear() === new Date().getFullYear()
  const options = { weekday: 'long', day: 'numeric', month: 'long' }
  return isThisYear
    ? format('day', options).format(at)
    : format('dayYear', { ...options, year: 'numeric' }).format(at)
}

/** For the list of chats: the time today, the weekday this week, else the date. */
export function brief(at) {
  const days = daysAgo(at)
  if (days <= 0) return clock(at)
  if (days === 1) return words().yesterday
  return days < 7 ? format('weekday', { weekday: 'short' }).format(at) : date(at)
}

export const size = (bytes) =>
  bytes < 1024 * 1024
    ? `${Math.max(1, Math.round(bytes / 1024))} kB`
    : `${(bytes / 1024 / 1024).toFixed(1)} MB`
