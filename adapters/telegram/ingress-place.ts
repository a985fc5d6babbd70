import { oneLine } from '../../src/core/one-line.ts'
import type { IngressWords } from './ingress-words.ts'
import { count, type Json, record, text } from './updates-json.ts'

/**
 * A place as words for WeChat, which takes none from here: what it is called, its address, and a link to the map that
 * WeChat itself uses. Undefined where the message names no place on earth. Telegram's degrees are those of GPS
 * (`coord_type=1`).
 */
export function placeText(body: Json, words: IngressWords): string | undefined {
  const venue = record(body.venue)
  const location = record(venue?.location) ?? record(body.location)
  const latitude = degrees(location?.latitude, 90)
  const longitude = degrees(location?.longitude, 180)
  if (!location || latitude === undefined || longitude === undefined) return undefined
  const live = count(location.live_period) ? words.live : ''
  const label = oneLine(text(venue?.title) ?? '', 100) || live
  const address = oneLine(text(venue?.address) ?? '', 200)
  const title = encodeURIComponent(label || `${latitude},${longitude}`)
  const link = `https://apis.map.qq.com/uri/v1/marker?marker=coord:${latitude},${longitude};title:${title}&coord_type=1`
  return [label && `📍 ${label}`, address, link].filter((line) => line !== '').join('\n')
}

/** A contact as words: who it is, and the number. Undefined where neither is told. */
export function contactText(contact: Json): string | undefined {
  const names = [contact.first_name, contact.last_name].flatMap((part) => text(part) ?? [])
  const name = oneLine(names.join(' '), 100)
  const number = oneLine(text(contact.phone_number) ?? '', 40)
  if (!name && !number) return undefined
  return [name ? `👤 ${name}` : '👤', number].filter((line) => line !== '').join('\n')
}

/** Six digits are a hand's breadth. */
function degrees(value: unknown, most: number): string | undefined {
  if (typeof value !== 'number' || !(Math.abs(value) <= most)) return undefined
  return String(Number(value.toFixed(6)) + 0)
}
