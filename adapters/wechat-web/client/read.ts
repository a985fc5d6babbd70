import { contactId } from '../../../src/core/ids.ts'
import { type Content, type MediaRef, mediaOf } from '../../../src/core/message.ts'
import { readApp } from '../content/app-message.ts'
import type { Incoming } from '../content/incoming.ts'
import { parsers } from '../content/table.ts'
import { mentions } from '../content/text.ts'
import { unsupported } from '../content/unsupported.ts'
import { fileNameOf } from '../file-name.ts'
import { type Parties, partiesOf } from '../normalise.ts'
import { number, type Raw, record, text } from '../raw.ts'
import { accountOf } from '../roster.ts'
import { cleanLine, cleanName, decodeName, decodeText } from '../text.ts'
import type { Core } from './core.ts'
import type {
  Card,
  ClientMessage,
  Common,
  Downloadable,
  Kind,
  MediaMessage,
  Request,
} from './message.ts'
import { typeOf } from './roster.ts'
import { type Actions, memberOf, User } from './user.ts'

/** What reading needs of the client around it. */
export interface ReadParts {
  readonly core: Core
  readonly actions: Actions
  readonly downloads: (
    media: MediaRef | undefined,
    raw: Raw,
  ) => Pick<Downloadable, 'open' | 'download'>
}

/** A raw message as the library's (protocol §8.1). Undefined: it is for nobody. Never throws on what it is given. */
export function readMessage(parts: ReadParts, raw: Raw): ClientMessage | undefined {
  const { core } = parts
  const parties = partiesOf(raw, core.self.UserName)
  if (!parties) return undefined
  const content = contentOf(core, raw, parties)
  const common = commonOf(parts, raw, parties, content)
  const kind = kindOf(raw, parties, content)
  switch (kind) {
    case 'text':
    case 'useless':
      return { ...common, kind }
    case 'map':
      return { ...common, kind, place: content.kind === 'location' ? content : undefined }
    case 'card':
      return { ...common, kind, card: cardOf(raw) }
    case 'sharing':
      return { ...common, kind, url: 'url' in content ? (content.url ?? '') : '' }
    case 'friends':
      return { ...common, kind, request: requestOf(raw, content) }
    case 'note':
      return { ...common, kind, recall: content.kind === 'recall' ? content : undefined }
    case 'system':
      return undefined
    default: {
      const fileName = nameOf(kind, raw, content, common.at)
      return { ...common, kind, fileName, ...parts.downloads(mediaOf(content), raw) }
    }
  }
}

function commonOf(parts: ReadParts, raw: Raw, parties: Parties, content: Content): Common {
  const { core, actions } = parts
  const { chat, member, mine, group } = parties
  const seconds = number(raw.CreateTime)
  const sender = member === undefined ? undefined : core.roster.member(chat, member)
  const said = 'text' in content ? content.text : ''
  return {
    msgId: parties.msgId,
    msgType: parties.type,
    fromUserName: text(raw.FromUserName),
    toUserName: text(raw.ToUserName),
    at: seconds > 0 && seconds < 1e11 ? seconds * 1000 : core.settings.clock.now(),
    isMine: mine,
    myNickName: cleanName(core.self.NickName ?? ''),
    isAt:
      group &&
      !mine &&
      member !== undefined &&
      mentions(said, [...everybody, ...myNames(core, chat)]),
    text: wordsOf(content, raw, parties),
    chat: new User(core.roster.get(chat) ?? { UserName: chat }, actions),
    sender:
      member === undefined
        ? undefined
        : memberOf(sender ?? { UserName: member, NickName: '', DisplayName: '' }),
    content,
    raw,
    payload: parties.payload,
    reply: (words) => actions.sendText(words, chat),
  }
}

/** Whoever writes so calls oneself as well: the libraries of the web client do not ask who may. */
const everybody = ['所有人', 'All', 'all']

function myNames(core: Core, room: string): string[] {
  const own = core.roster.member(room, core.self.UserName)
  return [own?.DisplayName, own?.NickName, core.self.NickName]
    .map((each) => cleanName(each ?? ''))
    .filter((each) => each !== '')
}

/** The same parsers as the bridge's, with UserNames in place of lasting ids: here they live as long as the session. */
function contentOf(core: Core, raw: Raw, parties: Parties): Content {
  const message = incomingOf(core, raw, parties)
  try {
    return parsers[parties.type]?.(message) ?? unsupported(message)
  } catch {
    return { kind: 'unsupported', type: String(parties.type), summary: '' }
  }
}

