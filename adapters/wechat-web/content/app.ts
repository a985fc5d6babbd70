import type { Content } from '../../../src/core/message.ts'
import { readGenericLink, readLink, readMusic, readProduct, readSharedText } from './app-link.ts'
import { type AppParser, readApp } from './app-message.ts'
import { readArticles } from './articles.ts'
import { readChannelCard, readChannelLive, readChannelVideo } from './channel.ts'
import { readAppPicture, readAppSticker, readFile, readFileNotice } from './file.ts'
import { readAnnouncement, readInvite, readSolitaire } from './group.ts'
import { readHistory } from './history.ts'
import type { Incoming } from './incoming.ts'
import { readMiniProgram } from './mini-program.ts'
import { readAppPat } from './pat.ts'
import { readRedPacket, readTransfer } from './payment.ts'
import { readPrompt } from './prompt.ts'
import { readQuote } from './quote.ts'
import { unsupported } from './unsupported.ts'

/** How each type of app message is read (protocol §5.6): the first that makes something of it. */
const table: Readonly<Record<number, readonly AppParser[]>> = {
  1: [readSharedText],
  2: [readAppPicture],
  3: [readMusic],
  4: [readLink],
  5: [readArticles, readInvite, readLink],
  6: [readFile],
  7: [readLink],
  8: [readAppSticker],
  10: [readProduct],
  13: [readProduct],
  17: [() => ({ kind: 'liveLocation', phase: 'started' })],
  19: [readHistory],
  24: [readHistory],
  33: [readMiniProgram],
  36: [readMiniProgram],
  50: [readChannelCard],
  51: [readChannelVideo],
  53: [readSolitaire],
  57: [readQuote],
  62: [readAppPat],
  63: [readChannelLive],
  74: [readFileNotice],
  76: [readMusic],
  87: [readAnnouncement],
  2000: [readTransfer],
  2001: [readRedPacket],
}

/** What a type nobody told us of may still be, by what it carries. */
const unknown: readonly AppParser[] = [readArticles, readHistory, readGenericLink]

/** Reads MsgType 49. */
export function readAppMessage(message: Incoming): Content {
  const prompt = readPrompt(message)
  if (prompt) return prompt
  const app = readApp(message)
  if (!app) return unsupported(message)
  for (const read of table[app.type] ?? unknown) {
    const content = read(app)
    if (content) return content
  }
  const words = app.title || app.description.slice(0, 300)
  return unsupported(message, app.type, outdated.has(app.type) ? '' : words)
}

/** Their title only says that the version is too old. */
const outdated = new Set([50, 51, 63])
