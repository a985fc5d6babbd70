import type { Content, Target } from '../../../src/core/message.ts'
import { number } from '../raw.ts'
import { cleanLine, cleanText } from '../text.ts'
import { child, parseXml, type Xml, xmlText } from '../xml.ts'
import type { App } from './app-message.ts'

/** An answer that quotes: type 57 (protocol §5.6). `svrid` is the MsgId of what is quoted. */
export function readQuote({ message, xml, text }: App): Content | undefined {
  const refer = child(xml, 'refermsg')
  if (refer === undefined) return text ? { kind: 'text', text } : undefined
  const id = xmlText(refer, 'svrid')
  const said = xmlText(refer, 'chatusr')
  const who = cleanLine(xmlText(refer, 'displayname') || (message.nameOf(said) ?? ''))
  const content = withoutPrefix(xmlText(refer, 'content'), said)
  return {
    kind: 'quote',
    text,
    target: {
      aliases: /^\d{1,20}$/.test(id) && !/^0+$/.test(id) ? [id] : [],
      ...previewOf(number(xmlText(refer, 'type')), content),
      ...(who ? { who } : {}),
    },
  }
}

/** What is quoted from a group may still carry the real id of who said it, in front. */
function withoutPrefix(content: string, said: string): string {
  return said !== '' && content.startsWith(`${said}:\n`) ? content.slice(said.length + 2) : content
}

/** What is quoted, in a few words: a text itself, else what kind it is and its title. */
function previewOf(type: number, content: string): Pick<Target, 'preview' | 'what'> {
  if (type === 1 || type === 10000) return { preview: cleanText(content) }
  const xml = type === 49 || type === 42 || type === 48 ? parseXml(content) : undefined
  const root = child(xml, 'msg') ?? xml
  const app = child(root, 'appmsg')
  const kind = number(xmlText(app, 'type'))
  const title = titleOf(type, kind, root, app)
  // A quoted answer, shared text or list is its own words.
  if (type === 49 && [1, 53, 57].includes(kind) && title) return { preview: title }
  return { preview: title, what: type === 49 && kind ? `49/${kind}` : String(type) }
}

function titleOf(type: number, kind: number, root: Xml, app: Xml): string {
  if (type === 42) return cleanLine(xmlText(root, '@_nickname'))
  if (type === 48) {
    const place = child(root, 'location')
    return cleanLine(xmlText(place, '@_poiname') || xmlText(place, '@_label'))
  }
  if (kind === 51 || kind === 63) {
    const inner = child(app, kind === 51 ? 'finderFeed' : 'finderLive')
    return cleanLine(`${xmlText(inner, 'nickname')} ${xmlText(inner, 'desc')}`, 500)
  }
  if (kind === 2000) return cleanLine(xmlText(app, 'wcpayinfo', 'feedesc'))
  return cleanText(xmlText(app, 'title'))
}
