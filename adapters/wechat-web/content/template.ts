import { cleanLine, cleanText } from '../text.ts'
import { child, children, type Xml, xmlText } from '../xml.ts'

/** No more names than this in one sentence. */
const most = 50

/**
 * The words of a `<sysmsgtemplate>` (protocol §5.7): its template with each `$link$` filled in, names by their list.
 * What only a phone can press, such as `$revoke$`, is left out.
 */
export function templateWords(xml: Xml): string {
  const content = child(xml, 'content_template')
  const template = cleanText(xmlText(content, 'template'), 1000)
  const links = children(content, 'link_list', 'link')
  const filled = template.replace(/\$([A-Za-z_]\w{0,40})\$/g, (_, name) => {
    const link = links.find((each) => xmlText(each, '@_name') === name)
    return link === undefined ? '' : linkWords(link)
  })
  return cleanText(filled, 2000) || cleanText(xmlText(content, 'plain'), 2000)
}

/** A link without people is something to press: it has no words. */
function linkWords(link: Xml): string {
  const members = children(link, 'memberlist', 'member')
  const names = members.map((each) => cleanLine(xmlText(each, 'nickname'))).filter((each) => each)
  const shown = names.slice(0, most).join(cleanLine(xmlText(link, 'separator'), 10) || '、')
  return names.length > most ? `${shown}…` : shown
}
