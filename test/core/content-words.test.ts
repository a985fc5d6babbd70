import { expect, test } from 'vitest'
import { kinds } from '../../src/core/content-words.ts'
import type { Content } from '../../src/core/message.ts'
import { words } from '../../src/core/render.ts'
import { everyKind, ref } from './every-kind.ts'

test('every kind of message has words that are expected here, in both languages', () => {
  expect(Object.keys(everyKind).sort()).toEqual([...kinds].sort())
})

test.each(Object.values(everyKind))('$content.kind in Chinese and English', (sample) => {
  expect(words(sample.content, 'zh')).toBe(sample.zh)
  expect(words(sample.content, 'en')).toBe(sample.en)
})

const media = ref('image', 'x')
const more: readonly (readonly [Content, zh: string, en: string])[] = [
  [{ kind: 'image', media, caption: '山顶' }, '[图片] 山顶', '[picture] 山顶'],
  [{ kind: 'voice', media: ref('voice', 'v') }, '[语音]', '[voice message]'],
  [{ kind: 'file', media: ref('file', 'f') }, '[文件]', '[file]'],
  [{ kind: 'throw', game: 'dice', result: 0 }, '[骰子] 🎲', '[dice] 🎲'],
  [{ kind: 'throw', game: 'dice', result: 9 }, '[骰子] 🎲', '[dice] 🎲'],
  [
    { kind: 'throw', game: 'morra', result: 1 },
    '[猜拳] ✌️ 剪刀',
    '[rock, paper, scissors] ✌️ scissors',
  ],
  [
    { kind: 'throw', game: 'morra', result: 2 },
    '[猜拳] ✊ 石头',
    '[rock, paper, scissors] ✊ rock',
  ],
  [{ kind: 'throw', game: 'morra', result: 3 }, '[猜拳] ✋ 布', '[rock, paper, scissors] ✋ paper'],
  [{ kind: 'throw', game: 'morra', result: 0 }, '[猜拳]', '[rock, paper, scissors]'],
  [{ kind: 'liveLocation', phase: 'ended' }, '[位置共享已结束]', '[live location ended]'],
  [{ kind: 'card', name: '日报', mp: true }, '[公众号名片] 日报', '[official account] 日报'],
  [{ kind: 'link', title: '', url: '' }, '[链接]', '[link]'],
  [
    { kind: 'channel', what: 'card', author: '山野记', text: '', url: '' },
    '[视频号] 山野记',
    '[channel] 山野记',
  ],
  [
    { kind: 'channel', what: 'live', author: '山野记', text: '', url: '' },
    '[视频号直播] 山野记',
    '[channel live show] 山野记',
  ],
  [
    { kind: 'redPacket', greeting: '', mine: true },
    '[发出了红包：请在手机上查看]',
    '[red packet sent: see it on the phone]',
  ],
  [
    { kind: 'transfer', amount: '￥1', memo: '', phase: 'taken' },
    '[转账已收款] ￥1',
    '[transfer taken] ￥1',
  ],
  [
    { kind: 'transfer', amount: '', memo: '', phase: 'returned' },
    '[转账已退还]',
    '[transfer returned]',
  ],
  [
    { kind: 'transfer', amount: '', memo: '', phase: 'unknown' },
    '[转账：请在手机上查看]',
    '[transfer: see it on the phone]',
  ],
  [
    { kind: 'call', medium: 'voice', phase: 'ended', text: '通话时长 01:12' },
    '[语音通话：已结束] 通话时长 01:12',
    '[voice call: ended] 通话时长 01:12',
  ],
  [
    { kind: 'call', medium: 'unknown', phase: 'unknown', text: '' },
    '[通话：请在手机上查看]',
    '[call: see the phone]',
  ],
  [{ kind: 'quote', text: '好', target: { aliases: [], preview: '' } }, '好', '好'],
  [
    { kind: 'recall', target: { aliases: [], preview: '' }, text: '你撤回了一条消息' },
    '你撤回了一条消息',
    '你撤回了一条消息',
  ],
  [
    { kind: 'unsupported', type: '77', summary: '' },
    '[暂不支持的消息：类型 77 的消息，请在手机上查看]',
    '[not supported yet: a message of type 77; see it on the phone]',
  ],
  [
    { kind: 'unsupported', type: '49/16', summary: '九折' },
    '[暂不支持的消息：卡券：九折，请在手机上查看]',
    '[not supported yet: coupon: 九折; see it on the phone]',
  ],
  [
    { kind: 'unsupported', type: '10002/functionmsg', summary: '' },
    '[暂不支持的消息：系统消息（functionmsg），请在手机上查看]',
    '[not supported yet: system message (functionmsg); see it on the phone]',
  ],
  [
    { kind: 'unsupported', type: '10002/', summary: '' },
    '[暂不支持的消息：系统消息，请在手机上查看]',
    '[not supported yet: system message; see it on the phone]',
  ],
  [
    { kind: 'unsupported', type: 'constructor', summary: '' },
    '[暂不支持的消息：constructor，请在手机上查看]',
    '[not supported yet: constructor; see it on the phone]',
  ],
  [
    { kind: 'unsupported', type: 'hidden', summary: '藏着的标题' },
    '[暂不支持的消息：藏着的标题，请在手机上查看]',
    '[not supported yet: 藏着的标题; see it on the phone]',
  ],
  [
    { kind: 'unsupported', type: 'hidden', summary: '' },
    '[网页版看不到的消息：请在手机上查看]',
    '[not shown to the web: see it on the phone]',
  ],
  [
    { kind: 'quote', text: '好', target: { aliases: [], preview: '', what: '3', who: '阿梅' } },
    '「阿梅：[图片]」\n好',
    '“阿梅: [picture]”\n好',
  ],
  [
    { kind: 'quote', text: '好', target: { aliases: [], preview: 'a.pdf', what: '49/6' } },
    '「[文件] a.pdf」\n好',
    '“[file] a.pdf”\n好',
  ],
]
test.each(more)('%o says so', (content, zh, en) => {
  expect(words(content, 'zh')).toBe(zh)
  expect(words(content, 'en')).toBe(en)
})
