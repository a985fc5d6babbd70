import type { Content } from '../../../src/core/message.ts'
import { record, text } from '../raw.ts'
import { cleanLine, cleanName, cleanText, decodeName } from '../text.ts'
import { child, contentXml, xmlText } from '../xml.ts'
import { readCard } from './card.ts'
import type { Incoming } from './incoming.ts'

/** Someone wants to be a friend (protocol §5.5): types 37 and 65. The fields lead, the XML fills what they lack. */
export function readFriendRequest(message: Incoming): Content {
  const info = record(message.raw.RecommendInfo)
  const xml = child(contentXml(message.payload), 'msg')
  return {
    kind: 'friendRequest',
    name:
      cleanName(text(info.NickName)) ||
      cleanLine(xmlText(xml, '@_fromnickname')) ||
      cleanName(text(info.Alias)),
    greeting:
      cleanText(decodeName(text(info.Content)), 500) || cleanText(xmlText(xml, '@_content'), 500),
    request: message.request(),
  }
}

/** Type 40: someone one may know. With a ticket they have asked; without they are only shown. */
export function readPossibleFriend(message: Incoming): Content {
  const ticket = text(record(message.raw.RecommendInfo).Ticket)
  return ticket ? readFriendRequest(message) : readCard(message)
}
