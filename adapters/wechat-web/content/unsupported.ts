import type { Content } from '../../../src/core/message.ts'
import { number, type Raw, record, text } from '../raw.ts'
import { cleanName, cleanText, decodeText } from '../text.ts'
import { child, contentXml, xmlText } from '../xml.ts'

/** A message we cannot show yet, as words for people (protocol §5.5, §5.6). Never throws. */
export function unsupported(type: number, raw: Raw, payload: string): Content {
  return { kind: 'unsupported', type: String(type), summary: summarise(type, raw, payload) }
}

function summarise(type: number, raw: Raw, payload: string): string {
  if (type === 49) return appMessage(raw, payload)
  if (type === 1) return plainSpecial(raw, payload)
  const info = record(raw.RecommendInfo)
  const who = cleanName(text(info.NickName))
  const label = labels[type] ?? `a message of type ${type}`
  if (type === 42) return titled('contact card', who)
  if (type === 37 || type === 65) {
    const greeting = cleanName(text(info.Content))
    return titled(who ? `friend request from ${who}` : 'friend request', greeting)
  }
  if (type === 34) return seconds(label, number(raw.VoiceLength) / 1000)
  if (type === 43 || type === 62) return seconds(label, number(raw.PlayLength))
  return titled(label, labels[type] ? '' : prompt(payload))
}

const labels: Readonly<Record<number, string>> = {
  34: 'voice message',
  37: 'friend request',
  40: 'possible friend',
  42: 'contact card',
  43: 'video',
  47: 'sticker',
  48: 'location',
  50: 'voice or video call',
  52: 'voice or video call',
  53: 'voice or video call',
  62: 'video',
}

const apps: Readonly<Record<number, string>> = {
  1: 'text',
  2: 'picture from an app',
  3: 'music',
  4: 'video link',
  5: 'link',
  6: 'file',
  7: 'app',
  8: 'sticker',
  10: 'product',
  13: 'product',
  15: 'sticker set',
  16: 'coupon',
  17: 'live location',
  19: 'chat history',
  24: 'note',
  33: 'mini program',
  36: 'mini program',
  50: 'channel card',
  51: 'channel video',
  53: 'group note',
  57: 'reply',
  62: 'pat',
  63: 'channel live',
  74: 'file on its way',
  76: 'music',
  87: 'group announcement',
  2000: 'transfer',
  2001: 'red packet',
}

/** Type 49: the XML says what it is; where there is none, the prompt or the title does (protocol §5.6). */
function appMessage(raw: Raw, payload: string): string {
  const document = contentXml(payload)
  const app = child(document, 'msg', 'appmsg') ?? child(document, 'appmsg')
  const fileName = cleanName(text(raw.FileName))
  if (app === undefined) {
    const words = prompt(payload)
    return fileName ? titled(words || 'a message for the phone', fileName) : words || 'app message'
  }
  const type = number(xmlText(app, 'type')) || number(raw.AppMsgType)
  const title = cleanText(xmlText(app, 'title'), 500) || fileName
  const label = apps[type] ?? 'app message'
  if (type === 2000) return titled(label, cleanText(xmlText(app, 'des'), 200).split('。')[0] ?? '')
  if (type === 51 || type === 63) {
    const feed = child(app, type === 51 ? 'finderFeed' : 'finderLive')
    return titled(label, cleanText(xmlText(feed, 'desc'), 300))
  }
  const url = /^https?:\/\//.test(xmlText(app, 'url')) ? cleanText(xmlText(app, 'url'), 500) : ''
  return [titled(label, title), url].filter((each) => each !== '').join(' ')
}

/** Type 1 that is no text: a location, or the reader document of the news account (protocol §5.5, §5.6). */
function plainSpecial(raw: Raw, payload: string): string {
  const reader = contentXml(payload)
  const item = child(reader, 'mmreader', 'category', 'item')
  if (item !== undefined) return titled('news', cleanText(xmlText(item, 'title'), 300))
  const place = child(contentXml(text(raw.OriContent)), 'msg', 'location')
  const label = cleanText(xmlText(place, '@_label'), 200)
  const poi = cleanText(xmlText(place, '@_poiname'), 200)
  const first = cleanText(decodeText(payload.split(/:<br ?\/?>/)[0] ?? ''), 200)
  const words = [label || first, poi].filter((each) => each !== '' && each !== '[位置]')
  return titled('location', words.join(', '))
}

/** What the server wrote instead of a message it does not give to the web; markup is no such thing. */
function prompt(payload: string): string {
  const decoded = decodeText(payload).trim()
  return decoded.startsWith('<') ? '' : cleanText(decoded, 300)
}

function titled(label: string, title: string): string {
  return title ? `[${label}] ${title}` : `[${label}]`
}

function seconds(label: string, length: number): string {
  return length > 0 ? `[${label}] ${Math.max(1, Math.round(length))} s` : `[${label}]`
}
