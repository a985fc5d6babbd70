import type { Content, Of } from '../../../src/core/message.ts'
import { cleanLine, cleanText } from '../text.ts'
import { child, type Xml, xmlText } from '../xml.ts'
import { httpUrl } from './address.ts'
import type { App } from './app-message.ts'

// The outer title of these only says that the version is too old (protocol §5.6): what counts is inside.

/** The card of a channel: type 50. */
export const readChannelCard = ({ xml }: App): Content | undefined => {
  const card = child(xml, 'findernamecard') ?? child(xml, 'finderNameCard')
  return channel('card', card, 'auth_job', '')
}

/** A video of a channel: type 51. */
export const readChannelVideo = ({ xml }: App): Content | undefined => {
  const feed = child(xml, 'finderFeed')
  return channel('video', feed, 'desc', httpUrl(xmlText(feed, 'mediaList', 'media', 'url')))
}

/** A live show: type 63. */
export const readChannelLive = ({ xml }: App): Content | undefined =>
  channel('live', child(xml, 'finderLive'), 'desc', '')

function channel(
  what: Of<'channel'>['what'],
  xml: Xml,
  words: string,
  url: string,
): Content | undefined {
  const author = cleanLine(xmlText(xml, 'nickname'))
  const text = cleanText(xmlText(xml, words))
  return author || text || url ? { kind: 'channel', what, author, text, url } : undefined
}
