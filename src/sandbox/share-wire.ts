import { createHash } from 'node:crypto'
import { appWire } from './app-wire.ts'
import { number } from './dice.ts'
import { cardWire } from './people-wire.ts'
import type { Session } from './session.ts'
import { sample } from './share-files.ts'
import type { Shared, SharedLocation, SharedVideo } from './shared.ts'
import { wireName, wireRaw, wireText, wireXml, xmlValue } from './text.ts'
import type { Message, World } from './world.ts'

/** A shared thing on the wire: its fields, and its Content without the prefix a group may give it. */
export interface Wired {
  readonly fields: Readonly<Record<string, unknown>>
  readonly content: string
  /** The server names nobody in front of it, not even in a group (protocol §5.3). */
  readonly bare?: boolean
}

/** What people share, as webwxsync delivers it (protocol §5.5, §5.6, §5.9). */
export function wireShared(world: World, session: Session, message: Message, what: Shared): Wired {
  const real = realIdOf(world, message)
  switch (what.kind) {
    case 'voice':
      return voice(message, what.ms ?? 3_100, real)
    case 'video':
      return video(what, real)
    case 'sticker':
      return sticker(real, what.bytes ?? sample('wave.gif'), what.cdnurl)
    case 'storeSticker':
      return { fields: { MsgType: 47, HasProductId: 1, ImgStatus: 2 }, content: '' }
    case 'dice':
      return sticker(real, what.bytes ?? sample('throw.gif'), undefined, [2, what.result + 3])
    case 'morra':
      return sticker(real, what.bytes ?? sample('throw.gif'), undefined, [1, MORRA[what.result]])
    case 'location':
      return location(message, what)
    case 'card':
      return cardWire(world, session, what.who)
    case 'plainQuote':
      return text(`「${what.name}：${what.quoted}」\n${DASHES}\n${what.text}`)
    case 'call':
      return call(what.phase, what.text)
    case 'pat':
      return what.form === 'sysmsg'
        ? patSysmsg(world, message, what.who)
        : line(patWords(world, message, what.who))
    case 'unknown':
      if (what.app) return appWire(world, message, what)
      return { fields: { MsgType: what.type }, content: wireText(what.content ?? '') }
    case 'redPacket':
      if (what.app) return appWire(world, message, what)
      return line(`${message.from === 'me' ? '发出' : '收到'}红包，请在手机上查看`)
    case 'liveLocation':
      if (what.phase === 'start') return appWire(world, message, what)
      return line('位置共享已经结束')
    default:
      return appWire(world, message, what)
  }
}

/** The id that stands for whoever said it inside XML (protocol §3.1). */
export function realIdOf(world: World, message: Message): string {
  return message.from === undefined ? '' : world.figure(message.from).realId
}

function text(said: string): Wired {
  return { fields: { MsgType: 1 }, content: wireText(said) }
}

function line(said: string): Wired {
  return { fields: { MsgType: 10000, Status: 4 }, content: wireText(said), bare: true }
}

function voice(message: Message, ms: number, real: string): Wired {
  const buffer = `2${number(2 ** 40, message.id, 'buffer')}00000`
  const xml =
    `<msg><voicemsg endflag="1" cancelflag="0" forwardflag="0" voiceformat="4" voicelength="${ms}" ` +
    `length="${Math.ceil(ms * 1.3)}" bufid="${buffer}" clientmsgid="49efec63a977${message.id}" ` +
    `fromusername="${xmlValue(real)}" /></msg>`
  return { fields: { MsgType: 34, VoiceLength: ms }, content: wireXml(xml) }
}

function video(what: SharedVideo, real: string): Wired {
  const seconds = what.seconds ?? 4
  const bytes = what.bytes ?? sample('clip.mp4')
  const xml =
    `<?xml version="1.0"?>\n<msg>\n\t<videomsg aeskey="${md5(bytes)}" cdnthumbaeskey="${md5(bytes)}" ` +
    `cdnvideourl="3057020100" cdnthumburl="3057020100" length="${bytes.byteLength}" ` +
    `playlength="${seconds}" cdnthumblength="7012" cdnthumbwidth="320" cdnthumbheight="240" ` +
    `fromusername="${xmlValue(real)}" md5="${md5(bytes)}" newmd5="${md5(bytes)}" isad="0" />\n</msg>\n`
  return {
    fields: {
      MsgType: what.micro ? 62 : 43,
      PlayLength: seconds,
      ImgStatus: 2,
      ImgHeight: 240,
      ImgWidth: 320,
    },
    content: wireXml(xml),
  }
}

