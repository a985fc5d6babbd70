import type { Content, MediaRef } from '../../../src/core/message.ts'
import { number, text } from '../raw.ts'
import { cleanLine, cleanName, cleanText } from '../text.ts'
import { child, contentXml, type Xml, xmlText } from '../xml.ts'
import { httpUrl, wireUrl } from './address.ts'
import type { Incoming } from './incoming.ts'
import { mediaOf, sizeOf } from './media.ts'

/** An app message (protocol §5.6), with what most of its types share. Texts are clean, `url` is http(s) or ''. */
export interface App {
  readonly message: Incoming
  /** `<appmsg>`; undefined where there was no readable XML, and the fields alone speak. */
  readonly xml: Xml
  readonly type: number
  /** One line. */
  readonly title: string
  /** The title in full length, with its line breaks. */
  readonly text: string
  readonly description: string
  readonly url: string
  /** The app or account it was shared from. */
  readonly source: string
}

/** Reads one type of app message. Undefined: it lacks what makes it one. */
export type AppParser = (app: App) => Content | undefined

/** The longest text of an app message. */
const longest = 20_000

/** Reads what all app messages share. Undefined: words stand where the XML should be. */
export function readApp(message: Incoming): App | undefined {
  const { raw, payload } = message
  const document = contentXml(payload)
  const root = child(document, 'msg') ?? document
  const xml = child(root, 'appmsg')
  if (xml === undefined && !isEmptyOrMarkup(payload)) return undefined
  const title = xmlText(xml, 'title')
  return {
    message,
    xml,
    // The field can be 0 or wrong; the XML is what the sender wrote.
    type: number(xmlText(xml, 'type')) || number(raw.AppMsgType),
    title: cleanLine(title, 500) || cleanName(text(raw.FileName)),
    text: cleanText(title, longest) || cleanName(text(raw.FileName)),
    description: cleanText(xmlText(xml, 'des'), longest),
    url: httpUrl(xmlText(xml, 'url')) || wireUrl(text(raw.Url)),
    source:
      cleanLine(xmlText(xml, 'sourcedisplayname')) ||
      cleanLine(xmlText(root, 'appinfo', 'appname')),
  }
}

/** The small picture of an app message, if it brought one. */
export function thumbOf({ message, xml }: App): { thumb?: MediaRef } {
  if (xmlText(xml, 'appattach', 'cdnthumburl') === '') return {}
  const { ImgWidth, ImgHeight } = message.raw
  return { thumb: mediaOf(message, 'thumb', sizeOf(number(ImgWidth), number(ImgHeight))) }
}

/** A field that is left out when it has nothing to say. */
export function maybe<K extends string>(key: K, value: string): { [k in K]?: string } {
  return value ? ({ [key]: value } as { [k in K]?: string }) : {}
}

const isEmptyOrMarkup = (payload: string): boolean => /^\s*($|<|&lt;)/.test(payload)
