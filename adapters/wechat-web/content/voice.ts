import type { Content } from '../../../src/core/message.ts'
import { number } from '../raw.ts'
import { child, contentXml, xmlText } from '../xml.ts'
import type { Incoming } from './incoming.ts'
import { mediaOf } from './media.ts'

/** A voice message (protocol §5.5, §6.2). The lengths of the field and of the XML are both milliseconds. */
export function readVoice(message: Incoming): Content {
  const xml = child(contentXml(message.payload), 'msg', 'voicemsg')
  const ms = number(message.raw.VoiceLength) || number(xmlText(xml, '@_voicelength'))
  return {
    kind: 'voice',
    media: mediaOf(message, 'voice', ms > 0 && ms < 1e9 ? { ms: Math.round(ms) } : {}),
  }
}
