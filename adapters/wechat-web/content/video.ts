import type { Content } from '../../../src/core/message.ts'
import { number } from '../raw.ts'
import { child, contentXml, xmlText } from '../xml.ts'
import type { Incoming } from './incoming.ts'
import { mediaOf, sizeOf } from './media.ts'

/** A video or micro video (protocol §5.5, §6.3), whose XML may be anything. Lengths are told in seconds. */
export function readVideo(message: Incoming): Content {
  const { raw } = message
  const xml = child(contentXml(message.payload), 'msg', 'videomsg')
  const seconds = number(raw.PlayLength) || number(xmlText(xml, '@_playlength'))
  const bytes = number(xmlText(xml, '@_length'))
  return {
    kind: 'video',
    media: mediaOf(message, 'video', {
      ...(seconds > 0 && seconds < 1e6 ? { ms: Math.round(seconds * 1000) } : {}),
      ...(Number.isSafeInteger(bytes) && bytes > 0 ? { bytes } : {}),
    }),
    poster: mediaOf(
      message,
      'thumb',
      sizeOf(
        number(raw.ImgWidth) || number(xmlText(xml, '@_cdnthumbwidth')),
        number(raw.ImgHeight) || number(xmlText(xml, '@_cdnthumbheight')),
      ),
    ),
  }
}
