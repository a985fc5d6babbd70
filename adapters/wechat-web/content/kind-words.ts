import { isChinese } from '../text.ts'

// What a kind of message is called where WeChat gives no words itself: in quotes, histories, lines for the phone.

interface Both {
  readonly zh: string
  readonly en: string
}

const call: Both = { zh: '通话', en: 'voice or video call' }
const video: Both = { zh: '视频', en: 'video' }

/** By MsgType (protocol §5.5). */
const messages: Readonly<Record<number, Both>> = {
  3: { zh: '图片', en: 'picture' },
  34: { zh: '语音', en: 'voice message' },
  37: { zh: '好友请求', en: 'friend request' },
  40: { zh: '可能认识的人', en: 'possible friend' },
  42: { zh: '名片', en: 'contact card' },
  43: video,
  47: { zh: '表情', en: 'sticker' },
  48: { zh: '位置', en: 'location' },
  49: { zh: '分享', en: 'app message' },
  50: call,
  52: call,
  53: call,
  62: video,
  65: { zh: '好友请求', en: 'friend request' },
  10000: { zh: '系统消息', en: 'system message' },
  10002: { zh: '系统消息', en: 'system message' },
}

/** By the type of an app message (protocol §5.6). */
const apps: Readonly<Record<number, Both>> = {
  1: { zh: '文字', en: 'text' },
  2: { zh: '图片', en: 'picture' },
  3: { zh: '音乐', en: 'music' },
  4: { zh: '视频链接', en: 'video link' },
  5: { zh: '链接', en: 'link' },
  6: { zh: '文件', en: 'file' },
  7: { zh: '应用', en: 'app' },
  8: { zh: '表情', en: 'sticker' },
  9: { zh: '语音提醒', en: 'voice reminder' },
  10: { zh: '商品', en: 'product' },
  13: { zh: '商品', en: 'product' },
  15: { zh: '表情专辑', en: 'sticker set' },
  16: { zh: '卡券', en: 'coupon' },
  17: { zh: '位置共享', en: 'live location' },
  19: { zh: '聊天记录', en: 'chat history' },
  21: { zh: '微信运动', en: 'sports' },
  24: { zh: '笔记', en: 'note' },
  33: { zh: '小程序', en: 'mini program' },
  36: { zh: '小程序', en: 'mini program' },
  50: { zh: '视频号名片', en: 'channel card' },
  51: { zh: '视频号视频', en: 'channel video' },
  53: { zh: '接龙', en: 'group note' },
  57: { zh: '引用', en: 'reply' },
  62: { zh: '拍一拍', en: 'pat' },
  63: { zh: '视频号直播', en: 'channel live' },
  74: { zh: '文件（正在上传）', en: 'file on its way' },
  76: { zh: '音乐', en: 'music' },
  87: { zh: '群公告', en: 'group announcement' },
  2000: { zh: '转账', en: 'transfer' },
  2001: { zh: '红包', en: 'red packet' },
}

/** The word for a kind of message, in the language of the `hints`: texts that come with it. */
export function kindWord(type: number, app: number, ...hints: readonly string[]): string {
  const language = isChinese(...hints) ? 'zh' : 'en'
  const known = (type === 49 ? apps[app] : undefined) ?? messages[type]
  return (
    known?.[language] ?? { zh: `类型 ${type} 的消息`, en: `a message of type ${type}` }[language]
  )
}
