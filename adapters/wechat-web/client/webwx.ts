import { fileNameOf } from '../file-name.ts'
import { number, type Raw, text } from '../raw.ts'
import { cleanName, decodeName } from '../text.ts'
import { child, contentXml, type Xml, xmlText } from '../xml.ts'
import type { ClientMessage, MediaMessage } from './message.ts'

/** Who speaks, as webwx tells it (protocol §8.2). */
export type WebwxSender =
  | {
      readonly senderType: 'GROUP'
      readonly groupNickName: string
      readonly userNickName: string
      readonly userDisplayName: string
      readonly meIsAt: boolean
    }
  | { readonly senderType: 'SUBSCRIPTION'; readonly subscriptionNickName: string }
  | {
      readonly senderType: 'CONTACT'
      readonly contactNickName: string
      readonly contactRemarkName: string
    }
  | { readonly senderType: 'MYSELF'; readonly myNickName: string }
  | { readonly senderType: 'UNSUPPORTED' }

/** Saves the bytes as `<folder>/<name of its own>` and gives back that path. */
type DownloadFunc = (folder?: string) => Promise<string>

/** What is said, as webwx tells it (protocol §8.2). */
export type WebwxBody =
  | { readonly msgType: 'TEXT'; readonly content: string }
  | {
      readonly msgType: 'POSITION'
      readonly x: string
      readonly y: string
      readonly scale: string
      readonly label: string
      readonly poiname: string
    }
  | {
      readonly msgType: 'IMAGE'
      readonly imgHeight: number
      readonly imgWidth: number
      readonly mediaId: string
      readonly downloadFunc: DownloadFunc
    }
  | {
      readonly msgType: 'VOICE'
      readonly voiceLength: number
      readonly mediaId: string
      readonly downloadFunc: DownloadFunc
    }
  | {
      readonly msgType: 'VIDEO'
      readonly imgHeight: number
      readonly imgWidth: number
      readonly playLength: number
      readonly mediaId: string
      readonly downloadFunc: DownloadFunc
    }
  | {
      readonly msgType: 'CARD'
      readonly username: string
      readonly nickname: string
      readonly alias: string
      readonly province: string
      readonly city: string
      readonly sex: string
      readonly regionCode: string
    }
  | { readonly msgType: 'ANIMATION'; readonly imgHeight: number; readonly imgWidth: number }
  | {
      readonly msgType: 'FILE'
      readonly fileName: string
      readonly encryFileName: string
      readonly fileSize: string
      readonly mediaId: string
      readonly downloadFunc: DownloadFunc
    }
  | { readonly msgType: 'REVOKE'; readonly revokedMsgId: string }
  | { readonly msgType: 'UNSUPPORTED' }

export type WebwxMessage = WebwxSender &
  WebwxBody & { readonly senderName: string; readonly msgId: string }

/** A message with exactly the fields of webwx, the seed's spelling where the two differ (`meIsAt`, trap 62). */
export function toWebwx(message: ClientMessage): WebwxMessage {
  const { fromUserName, msgId } = message
  return { ...senderOf(message), senderName: fromUserName, ...bodyOf(message), msgId }
}

function senderOf({ chat, sender, isMine, isAt, myNickName }: ClientMessage): WebwxSender {
  if (isMine) return { senderType: 'MYSELF', myNickName }
  if (chat.nickName === '' && !chat.raw.NickName && chat.type !== 'group') {
    return { senderType: 'UNSUPPORTED' }
  }
  switch (chat.type) {
    case 'group':
      return {
        senderType: 'GROUP',
        groupNickName: chat.nickName,
        userNickName: sender?.nickName ?? '',
        userDisplayName: sender?.displayName ?? '',
        meIsAt: isAt,
      }
    case 'mp':
      return { senderType: 'SUBSCRIPTION', subscriptionNickName: chat.nickName }
    case 'friend':
      return {
        senderType: 'CONTACT',
        contactNickName: chat.nickName,
        contactRemarkName: chat.remarkName,
      }
  }
}

function bodyOf(message: ClientMessage): WebwxBody {
  const { raw, msgType } = message
  const size = { imgHeight: number(raw.ImgHeight), imgWidth: number(raw.ImgWidth) }
  switch (message.kind) {
    case 'text':
      return { msgType: 'TEXT', content: message.text }
    case 'map':
      return { msgType: 'POSITION', ...placeOf(message) }
    case 'card':
      return { msgType: 'CARD', ...cardOf(message.payload) }
    case 'recording':
      return {
        msgType: 'VOICE',
        voiceLength: number(raw.VoiceLength),
        ...media(message, `voice_${message.msgId}.mp3`),
      }
    case 'video':
      return {
        msgType: 'VIDEO',
        ...size,
        playLength: number(raw.PlayLength),
        ...media(message, `video_${message.msgId}.mp4`),
      }
    case 'attachment':
      return fileOf(message)
    case 'picture':
      if (msgType === 3) {
        return { msgType: 'IMAGE', ...size, ...media(message, `img_${message.msgId}.jpg`) }
      }
      return msgType === 47 ? { msgType: 'ANIMATION', ...size } : { msgType: 'UNSUPPORTED' }
    case 'note': {
      if (!message.recall) return { msgType: 'UNSUPPORTED' }
      return { msgType: 'REVOKE', revokedMsgId: message.recall.target.aliases[0] ?? '' }
    }
    default:
      return { msgType: 'UNSUPPORTED' }
  }
}

function media(message: MediaMessage, name: string) {
  const downloadFunc: DownloadFunc = async (folder = '.') => {
    const path = `${folder}/${name}`
    const done = await message.download(path)
    if (!done.ok) throw new Error(done.rawMsg || done.errMsg)
    return path
  }
  return { mediaId: message.msgId, downloadFunc }
}

function fileOf(message: MediaMessage): WebwxBody {
  const { raw } = message
  const name = fileNameOf({ kind: 'file', name: message.fileName }, 'application/octet-stream')
  return {
    msgType: 'FILE',
    fileName: decodeName(text(raw.FileName)),
    encryFileName: text(raw.EncryFileName),
    fileSize: text(raw.FileSize),
    ...media(message, name),
    mediaId: text(raw.MediaId),
  }
}

function placeOf({ raw }: { raw: Raw }) {
  const xml = child(contentXml(text(raw.OriContent)), 'msg', 'location')
  const field = (name: string) => xmlText(xml, `@_${name}`)
  return {
    x: field('x'),
    y: field('y'),
    scale: field('scale'),
    label: field('label'),
    poiname: field('poiname'),
  }
}

function cardOf(payload: string) {
  const xml: Xml = child(contentXml(payload), 'msg')
  const field = (name: string) => xmlText(xml, `@_${name}`)
  return {
    username: field('username'),
    nickname: cleanName(field('nickname')),
    alias: field('alias'),
    province: field('province'),
    city: field('city'),
    sex: field('sex'),
    regionCode: field('regionCode'),
  }
}