function sticker(
  real: string,
  bytes: Uint8Array,
  cdnurl = '',
  [type, result]: readonly [number, number] = [0, 0],
): Wired {
  // With the blanks around "=" that the server really writes.
  const xml =
    `<msg><emoji fromusername = "${xmlValue(real)}" tousername = "" type="2" idbuffer="media:0_0" ` +
    `md5="${md5(bytes)}" len = "${bytes.byteLength}" productid="" androidmd5="${md5(bytes)}" ` +
    `androidlen="${bytes.byteLength}" cdnurl = "${xmlValue(cdnurl)}" designerid = "" thumburl = "" ` +
    `encrypturl = "" aeskey= "" width= "160" height= "160" ></emoji> ` +
    `<gameext type="${type}" content="${result}" ></gameext></msg>`
  return {
    fields: { MsgType: 47, ImgStatus: 2, ImgHeight: 120, ImgWidth: 120 },
    content: wireXml(xml),
  }
}

function location(message: Message, what: SharedLocation): Wired {
  const { latitude, longitude, label = '', poi = '' } = what
  const point = `${latitude.toFixed(6)},${longitude.toFixed(6)}`
  const path = `/cgi-bin/mmwebwx-bin/webwxgetpubliclinkimg?url=xxx&msgid=${message.id}&pictype=location`
  const xml =
    `<?xml version="1.0"?>\n<msg>\n\t<location x="${latitude.toFixed(6)}" y="${longitude.toFixed(6)}" ` +
    `scale="16" label="${xmlValue(label)}" maptype="0" poiname="${xmlValue(poi)}" />\n</msg>\n`
  const forward = 'http://weixin.qq.com/cgi-bin/redirectforward?args=xxx'
  return {
    fields: {
      MsgType: 1,
      SubMsgType: 48,
      Url: `http://apis.map.qq.com/uri/v1/geocoder?coord=${point}`,
      OriContent: wireRaw(xml),
    },
    content: what.historic ? forward : `${wireName(label)}:<br/>${path}`,
  }
}

function call(phase: 'invite' | 'voip' | 'ended', words: string | undefined): Wired {
  const type = { invite: 53, voip: 50, ended: 52 }[phase]
  const xml =
    `<voipmsg type="VoIPBubbleMsg"><VoIPBubbleMsg><msg><![CDATA[${words ?? ''}]]></msg>` +
    '<room_type>1</room_type><red_dot>false</red_dot></VoIPBubbleMsg></voipmsg>'
  return { fields: { MsgType: type }, content: words === undefined ? '' : wireXml(xml) }
}

function patWords(world: World, message: Message, who: string): string {
  const name = (of: string) => `"${world.nameOf(of, message.chat)}"`
  if (message.from === 'me') return who === 'me' ? '我拍了拍自己' : `我拍了拍 ${name(who)}`
  const from = name(message.from ?? message.chat)
  return who === 'me' ? `${from} 拍了拍我` : `${from} 拍了拍 ${name(who)}`
}

function patSysmsg(world: World, message: Message, who: string): Wired {
  const id = (of: string) => xmlValue(world.figure(of).realId)
  const from = id(message.from ?? message.chat)
  const xml =
    `<sysmsg type="pat"><pat><fromusername>${from}</fromusername><chatusername>${id(message.chat)}` +
    `</chatusername><pattedusername>${id(who)}</pattedusername><patsuffix><![CDATA[]]></patsuffix>` +
    `<template><![CDATA["\${${from}}" 拍了拍 "\${${id(who)}}"]]></template></pat></sysmsg>`
  return { fields: { MsgType: 10002, Status: 4 }, content: wireXml(xml), bare: true }
}

function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex')
}

const MORRA = { scissors: 1, rock: 2, paper: 3 } as const
const DASHES = '- - - - - - - - - - - - - - -'
