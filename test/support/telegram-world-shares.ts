import type { Control, Who } from '../../src/sandbox/sandbox.ts'
import { sample } from '../../src/sandbox/share-files.ts'
import type { Shared } from '../../src/sandbox/shared.ts'
import type { Sight } from './telegram-world-seen.ts'

/** Something said in WeChat, and what Telegram then shows. `says` is what stands behind the name. */
export interface Share {
  readonly what:
    | Shared
    | { readonly kind: 'text'; readonly text: string }
    | { readonly kind: 'picture' }
  readonly as: Sight['as']
  readonly says: string | RegExp
  /** The file of the sandbox whose bytes it has. */
  readonly file?: string
  /** Nobody says it: no name stands in front. */
  readonly grey?: true
}

const hostile = '晚上好\n第二行 <b>not bold</b> *no* _no_ &amp; :)'

/** One of each kind, as people send them. */
export const shares: readonly Share[] = [
  { what: { kind: 'text', text: hostile }, as: 'text', says: hostile },
  { what: { kind: 'picture' }, as: 'photo', says: '', file: 'mountain.jpg' },
  { what: { kind: 'voice', ms: 3400 }, as: 'voice', says: '', file: 'voice.mp3' },
  { what: { kind: 'video', seconds: 2 }, as: 'video', says: '', file: 'clip.mp4' },
  { what: { kind: 'video', micro: true }, as: 'video', says: '', file: 'clip.mp4' },
  {
    what: { kind: 'file', name: '季度报告 v2 & <终>.pdf' },
    ...{ as: 'document', says: '', file: 'list.pdf' },
  },
  { what: { kind: 'sticker' }, as: 'animation', says: '', file: 'wave.gif' },
  { what: { kind: 'appPicture' }, as: 'photo', says: '', file: 'sea.jpg' },
  { what: { kind: 'storeSticker' }, as: 'text', says: '[sticker: see it on the phone]' },
  { what: { kind: 'dice', result: 4 }, as: 'text', says: '[dice] 🎲 4' },
  { what: { kind: 'morra', result: 'rock' }, as: 'text', says: /✊/ },
  {
    what: {
      ...{ kind: 'location', latitude: 34.195278, longitude: 117.177803 },
      ...{ label: '江苏省徐州市铜山区', poi: '江苏师范大学' },
    },
    ...{ as: 'venue', says: '[location] 江苏师范大学, 江苏省徐州市铜山区' },
  },
  { what: { kind: 'liveLocation', phase: 'start' }, as: 'text', says: /live location/ },
  { what: { kind: 'card', who: 'zhou' }, as: 'text', says: /^\[contact card\] 周明远/ },
  { what: { kind: 'card', who: 'paper' }, as: 'text', says: /^\[official account\] 城市晚报/ },
  {
    what: {
      ...{ kind: 'link', title: '一篇 <b>文章</b>', url: 'https://example.org/a?b=1&c=2' },
      description: '摘要',
    },
    ...{ as: 'text', says: /一篇 <b>文章<\/b>[\s\S]*摘要/ },
  },
  {
    what: { kind: 'music', title: '小夜曲', artist: '海顿', url: 'https://example.org/song' },
    ...{ as: 'text', says: /小夜曲[\s\S]*海顿/ },
  },
  {
    what: { kind: 'miniProgram', name: '某商城', title: '点我拼单' },
    ...{ as: 'text', says: /某商城[\s\S]*点我拼单|点我拼单[\s\S]*某商城/ },
  },
  {
    what: { kind: 'channel', what: 'video', name: '山间', text: '日出' },
    ...{ as: 'text', says: /山间[\s\S]*日出|日出[\s\S]*山间/ },
  },
  {
    what: {
      kind: 'history',
      title: '群聊的聊天记录',
      lines: [
        { name: '甲', time: '2023-11-14 22:13', text: '你好' },
        {
          ...{ name: '乙', time: '2023-11-14 22:14', text: '' },
          lines: [{ name: '丙', time: '2023-11-13 08:00', text: '里面的话' }],
        },
      ],
    },
    ...{ as: 'text', says: /群聊的聊天记录[\s\S]*你好[\s\S]*里面的话/ },
  },
  {
    what: { kind: 'plainQuote', text: '同意', name: '吴大山', quoted: '周六几点？' },
    ...{ as: 'text', says: /周六几点？[\s\S]*同意/ },
  },
  {
    what: { kind: 'solitaire', text: '#接龙\n1. 吴大山\n2. 乔' },
    as: 'text',
    says: /接龙[\s\S]*2\. 乔/,
  },
  { what: { kind: 'announcement', text: '周六八点集合' }, as: 'text', says: /周六八点集合/ },
  { what: { kind: 'redPacket', app: true, memo: '恭喜发财' }, as: 'text', says: /恭喜发财/ },
  { what: { kind: 'redPacket' }, as: 'text', says: /red packet/, grey: true },
  {
    what: { kind: 'transfer', amount: '￥0.10', memo: '午饭', phase: 'sent' },
    ...{ as: 'text', says: /￥0\.10 午饭/ },
  },
  { what: { kind: 'call', phase: 'invite' }, as: 'text', says: /call/ },
  { what: { kind: 'pat', who: 'me' }, as: 'text', says: /拍了拍/, grey: true },
  { what: { kind: 'groupInvite', group: '工作群' }, as: 'text', says: /工作群/ },
  { what: { kind: 'appText', text: '从应用分享的话' }, as: 'text', says: '从应用分享的话' },
  { what: { kind: 'prompt', title: '藏着的标题' }, as: 'text', says: /藏着的标题[\s\S]*phone/ },
  { what: { kind: 'unknown', type: 49, app: true }, as: 'text', says: /phone/ },
  { what: { kind: 'unknown', type: 777 }, as: 'text', says: /777/ },
]

/** Somebody says it. Resolves with its MsgId. */
export function share(control: Control, { what }: Share, from: Who, group?: Who): Promise<string> {
  if (what.kind === 'text') return control.say(from, what.text, group)
  if (what.kind === 'picture') return control.picture(from, sample('mountain.jpg'), group)
  return control.share(from, what, group)
}
