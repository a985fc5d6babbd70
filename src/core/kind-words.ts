import type { Both, Language } from './words.ts'

/**
 * What a kind of message is called where WeChat gives no words itself. `type` is WeChat's number for it, that of an
 * app message behind a stroke (`34`, `49/2000`), or a hub's own word. Empty: there is nothing to call it by.
 */
export function kindWord(type: string, language: Language): string {
  const known = table[type]
  if (known) return known[language]
  const at = type.indexOf('/')
  const family = at < 0 ? undefined : table[type.slice(0, at)]
  if (family) {
    const tail = type.slice(at + 1)
    if (tail === '') return family[language]
    return { zh: `${family.zh}（${tail}）`, en: `${family.en} (${tail})` }[language]
  }
  if (!/^\d+$/.test(type)) return type
  return { zh: `类型 ${type} 的消息`, en: `a message of type ${type}` }[language]
}

/** What was said, with the kind of it in front where it is no text. */
export const kindLine = (type: string | undefined, said: string, language: Language): string => {
  const word = type === undefined ? '' : kindWord(type, language)
  if (word === '') return said
  return said === '' ? `[${word}]` : `[${word}] ${said}`
}

const call: Both = { zh: '通话', en: 'voice or video call' }
const picture: Both = { zh: '图片', en: 'picture' }
const video: Both = { zh: '视频', en: 'video' }
const sticker: Both = { zh: '表情', en: 'sticker' }
const location: Both = { zh: '位置', en: 'location' }
const liveLocation: Both = { zh: '位置共享', en: 'live location' }
const request: Both = { zh: '好友请求', en: 'friend request' }
const product: Both = { zh: '商品', en: 'product' }
const music: Both = { zh: '音乐', en: 'music' }
const miniProgram: Both = { zh: '小程序', en: 'mini program' }
const systemMessage: Both = { zh: '系统消息', en: 'system message' }
const poll: Both = { zh: '投票', en: 'poll' }

const table: Readonly<Record<string, Both | undefined>> = Object.assign(Object.create(null), {
  /** WeChat does not tell the web what it is. */
  hidden: { zh: '', en: '' },
  /** Anything, in a merged history. */
  message: { zh: '消息', en: 'message' },

  // By MsgType (protocol §5.5).
  3: picture,
  34: { zh: '语音', en: 'voice message' },
  37: request,
  40: { zh: '可能认识的人', en: 'possible friend' },
  42: { zh: '名片', en: 'contact card' },
  43: video,
  47: sticker,
  48: location,
  49: { zh: '分享', en: 'app message' },
  50: call,
  52: call,
  53: call,
  62: video,
  65: request,
  10000: systemMessage,
  10002: systemMessage,

  // By the type of an app message (protocol §5.6).
  '49/1': { zh: '文字', en: 'text' },
  '49/2': picture,
  '49/3': music,
  '49/4': { zh: '视频链接', en: 'video link' },
  '49/5': { zh: '链接', en: 'link' },
  '49/6': { zh: '文件', en: 'file' },
  '49/7': { zh: '应用', en: 'app' },
  '49/8': sticker,
  '49/9': { zh: '语音提醒', en: 'voice reminder' },
  '49/10': product,
  '49/13': product,
  '49/15': { zh: '表情专辑', en: 'sticker set' },
  '49/16': { zh: '卡券', en: 'coupon' },
  '49/17': liveLocation,
  '49/19': { zh: '聊天记录', en: 'chat history' },
  '49/21': { zh: '微信运动', en: 'sports' },
  '49/24': { zh: '笔记', en: 'note' },
  '49/33': miniProgram,
  '49/36': miniProgram,
  '49/50': { zh: '视频号名片', en: 'channel card' },
  '49/51': { zh: '视频号视频', en: 'channel video' },
  '49/53': { zh: '接龙', en: 'group note' },
  '49/57': { zh: '引用', en: 'reply' },
  '49/62': { zh: '拍一拍', en: 'pat' },
  '49/63': { zh: '视频号直播', en: 'channel live' },
  '49/74': { zh: '文件（正在上传）', en: 'file on its way' },
  '49/76': music,
  '49/87': { zh: '群公告', en: 'group announcement' },
  '49/2000': { zh: '转账', en: 'transfer' },
  '49/2001': { zh: '红包', en: 'red packet' },

  // By the word a hub has for it.
  image: picture,
  voice: { zh: '语音', en: 'voice message' },
  video,
  file: { zh: '文件', en: 'file' },
  sticker,
  location,
  'live location': liveLocation,
  poll,
  vote: { zh: '投票', en: 'vote' },
  reaction: { zh: '表情回应', en: 'reaction' },
  edit: { zh: '修改', en: 'edit' },
  call: { zh: '通话', en: 'call' },
  encryption: { zh: '加密', en: 'encryption' },
  'encrypted message': { zh: '加密消息', en: 'encrypted message' },
  'encrypted attachment': { zh: '加密附件', en: 'encrypted attachment' },
  'broken attachment': { zh: '损坏的附件', en: 'broken attachment' },
  'malformed message': { zh: '格式错误的消息', en: 'malformed message' },
  contact: { zh: '联系人', en: 'contact' },
  dice: { zh: '骰子', en: 'dice' },
  game: { zh: '游戏', en: 'game' },
  story: { zh: '动态', en: 'story' },
  'paid media': { zh: '付费内容', en: 'paid media' },
  giveaway: { zh: '抽奖', en: 'giveaway' },
  invoice: { zh: '账单', en: 'invoice' },
  checklist: { zh: '清单', en: 'checklist' },
  gift: { zh: '礼物', en: 'gift' },
  'formatted message': { zh: '带版式的消息', en: 'formatted message' },
} satisfies Record<string, Both>)
