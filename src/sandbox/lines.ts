import type { Who } from './sandbox.ts'
import type { Shared } from './shared.ts'
import type { Picture } from './world.ts'

/** Something someone says by themselves; in a chat of two without `group`. */
export interface Line {
  readonly from: Who
  readonly group?: Who
  readonly text?: string
  readonly picture?: Picture
  readonly shared?: Shared
  /** Milliseconds after the login it is said at. */
  readonly at?: number
  /** Milliseconds after the login it is taken back at. */
  readonly recalledAt?: number
}

/** What a newcomer sees in the first seconds. */
export const OPENING: readonly Line[] = [
  { at: 400, from: 'lin', text: '早呀😄 昨天的茶真好喝！\n你到家了吗？' },
  { at: 700, from: 'wu', group: 'hikers', text: '周六北线，6:30 南门集合，\n雨大就改周日。' },
  { at: 1000, from: 'qiao', group: 'hikers', text: '收到🥾 我带狗，它叫 <豆包> & 它不咬人' },
  { at: 1250, from: 'mei', group: 'hikers', picture: 'mountain' },
  { at: 1500, from: 'mei', group: 'hikers', text: 'Last week, 5:40 am. Worth every step 🌄' },
  { at: 1750, from: 'wu', group: 'hikers', text: '@行舟\u2005你开车吗？还能坐两个人' },
  {
    at: 2000,
    from: 'paper',
    text: '【晚间速览】青石桥修缮完工，周六起恢复通行；本周日山野市集开市。',
  },
  { at: 2200, from: 'zhou', picture: 'poster' },
  { at: 2400, from: 'zhou', text: '摊位在三号，报我名字打八折，别告诉别人', recalledAt: 5200 },
  { at: 2600, from: 'lin', picture: 'cat', recalledAt: 6800 },
  { at: 2800, from: 'html', text: 'if (a < b && b > c) { return "ok" } // it\'s fine' },
  { at: 2950, from: 'mei', group: 'market', text: '今晚八点截单，面要几份？' },
  {
    at: 9000,
    from: 'wu',
    group: 'hikers',
    shared: {
      kind: 'location',
      latitude: 30.246_026,
      longitude: 120.210_792,
      label: '杭州市西湖区北山街',
      poi: '南门集合点',
    },
  },
  { at: 9800, from: 'qiao', group: 'hikers', shared: { kind: 'sticker' } },
  { at: 10_600, from: 'lin', group: 'family', shared: { kind: 'voice' } },
  {
    at: 11_400,
    from: 'zhou',
    group: 'family',
    shared: { kind: 'file', name: '市集清单 & 价目.pdf' },
  },
  {
    at: 12_200,
    from: 'html',
    shared: {
      kind: 'link',
      title: 'A small history of <b> & <i>',
      url: 'https://example.org/history?of=b&and=i',
      description: 'Bold claims, slanted views.',
      source: 'example.org',
    },
  },
]

/** What they say from then on, in no order. */
export const CHATTER: readonly [Line, ...Line[]] = [
  { from: 'lin', text: '刚下楼，桂花开了🌼' },
  { from: 'lin', text: '哈哈哈哈哈哈😂😂' },
  { from: 'lin', text: '书看到第三章了。\n\n有点慢热，但是好看。' },
  { from: 'lin', picture: 'noodles' },
  { from: 'zhou', text: '桌腿打好了，周末来拿' },
  { from: 'zhou', text: '[微笑] 不急，慢慢来' },
  { from: 'zhou', group: 'family', text: '妈说中秋早点回来，螃蟹🦀已经订了' },
  { from: 'lin', group: 'family', text: '好的❤️ 我带月饼' },
  { from: 'wu', group: 'hikers', text: '天气预报：周六多云，12–19℃，山顶有风' },
  { from: 'qiao', group: 'hikers', text: '@所有人\u2005有人多一双登山杖吗？' },
  { from: 'mei', group: 'hikers', text: "I'll bring coffee ☕ who wants some?" },
  { from: 'mei', group: 'hikers', text: '+1' },
  { from: 'qiao', group: 'hikers', picture: 'sea' },
  { from: 'html', text: '<a href="javascript:alert(1)">click me</a> — no, better not 🙃' },
  { from: 'html', text: 'Lunch? 12:30, same place.' },
  { from: 'paper', text: '【天气】明天起降温 6℃，早晚注意添衣。' },
  { from: 'mei', group: 'market', text: '还差两份成团👀' },
  { from: 'wu', group: 'market', text: '我要一份，谢谢团长' },
  { from: 'lin', shared: { kind: 'voice' } },
  { from: 'qiao', group: 'hikers', shared: { kind: 'sticker' } },
  { from: 'lin', group: 'family', shared: { kind: 'video' } },
]

/** What someone answers to a text, to a picture, to anything else. */
export const ANSWERS: Readonly<Record<'text' | 'image' | 'other', readonly [string, ...string[]]>> =
  {
    text: [
      '好的👌',
      '哈哈，真的吗？',
      '收到',
      '嗯嗯，我也这么想',
      'Sounds good 👍',
      '等我想想🤔',
      '没问题！',
    ],
    image: ['好看！', '这是哪儿？', 'Nice shot 📷', '哇😍'],
    other: ['收到，我看看', '这个在手机上打开了'],
  }
