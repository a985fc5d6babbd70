import type { Of } from '../../../src/core/message.ts'
import { cleanText, decodeText } from '../text.ts'
import { child, contentXml, type Xml, xmlText } from '../xml.ts'
import type { Incoming } from './incoming.ts'

type Call = Of<'call'>

/** A call (protocol §5.5): 53 invites, 52 ends, 50 may be either. `Content` is mostly empty. */
export function readCall(message: Incoming): Call {
  const document = contentXml(message.payload)
  const bubble = child(document, 'voipmsg', 'VoIPBubbleMsg')
  const invite = child(document, 'voipinvitemsg') ?? child(document, 'msg', 'voipinvitemsg')
  const said =
    document === undefined
      ? cleanText(decodeText(message.payload), 300)
      : cleanText(xmlText(bubble, 'msg'), 300)
  return {
    kind: 'call',
    medium: mediumOf(xmlText(bubble, 'room_type') || xmlText(invite, 'invitetype')),
    phase: phaseOf(message.type, bubble, invite),
    text: said,
  }
}

/** A call in a group, from a `<sysmsg type="multivoip">`. */
export function readGroupCall(text: string): Call {
  return { kind: 'call', medium: 'unknown', phase: 'unknown', text }
}

function phaseOf(type: number, bubble: Xml, invite: Xml): Call['phase'] {
  if (type === 52 || bubble !== undefined) return 'ended'
  return type === 53 || invite !== undefined ? 'ringing' : 'unknown'
}

const mediumOf = (room: string): Call['medium'] =>
  room === '1' ? 'voice' : room === '0' ? 'video' : 'unknown'
