import type { Content } from '../../../src/core/message.ts'
import { number, type Raw, text } from '../raw.ts'
import { cleanLine, decodeText } from '../text.ts'
import { child, contentXml, type Xml, xmlText } from '../xml.ts'
import type { Incoming } from './incoming.ts'
import { mediaOf } from './media.ts'

/** A place (protocol §5.5). Undefined: none of the signs of one. Without coordinates it is a line for the phone. */
export function readLocation(message: Incoming): Content | undefined {
  const { raw, type, payload } = message
  if (type !== 48 && !isLocation(raw)) return undefined
  const xml = child(contentXml(text(raw.OriContent)), 'msg', 'location') ?? ownXml(payload)
  const spoken =
    xml !== undefined && isMarkup(payload) ? '' : (payload.split(/:<br ?\/?>/)[0] ?? '')
  const words = placeWords(xml, spoken)
  const point = pointOf(xmlText(xml, '@_x'), xmlText(xml, '@_y')) ?? linkedPoint(text(raw.Url))
  if (!point) {
    return { kind: 'unsupported', type: 'location', summary: words.label || words.poi }
  }
  const map = mapId(payload)
  return {
    kind: 'location',
    ...point,
    ...words,
    ...(map ? { map: mediaOf(message, 'map', {}, { msgId: map }) } : {}),
  }
}

/** `SubMsgType` 48, else by where it links to or what it carries; a text with a link is none (protocol §5.5). */
function isLocation(raw: Raw): boolean {
  return (
    number(raw.SubMsgType) === 48 ||
    /^https?:\/\/apis\.map\.qq\.com\//.test(text(raw.Url)) ||
    text(raw.OriContent).includes('<location')
  )
}

const isMarkup = (payload: string): boolean => /^\s*(<|&lt;)/.test(payload)

const ownXml = (payload: string): Xml =>
  isMarkup(payload) ? child(contentXml(payload), 'msg', 'location') : undefined

/** The address and the name of the place; what stands in `Content` is `address(name)`. */
function placeWords(xml: Xml, spoken: string): { label: string; poi: string } {
  const label = named(cleanLine(xmlText(xml, '@_label'), 500))
  const poi = named(cleanLine(xmlText(xml, '@_poiname'), 500))
  if (label || poi) return { label, poi }
  const words = named(cleanLine(decodeText(spoken), 500))
  const open = words.lastIndexOf('(')
  return words.endsWith(')') && open > 0
    ? { label: words.slice(0, open).trim(), poi: words.slice(open + 1, -1).trim() }
    : { label: isPath(words) ? '' : words, poi: '' }
}

const isPath = (words: string): boolean => /^(\/cgi-bin\/|https?:\/\/)/.test(words)

const named = (words: string): string =>
  ['[位置]', '[Location]', '[location]'].includes(words) ? '' : words

function pointOf(x: string, y: string): { latitude: number; longitude: number } | undefined {
  if (!/^[+-]?\d{1,3}(\.\d{1,20})?$/.test(x) || !/^[+-]?\d{1,3}(\.\d{1,20})?$/.test(y)) {
    return undefined
  }
  // Adding nought turns -0, which JSON does not keep, into 0.
  const [latitude, longitude] = [Number(x) + 0, Number(y) + 0]
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180
    ? { latitude, longitude }
    : undefined
}

function linkedPoint(url: string) {
  const found = /[?&]coord=([-+.\d]{1,30})(?:,|%2[cC])([-+.\d]{1,30})/.exec(url)
  return found ? pointOf(found[1] ?? '', found[2] ?? '') : undefined
}

/** The id under which the picture of the map is asked for, as the path in `Content` has it. */
function mapId(payload: string): string | undefined {
  const at = payload.indexOf('/webwxgetpubliclinkimg?')
  if (at < 0) return undefined
  return /[?&](?:amp;)?msgid=(\d{1,20})(?!\d)/.exec(payload.slice(at, at + 2000))?.[1]
}
