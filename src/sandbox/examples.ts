import type { Who } from './sandbox.ts'
import type { Shared } from './shared.ts'

/**
 * Something plausible of a kind, with `words` in it. Undefined where that makes no sense: a quote of nothing, and
 * what cannot be told from another message.
 */
export function exampleOf(
  kind: Shared['kind'],
  words: string,
  of: string | undefined,
  from: Who,
): Shared | undefined {
  switch (kind) {
    case 'quote':
      return of === undefined ? undefined : { kind, text: words, of }
    case 'pat':
      return { kind, who: 'me' }
    case 'card':
      return { kind, who: from === 'lin' ? 'zhou' : 'lin' }
    case 'file':
      return { kind, name: `${words.replaceAll('\n', ' ')}.pdf` }
    case 'link':
      return { kind, title: words, url: 'https://example.org/a?b=1&c=2', description: 'about it' }
    case 'history':
      return { kind, title: words, lines: LINES }
    case 'music':
      return { kind, title: words, artist: '乐队', url: 'https://example.org/song' }
    case 'articles':
      return { kind, items: [{ title: words, url: 'https://example.org/1', digest: '摘要' }] }
    case 'miniProgram':
      return { kind, name: '拼单', title: words }
    case 'solitaire':
    case 'announcement':
    case 'appText':
      return { kind, text: words }
    case 'plainQuote':
      return { kind, text: words, name: '小满', quoted: '几点？' }
    case 'groupInvite':
      return { kind, group: words }
    case 'unknown':
      return { kind, type: 71, content: words }
    case 'prompt':
      return { kind, title: words }
    default:
      return FIXED[kind]
  }
}

const LINES = [
  { name: '甲', time: '2023-11-14 22:13', text: '你好' },
  { name: '乙', time: '2023-11-14 22:14', text: '[图片]', type: 'image' },
  {
    name: '甲',
    time: '2023-11-14 22:15',
    text: '昨天的记录',
    lines: [{ name: '丙', time: '2023-11-13 09:00', text: '早' }],
  },
] as const

/** Those with nothing to say of their own. */
const FIXED: Readonly<Partial<Record<Shared['kind'], Shared>>> = {
  voice: { kind: 'voice' },
  video: { kind: 'video' },
  sticker: { kind: 'sticker' },
  storeSticker: { kind: 'storeSticker' },
  dice: { kind: 'dice', result: 5 },
  morra: { kind: 'morra', result: 'rock' },
  location: {
    kind: 'location',
    latitude: 30.246_026,
    longitude: 120.210_792,
    label: '杭州市西湖区北山街',
    poi: '断桥',
  },
  liveLocation: { kind: 'liveLocation', phase: 'start' },
  channel: { kind: 'channel', what: 'video', name: '山野', text: '日出' },
  redPacket: { kind: 'redPacket' },
  transfer: { kind: 'transfer', amount: '￥0.10', memo: '午饭', phase: 'sent' },
  call: { kind: 'call', phase: 'ended' },
  appPicture: { kind: 'appPicture' },
}

/** Every kind a life is made of; calls and red packets are lines nobody can compare, so they are rare. */
export const EXAMPLES: readonly Shared['kind'][] = [
  'voice',
  'voice',
  'video',
  'file',
  'file',
  'sticker',
  'sticker',
  'storeSticker',
  'dice',
  'morra',
  'location',
  'liveLocation',
  'card',
  'link',
  'link',
  'articles',
  'music',
  'miniProgram',
  'channel',
  'history',
  'quote',
  'quote',
  'plainQuote',
  'solitaire',
  'announcement',
  'redPacket',
  'transfer',
  'call',
  'pat',
  'groupInvite',
  'appText',
  'appPicture',
  'prompt',
  'unknown',
]
