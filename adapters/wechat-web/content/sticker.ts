import type { Content } from '../../../src/core/message.ts'
import { number } from '../raw.ts'
import { child, contentXml, type Xml, xmlText } from '../xml.ts'
import { httpUrl } from './address.ts'
import type { Incoming } from './incoming.ts'
import { mediaOf, sizeOf } from './media.ts'

/** A sticker with bytes, one without, or a throw of dice or hands (protocol §5.5, §6.5). */
export function readSticker(message: Incoming): Content {
  const document = contentXml(message.payload)
  const xml = child(document, 'msg', 'emoji')
  const thrown = readThrow(child(document, 'msg', 'gameext'))
  if (thrown) return thrown
  const cdnurl = httpUrl(xmlText(xml, '@_cdnurl'))
  const thumburl = httpUrl(xmlText(xml, '@_thumburl'))
  const isStore = xmlText(xml, '@_productid') !== '' || number(message.raw.HasProductId) !== 0
  const isWords = xml === undefined && message.payload.trim() !== ''
  if (!cdnurl && !thumburl && (isStore || isWords)) return { kind: 'bareSticker' }
  return {
    kind: 'sticker',
    media: mediaOf(
      message,
      'sticker',
      sizeOf(number(xmlText(xml, '@_width')), number(xmlText(xml, '@_height'))),
      { ...(cdnurl ? { cdnurl } : {}), ...(thumburl ? { thumburl } : {}) },
    ),
  }
}

/** Hands are numbered from 1, the faces of the die from 4 on. */
function readThrow(gameext: Xml): Content | undefined {
  const type = xmlText(gameext, '@_type')
  const result = number(xmlText(gameext, '@_content'))
  const within = (value: number, most: number) =>
    Number.isInteger(value) && value >= 1 && value <= most ? value : 0
  if (type === '1') return { kind: 'throw', game: 'morra', result: within(result, 3) }
  if (type === '2') return { kind: 'throw', game: 'dice', result: within(result - 3, 6) }
  return undefined
}
