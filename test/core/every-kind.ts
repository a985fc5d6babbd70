import { contactId, mediaId } from '../../src/core/ids.ts'
import type { Kind, MediaKind, MediaRef, Of } from '../../src/core/message.ts'

/** A reference to invented bytes of a kind. */
export const ref = (kind: MediaKind, name: string, more: Partial<MediaRef> = {}): MediaRef => ({
  id: mediaId(`wechat/wx:100/${name}`),
  source: 'wechat/wx:100',
  kind,
  mime: mimes[kind],
  token: name,
  ...more,
})

const mimes: Readonly<Record<MediaKind, string>> = {
  image: 'image/png',
  voice: 'audio/mpeg',
  video: 'video/mp4',
  file: 'application/pdf',
  sticker: 'image/gif',
}

export interface Sample<K extends Kind> {
  readonly content: K extends MediaKind ? Of<MediaKind> & { readonly kind: K } : Of<K>
  /** Its words. */
  readonly zh: string
  readonly en: string
}

/** One message of each kind, with what it says: a kind that is not here does not compile. */
export const everyKind: { readonly [K in Kind]: Sample<K> } = {
  text: {
    content: { kind: 'text', text: '周六见 :) https://example.org/a?b=1&c=2' },
    zh: '周六见 :) https://example.org/a?b=1&c=2',
    en: '周六见 :) https://example.org/a?b=1&c=2',
  },
  image: {
    content: { kind: 'image', media: ref('image', 'path', { width: 640, height: 420 }) },
    zh: '[图片]',
    en: '[picture]',
  },
  voice: {
    content: { kind: 'voice', media: ref('voice', 'voice', { ms: 2400 }) },
    zh: '[语音] 2秒',
    en: '[voice message] 2 s',
  },
  video: {
    content: {
      kind: 'video',
      media: ref('video', 'video', { width: 320, height: 240, ms: 3000 }),
      poster: ref('image', 'poster'),
    },
    zh: '[视频]',
    en: '[video]',
  },
  file: {
    content: {
      kind: 'file',
      media: ref('file', 'plan', { name: '徒步计划 v2.pdf', bytes: 1_480_000 }),
      via: '腾讯文档',
    },
    zh: '[文件] 徒步计划 v2.pdf，来自 腾讯文档',
    en: '[file] 徒步计划 v2.pdf, from 腾讯文档',
  },
  sticker: {
    content: { kind: 'sticker', media: ref('sticker', 'wave', { width: 120, height: 120 }) },
    zh: '[表情]',
    en: '[sticker]',
  },
  bareSticker: {
    content: { kind: 'bareSticker' },
    zh: '[表情：请在手机上查看]',
    en: '[sticker: see it on the phone]',
  },
  throw: {
    content: { kind: 'throw', game: 'dice', result: 5 },
    zh: '[骰子] 🎲 5',
    en: '[dice] 🎲 5',
  },
  location: {
    content: {
      kind: 'location',
      latitude: 30.2437,
      longitude: 120.1502,
      poi: '断桥残雪',
      label: '浙江省杭州市西湖区北山街',
      map: ref('image', 'map'),
    },
    zh: '[位置] 断桥残雪，浙江省杭州市西湖区北山街',
    en: '[location] 断桥残雪, 浙江省杭州市西湖区北山街',
  },
  liveLocation: {
    content: { kind: 'liveLocation', phase: 'started' },
    zh: '[发起了位置共享：请在手机上查看]',
    en: '[shares a live location: see it on the phone]',
  },
  card: {
    content: {
      kind: 'card',
      name: '周远',
      mp: false,
      alias: 'zhouyuan88',
      region: '浙江 杭州',
      contact: contactId('wx:100/zhou'),
    },
    zh: '[个人名片] 周远，微信号 zhouyuan88，浙江 杭州',
    en: '[contact card] 周远, WeChat ID zhouyuan88, 浙江 杭州',
  },
  link: {
    content: {
      kind: 'link',
      title: '十条适合秋天的徒步路线',
      url: 'https://example.org/hikes?id=7',
      description: '从半日到三日，附地图与交通。',
      source: '户外周刊',
      thumb: ref('image', 'thumb'),
    },
    zh: '[链接] 十条适合秋天的徒步路线 https://example.org/hikes?id=7',
    en: '[link] 十条适合秋天的徒步路线 https://example.org/hikes?id=7',
  },
  articles: {
    content: {
      kind: 'articles',
      source: '晨光日报',
      articles: [
        { title: '今日天气：多云转晴', url: 'https://example.org/1', digest: '山里有雾。' },
        { title: '古道修好了', url: 'https://example.org/2' },
        { title: '读者来信', url: '' },
      ],
    },
    zh: '[文章] 今日天气：多云转晴 https://example.org/1\n古道修好了 https://example.org/2\n读者来信',
    en: '[articles] 今日天气：多云转晴 https://example.org/1\n古道修好了 https://example.org/2\n读者来信',
  },
  music: {
    content: {
      kind: 'music',
      title: '山丘',
      url: 'https://example.org/song',
      artist: '李宗盛',
      source: 'QQ音乐',
      thumb: ref('image', 'cover'),
    },
    zh: '[音乐] 山丘 - 李宗盛 https://example.org/song',
    en: '[music] 山丘 - 李宗盛 https://example.org/song',
  },
  channel: {
    content: {
      kind: 'channel',
      what: 'video',
      author: '山野记',
      text: '日出前的云海',
      url: 'https://example.org/v',
    },
    zh: '[视频号动态] 山野记：日出前的云海 https://example.org/v',
    en: '[channel video] 山野记: 日出前的云海 https://example.org/v',
  },
  miniProgram: {
    content: {
      kind: 'miniProgram',
      title: '点我拼单',
      app: '某商城',
      url: 'https://example.org/mini',
      thumb: ref('image', 'mini'),
    },
    zh: '[小程序] 某商城：点我拼单 https://example.org/mini',
    en: '[mini program] 某商城: 点我拼单 https://example.org/mini',
  },
  history: {
    content: {
      kind: 'history',
      title: '阿梅和Tom的聊天记录',
      lines: [
        { who: '阿梅', at: '2026-11-20 9:01', text: '路线定了吗？' },
        {
          who: 'Tom',
          at: '2026-11-20 9:02',
          text: '',
          what: '49/5',
          url: 'https://example.org/route',
        },
        {
          who: '阿梅',
          at: '2026-11-20 9:05',
          text: '',
          what: '49/19',
          lines: [{ who: '周远', at: '2026-11-19', text: '北门\n八点' }],
        },
      ],
    },
    zh: '[聊天记录] 阿梅和Tom的聊天记录\n阿梅 2026-11-20 9:01: 路线定了吗？\nTom 2026-11-20 9:02: [链接] https://example.org/route\n阿梅 2026-11-20 9:05: [聊天记录]\n  周远 2026-11-19: 北门\n  八点',
    en: '[chat history] 阿梅和Tom的聊天记录\n阿梅 2026-11-20 9:01: 路线定了吗？\nTom 2026-11-20 9:02: [link] https://example.org/route\n阿梅 2026-11-20 9:05: [chat history]\n  周远 2026-11-19: 北门\n  八点',
  },
  quote: {
    content: {
      kind: 'quote',
      text: '同意',
      target: { aliases: ['far away'], preview: '明天十点开会', who: '默契' },
    },
    zh: '「默契：明天十点开会」\n同意',
    en: '“默契: 明天十点开会”\n同意',
  },
  recall: {
    content: { kind: 'recall', target: { aliases: ['gone'], preview: '' }, text: '' },
    zh: '撤回了一条消息',
    en: 'recalled a message',
  },
  friendRequest: {
    content: {
      kind: 'friendRequest',
      name: '小周',
      greeting: '我是周六一起爬山的小周',
      request: '4',
    },
    zh: '小周 请求添加你为好友：“我是周六一起爬山的小周”。输入 !wx accept 4 通过。',
    en: '小周 wants to be your friend: “我是周六一起爬山的小周”. Say !wx accept 4 to accept.',
  },
  groupInvite: {
    content: {
      kind: 'groupInvite',
      text: '"阿梅"邀请你加入群聊"周末徒步"',
      url: 'https://example.org/invite',
    },
    zh: '[群聊邀请：请在手机上接受] "阿梅"邀请你加入群聊"周末徒步" https://example.org/invite',
    en: '[group invitation: accept it on the phone] "阿梅"邀请你加入群聊"周末徒步" https://example.org/invite',
  },
  solitaire: {
    content: { kind: 'solitaire', text: '#接龙\n周六爬山\n\n1. 阿梅\n2. Tom' },
    zh: '[接龙] #接龙\n周六爬山\n\n1. 阿梅\n2. Tom',
    en: '[sign-up list] #接龙\n周六爬山\n\n1. 阿梅\n2. Tom',
  },
  announcement: {
    content: { kind: 'announcement', text: '周六八点北门集合，请带水。' },
    zh: '[群公告] 周六八点北门集合，请带水。',
    en: '[group announcement] 周六八点北门集合，请带水。',
  },
  redPacket: {
    content: { kind: 'redPacket', greeting: '恭喜发财，大吉大利', mine: false },
    zh: '[红包：请在手机上领取] 恭喜发财，大吉大利',
    en: '[red packet: open it on the phone] 恭喜发财，大吉大利',
  },
  transfer: {
    content: { kind: 'transfer', amount: '￥88.00', memo: '车费', phase: 'offered' },
    zh: '[转账：请在手机上查看] ￥88.00 车费',
    en: '[transfer: see it on the phone] ￥88.00 车费',
  },
  call: {
    content: { kind: 'call', medium: 'video', phase: 'ringing', text: '' },
    zh: '[视频通话：来电，请在手机上接听]',
    en: '[video call: ringing, take it on the phone]',
  },
  pat: {
    content: { kind: 'pat', text: '"阿梅" 拍了拍我' },
    zh: '"阿梅" 拍了拍我',
    en: '"阿梅" 拍了拍我',
  },
  system: {
    content: { kind: 'system', text: '"Tom"邀请"小周"加入了群聊', changed: [] },
    zh: '"Tom"邀请"小周"加入了群聊',
    en: '"Tom"邀请"小周"加入了群聊',
  },
  note: {
    content: { kind: 'note', text: '以上是打招呼的消息' },
    zh: '以上是打招呼的消息',
    en: '以上是打招呼的消息',
  },
  unsupported: {
    content: { kind: 'unsupported', type: '49/2099', summary: '新的卡片' },
    zh: '[暂不支持的消息：分享（2099）：新的卡片，请在手机上查看]',
    en: '[not supported yet: app message (2099): 新的卡片; see it on the phone]',
  },
  notice: {
    content: { kind: 'notice', notice: { type: 'online', name: '林间' } },
    zh: '微信已登录：林间',
    en: 'WeChat is online as 林间',
  },
}
