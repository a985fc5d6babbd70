import { type Json, record, text } from './json.ts'
import { nameText } from './text.ts'

/**
 * A place as words for WeChat, which takes none from here: what it is called, and a link to the map that WeChat
 * itself uses. Undefined where the event names no place. `geo:` is in GPS degrees (`coord_type=1`).
 */
export function placeText(content: Json): string | undefined {
  const extensible = record(content['m.location'] ?? content['org.matrix.msc3488.location'])
  const geo = text(content.geo_uri) ?? text(extensible?.uri)
  const match = /^geo:(-?\d{1,2}(?:\.\d{1,15})?),(-?\d{1,3}(?:\.\d{1,15})?)(?:[,;]|$)/i.exec(
    geo ?? '',
  )
  if (!match) return undefined
  const [, latitude = '', longitude = ''] = match
  if (Math.abs(Number(latitude)) > 90 || Math.abs(Number(longitude)) > 180) return undefined
  const told = text(extensible?.description) ?? text(content.body) ?? ''
  // Clients that know no name for the place write its coordinates again.
  const label = told.includes('geo:') ? '' : nameText(told, '')
  const title = encodeURIComponent(label || `${latitude},${longitude}`)
  const link = `https://apis.map.qq.com/uri/v1/marker?marker=coord:${latitude},${longitude};title:${title}&coord_type=1`
  return label ? `${label}\n${link}` : link
}
