import type { Content } from '../../../src/core/message.ts'
import { number, record, text } from '../raw.ts'
import { cleanLine, cleanName } from '../text.ts'
import { child, contentXml, xmlText } from '../xml.ts'
import type { Incoming } from './incoming.ts'

/** A contact card, or someone WeChat thinks one may know (protocol §5.5). */
export function readCard(message: Incoming): Content {
  const info = record(message.raw.RecommendInfo)
  const xml = child(contentXml(message.payload), 'msg')
  const attribute = (name: string) => cleanLine(xmlText(xml, `@_${name}`))
  const alias = cleanName(text(info.Alias)) || attribute('alias')
  const region = [
    cleanName(text(info.Province)) || attribute('province'),
    cleanName(text(info.City)) || attribute('city'),
  ]
    .filter((each) => each !== '')
    .join(' ')
  const contact = message.contact(text(info.UserName))
  return {
    kind: 'card',
    name: cleanName(text(info.NickName)) || attribute('nickname') || alias,
    mp:
      (number(info.VerifyFlag) & 8) !== 0 ||
      number(xmlText(xml, '@_certflag')) !== 0 ||
      xmlText(xml, '@_username').startsWith('gh_'),
    ...(alias ? { alias } : {}),
    ...(region ? { region } : {}),
    ...(contact ? { contact } : {}),
  }
}
