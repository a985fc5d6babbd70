import type { Content } from '../../../src/core/message.ts'
import { number } from '../raw.ts'
import { child, contentXml, xmlText } from '../xml.ts'
import type { Incoming } from './incoming.ts'
import { mediaOf, sizeOf } from './media.ts'

/**
 * A picture (protocol §5.5, §6.1): fetched by its MsgId; the XML is not needed, and may be anything. Only some clients
 * write there how large it is; the fields of the message are the thumbnail's (§5.1).
 */
export function readImage(message: Incoming): Content {
  const xml = child(contentXml(message.payload), 'msg', 'img')
  const size = (of: 'mid' | 'hd') =>
    sizeOf(number(xmlText(xml, `@_cdn${of}width`)), number(xmlText(xml, `@_cdn${of}height`)))
  return { kind: 'image', media: mediaOf(message, 'image', { ...size('hd'), ...size('mid') }) }
}
