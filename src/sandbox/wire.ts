import { createHash } from 'node:crypto'
import { isIn } from './cast.ts'
import { hex, number } from './dice.ts'
import { NOBODY, requestWire } from './people-wire.ts'
import type { Session } from './session.ts'
import { wireShared } from './share-wire.ts'
import { wireText, wireXml, xmlValue } from './text.ts'
import type { Message, World } from './world.ts'

/** One element of AddMsgList (protocol §5.1), in the words of this session. */
export type WireMessage = Readonly<Record<string, unknown>>

/** A message as this session's client receives it. */
export function wireMessage(world: World, session: Session, message: Message): WireMessage {
  const basic = {
    ...EMPTY,
    MsgId: message.id,
    NewMsgId: message.id,
    CreateTime: Math.floor(message.at / 1000),
    ...ends(session, message),
  }
  const body = message.body
  switch (body.kind) {
    case 'text':
      return { ...basic, MsgType: 1, Content: said(world, session, message, wireText(body.text)) }
    case 'picture':
      return {
        ...basic,
        MsgType: 3,
        Content: said(world, session, message, wireXml(pictureXml(body.bytes))),
        Status: 3,
        ImgStatus: 2,
        ImgHeight: 90,
        ImgWidth: 120,
      }
    case 'system':
      return { ...basic, MsgType: 10000, Content: wireText(body.text), Status: 4 }
    case 'recall':
      return { ...basic, ...recall(world, session, message, body.of, body.by) }
    case 'recent':
      return { ...basic, ...recent(world, session) }
    case 'shared': {
      const { fields, content, bare } = wireShared(world, session, message, body.what)
      return {
        ...basic,
        ...fields,
        Content: bare ? content : said(world, session, message, content),
      }
    }
    case 'notify':
      return {
        ...basic,
        MsgType: 51,
        FromUserName: session.nameOf('me'),
        ToUserName: session.nameOf(message.chat),
        StatusNotifyCode: body.code,
        StatusNotifyUserName: body.code === 2 ? session.nameOf(message.chat) : '',
      }
    case 'request': {
      const ticket = ticketOf(world, message.chat)
      const { fields, content } = requestWire(world, session, message, body.greeting, ticket)
      return { ...basic, ...fields, Content: content }
    }
    case 'raw':
      return { ...basic, ...(named(world, session, body.fields) as WireMessage) }
    case 'other':
      return { ...basic, MsgType: 1, Content: '[当前版本不支持展示该内容]' }
  }
}

/** What accepts a request of this person (protocol §3.12). */
export function ticketOf(world: World, who: string): string {
  return `v2_${hex(96, world.seed, who, 'ticket')}@stranger`
}

/** JSON as the server writes it: NewMsgId is a bare number above 2^53 (protocol §5.1). */
export function wireJson(value: unknown): string {
  // Inside a string the quotes are escaped, so this can hit no text.
  return JSON.stringify(value).replace(/"NewMsgId":"(\d+)"/g, '"NewMsgId":$1')
}

function ends(session: Session, { chat, from }: Message): WireMessage {
  const me = session.nameOf('me')
  const other = session.nameOf(chat)
  return from === 'me'
    ? { FromUserName: me, ToUserName: other }
    : { FromUserName: other, ToUserName: me }
}

/** What others say in a group begins with who they are; what the owner says does not (protocol §5.3). */
function said(world: World, session: Session, { chat, from }: Message, content: string): string {
  const prefixed = world.figure(chat).kind === 'group' && from !== undefined && from !== 'me'
  return prefixed ? `${session.nameOf(from)}:<br/>${content}` : content
}

