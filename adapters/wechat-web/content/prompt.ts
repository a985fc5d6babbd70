import type { Content } from '../../../src/core/message.ts'
import { number, text } from '../raw.ts'
import { cleanName, decodeText } from '../text.ts'
import type { Incoming } from './incoming.ts'
import { kindWord } from './kind-words.ts'

const english = 'a message that only the phone shows'

/**
 * What the server writes in place of a message it does not give to the web, in the language of the account
 * (protocol §5.6), and what the official page writes; each with what to call the message.
 */
const prompts: readonly (readonly [string, string])[] = [
  ['This type of message is not supported on Web WeChat. View it on your phone.', english],
  ['该类型暂不支持，请在手机上查看', '网页版看不到的消息'],
  ['該類型暫不支持，請在手機上查看。', '網頁版看不到的訊息'],
  ['暫時不支援該類型，請在手機上查看。', '網頁版看不到的訊息'],
  [
    'このタイプのメッセージはWeChatではサポートされていません。あなたの電話で見る。',
    'スマホでのみ見られるメッセージ',
  ],
  ['ဤစာအမ်ိဳးအစားသည္ ဝက္ဘ္ WeChat တြင္ မေထာက္ပံ့ပါ။ ၄င္းကို သင့္ဖုန္းတြင္ ၾကည့္ပါ။', english],
  ['[收到一条网页版微信暂不支持的消息类型，请在手机上查看]', '网页版看不到的消息'],
]

/** A prompt instead of a message. What was hidden is told as far as other fields give it away. */
export function readPrompt(message: Incoming): Content | undefined {
  const { payload, raw, mine, type } = message
  // What one wrote oneself is a text: the bridge must know its own words when they come back.
  if ((mine && type === 1) || payload.length > 1000) return undefined
  const words = decodeText(payload)
  const called = known.get(folded(words))
  if (called === undefined) return undefined
  const title = cleanName(text(raw.FileName))
  const app = number(raw.AppMsgType)
  // The type may be told all the same; 0 and 5 are what stands there when it is not.
  const label = app === 0 || app === 5 ? called : kindWord(49, app, called)
  return {
    kind: 'unsupported',
    type: app ? `49/${app}` : '49',
    summary: title ? `${label}: ${title}` : label,
  }
}

const folded = (words: string): string =>
  words
    .replace(/[\s.。၊။]+/gu, ' ')
    .trim()
    .toLowerCase()

const known = new Map(prompts.map(([words, called]) => [folded(words), called]))