function incomingOf(core: Core, raw: Raw, parties: Parties): Incoming {
  const { chat, mine } = parties
  const contact = core.roster.get(chat)
  return {
    raw,
    msgId: parties.msgId,
    type: parties.type,
    payload: parties.payload,
    account: accountOf(core.api.session.uin),
    mine,
    group: parties.group,
    mp: contact !== undefined && typeOf(contact) === 'mp',
    from: mine ? 'self' : chat,
    peer: parties.group ? '' : cleanName(contact?.NickName ?? ''),
    changed: [],
    request: () => parties.msgId,
    contact: (userName) => (/^@[\w-]{1,128}$/.test(userName) ? contactId(userName) : undefined),
    nameOf: () => undefined,
  }
}

/** Which of itchat's types it is (protocol §8.1). */
function kindOf(raw: Raw, parties: Parties, content: Content): Kind {
  const { type } = parties
  if (type === 1) {
    const isPlace = content.kind === 'location' || number(raw.SubMsgType) === 48
    return isPlace ? 'map' : 'text'
  }
  if (type === 49) return appKind(raw, parties)
  return plain[type] ?? 'useless'
}

const plain: Readonly<Record<number, Kind>> = {
  3: 'picture',
  34: 'recording',
  37: 'friends',
  42: 'card',
  43: 'video',
  47: 'picture',
  48: 'map',
  62: 'video',
  10000: 'note',
  10002: 'note',
}

const apps: Readonly<Record<number, Kind>> = {
  0: 'note',
  6: 'attachment',
  8: 'picture',
  17: 'note',
  2000: 'note',
}

function appKind(raw: Raw, { payload, type }: Parties): Kind {
  // Only what the reader of app messages looks at.
  const app = readApp({ raw, payload, type } as Incoming)
  return apps[app ? app.type : number(raw.AppMsgType)] ?? 'sharing'
}

function wordsOf(content: Content, raw: Raw, parties: Parties): string {
  if ('text' in content && content.text) return content.text
  switch (content.kind) {
    case 'location':
      return content.label || content.poi
    case 'card':
      return content.name
    case 'friendRequest':
      return content.greeting
    case 'unsupported':
      return content.summary
    default:
      break
  }
  if ('title' in content) return content.title
  const name = cleanName(text(raw.FileName))
  if (name) return name
  const isXml = /^\s*(<|&lt;)/.test(parties.payload) || parties.type !== 1
  return isXml ? '' : cleanLine(decodeText(parties.payload), 2000)
}

function cardOf(raw: Raw): Card {
  const info = record(raw.RecommendInfo)
  const field = (name: string) => cleanName(text(info[name]))
  return {
    userName: text(info.UserName),
    nickName: field('NickName'),
    alias: field('Alias'),
    province: field('Province'),
    city: field('City'),
    sex: number(info.Sex),
  }
}

/** The ticket is the card's, not the message's own, which is empty in practice (protocol §8.1, trap 46). */
function requestOf(raw: Raw, content: Content): Request {
  const info = record(raw.RecommendInfo)
  return {
    userName: text(info.UserName),
    nickName: cleanName(text(info.NickName)),
    greeting:
      content.kind === 'friendRequest'
        ? content.greeting
        : cleanLine(decodeName(text(info.Content)), 500),
    ticket: text(info.Ticket) || text(raw.Ticket),
  }
}

const extensions: Readonly<Record<MediaMessage['kind'], string>> = {
  picture: 'png',
  recording: 'mp3',
  attachment: 'bin',
  video: 'mp4',
}

/** `yymmdd-HHMMSS.ext` by the local time, as itchat does; a file keeps its own name. */
function nameOf(kind: MediaMessage['kind'], raw: Raw, content: Content, at: number): string {
  const media = mediaOf(content)
  if (kind === 'attachment') {
    const name = media?.name ?? decodeName(text(raw.FileName))
    return fileNameOf({ kind: 'file', name }, 'application/octet-stream')
  }
  const local = new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString()
  const stamp = `${local.slice(2, 10).replaceAll('-', '')}-${local.slice(11, 19).replaceAll(':', '')}`
  const isMoving = number(raw.MsgType) !== 3 && kind === 'picture'
  return `${stamp}.${isMoving ? 'gif' : extensions[kind]}`
}