function recall(world: World, session: Session, notice: Message, of: Message, by: string) {
  const group = world.figure(notice.chat).kind === 'group'
  const owner = by === 'me' ? '你' : `"${world.nameOf(by, notice.chat)}" `
  const words =
    of.from === undefined || of.from === by
      ? `${owner}撤回了一条消息`
      : `${owner}撤回了成员 "${world.nameOf(of.from, notice.chat)}" 的一条消息`
  const xml =
    `<sysmsg type="revokemsg"><revokemsg><session>${xmlValue(world.figure(notice.chat).realId)}</session>` +
    `<oldmsgid>${1_000_000_000 + number(900_000_000, of.id)}</oldmsgid><msgid>${of.id}</msgid>` +
    `<replacemsg><![CDATA[${words.replaceAll(']]>', ']] >')}]]></replacemsg></revokemsg></sysmsg>`
  // The owner's own recalls come with the ends swapped and without a prefix (protocol §5.7).
  return {
    MsgType: 10002,
    Status: 4,
    FromUserName: session.nameOf(notice.chat),
    ToUserName: session.nameOf('me'),
    Content: group && by !== 'me' ? `${session.nameOf(by)}:<br/>${wireXml(xml)}` : wireXml(xml),
  }
}

/** The list of recent chats after statusnotify code 3, real ids in the same order (protocol §5.8). */
function recent(world: World, session: Session): WireMessage {
  const chats = [...world.figures.values()].filter((figure) =>
    figure.kind === 'group'
      ? figure.recent && isIn(figure, 'me')
      : figure.recent && figure.kind !== 'me' && figure.kind !== 'stranger',
  )
  const ids = chats.map((figure) => figure.realId).join(',')
  return {
    MsgType: 51,
    FromUserName: session.nameOf('me'),
    ToUserName: session.nameOf('me'),
    StatusNotifyCode: 4,
    StatusNotifyUserName: chats.map((figure) => session.nameOf(figure.who)).join(','),
    Content: !world.realIds
      ? ''
      : wireXml(
          `<msg>\n<op id='4'>\n<username>${ids}</username>\n<unreadchatlist></unreadchatlist>\n` +
            '<unreadfunctionlist></unreadfunctionlist>\n</op>\n</msg>',
        ),
  }
}

/** `<lin>` in any string of it becomes the UserName of lin in this session. */
function named(world: World, session: Session, value: unknown): unknown {
  if (typeof value === 'string')
    return value.replace(/<([\w-]+)>/g, (all, who: string) =>
      world.figures.has(who) ? session.nameOf(who) : all,
    )
  if (Array.isArray(value)) return value.map((item) => named(world, session, item))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, named(world, session, inner)]),
  )
}

function pictureXml(bytes: Uint8Array): string {
  const md5 = createHash('md5').update(bytes).digest('hex')
  return (
    `<?xml version="1.0"?>\n<msg>\n\t<img aeskey="${md5}" encryver="1" cdnthumbaeskey="${md5}" ` +
    'cdnthumburl="3057020100" cdnthumblength="4021" cdnthumbheight="90" cdnthumbwidth="120" ' +
    `cdnmidheight="0" cdnmidwidth="0" cdnhdheight="0" cdnhdwidth="0" cdnmidimgurl="3057020100" ` +
    `length="${bytes.byteLength}" md5="${md5}"/>\n\t<commenturl></commenturl>\n</msg>\n`
  )
}

const EMPTY: WireMessage = {
  MsgId: '',
  FromUserName: '',
  ToUserName: '',
  MsgType: 1,
  Content: '',
  Status: 3,
  ImgStatus: 1,
  CreateTime: 0,
  VoiceLength: 0,
  PlayLength: 0,
  FileName: '',
  FileSize: '',
  MediaId: '',
  Url: '',
  AppMsgType: 0,
  StatusNotifyCode: 0,
  StatusNotifyUserName: '',
  RecommendInfo: NOBODY,
  ForwardFlag: 0,
  AppInfo: { AppID: '', Type: 0 },
  HasProductId: 0,
  Ticket: '',
  ImgHeight: 0,
  ImgWidth: 0,
  SubMsgType: 0,
  NewMsgId: '',
  OriContent: '',
  EncryFileName: '',
}
