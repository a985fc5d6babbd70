import type { Content } from '../../../src/core/message.ts'
import { number, text } from '../raw.ts'
import { cleanName, decodeText } from '../text.ts'
import type { Incoming } from './incoming.ts'

/**
 * What the server writes in place of a message it does not give to the web, in the language of the account
 * (protocol §5.6), and what the official page writes.
 */
const prompts: readonly string[] = [
  'This type of message is not supported on Web WeChat. View it on your phone.',
  '该类型暂不支持，请在手机上查看',
  '該類型暫不支持，請在手機上查看。',
  '暫時不支援該類型，請在手機上查看。',
  'このタイプのメッセージはWeChatではサポートされていません。あなたの電話で見る。',
  'ဤစာအမ်ိဳးအစားသည္ ဝက္ဘ္ WeChat တြင္ မေထာက္ပံ့ပါ။ ၄င္းကို သင့္ဖုန္းတြင္ ၾကည့္ပါ။',
  '[收到一条网页版微信暂不支持的消息类型，请在手机上查看]',
]

/** A prompt instead of a message. What was hidden is told as far as other fields give it away. */
export function readPrompt(message: Incoming): Content | undefined {
  const { payload, raw, mine, type } = message
  // What one wrote oneself is a text: the bridge must know its own words when they come back.
  if ((mine && type === 1) || payload.length > 1000) return undefined
  if (!known.has(folded(decodeText(payload)))) return undefined
  const title = cleanName(text(raw.FileName))
  const app = number(raw.AppMsgType)
  // The type may be told all the same; 0 and 5 are what stands there when it is not.
  return {
    kind: 'unsupported',
    type: app === 0 || app === 5 ? 'hidden' : `49/${app}`,
    summary: title,
  }
}

const folded = (words: string): string =>
  words
    .replace(/[\s.。၊။]+/gu, ' ')
    .trim()
    .toLowerCase()

const known = new Set(prompts.map(folded))
