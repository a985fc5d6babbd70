import type { Content } from '../../../src/core/message.ts'
import type { Incoming } from './incoming.ts'
import { isMembership, systemText } from './system.ts'

/** Reads MsgType 10000: a grey line (protocol §5.9). Names in it are anybody's: patterns hold the whole line. */
export function readGrey(message: Incoming): Content {
  const text = systemText(message.payload)
  for (const [pattern, content] of lines) {
    if (pattern.test(text)) return content(text)
  }
  if (message.group && isMembership(text)) {
    return { kind: 'system', text, changed: message.changed }
  }
  return text ? { kind: 'note', text } : { kind: 'unsupported', type: '10000', summary: '' }
}

/** Somebody: oneself, or a name in quotes. */
const someone = '(?:我|你|您|自己|I|You|"[^\\n]{1,200}")'

const lines: readonly (readonly [RegExp, (text: string) => Content])[] = [
  [/^位置共享已(?:经)?结束[。.]?$/, () => ({ kind: 'liveLocation', phase: 'ended' })],
  [/^位置共享已經?結束[。.]?$/, () => ({ kind: 'liveLocation', phase: 'ended' })],
  [
    /^(?:real-time )?location sharing (?:has )?ended\.?$/i,
    () => ({ kind: 'liveLocation', phase: 'ended' }),
  ],
  [/^收到[红紅]包，[请請]在手[机機]上查看[。.]?$/, () => redPacket(false)],
  [/^[发發]出[红紅]包，[请請]在手[机機]上查看[。.]?$/, () => redPacket(true)],
  [/^Red packet received\. View on (?:your )?phone\.?$/i, () => redPacket(false)],
  [/^Red packet sent\. View on (?:your )?phone\.?$/i, () => redPacket(true)],
  [new RegExp(`^${someone} ?拍了拍`), (text) => ({ kind: 'pat', text })],
  [new RegExp(`^${someone} tickled `, 'i'), (text) => ({ kind: 'pat', text })],
  [/^[^\n]{1,200}发起了?语音通话[。.]?$/, (text) => call('voice', 'ringing', text)],
  [/^[^\n]{1,200}发起了?视频通话[。.]?$/, (text) => call('video', 'ringing', text)],
  [/^语音通话已(?:经)?结束[。.]?$/, (text) => call('voice', 'ended', text)],
  [/^视频通话已(?:经)?结束[。.]?$/, (text) => call('video', 'ended', text)],
]

const redPacket = (mine: boolean): Content => ({ kind: 'redPacket', greeting: '', mine })

const call = (medium: 'voice' | 'video', phase: 'ringing' | 'ended', text: string): Content => ({
  kind: 'call',
  medium,
  phase,
  text,
})
