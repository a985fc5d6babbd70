import type { Content, Of } from '../../../src/core/message.ts'
import { number } from '../raw.ts'
import { cleanLine } from '../text.ts'
import { child, xmlText } from '../xml.ts'
import type { App } from './app-message.ts'
import type { Incoming } from './incoming.ts'

/** A transfer of money: type 2000 (protocol §5.6). The amount stands as WeChat writes it. */
export function readTransfer({ xml, description }: App): Content {
  const info = child(xml, 'wcpayinfo')
  return {
    kind: 'transfer',
    amount: cleanLine(xmlText(info, 'feedesc'), 60) || amountIn(description),
    memo: cleanLine(xmlText(info, 'pay_memo')),
    phase: phases.get(xmlText(info, 'paysubtype')) ?? 'unknown',
  }
}

/** A red packet as an app message: type 2001. */
export function readRedPacket({ xml, message }: App): Content {
  const info = child(xml, 'wcpayinfo')
  const [own, others] = ['sendertitle', 'receivertitle'].map((each) =>
    cleanLine(xmlText(info, each)),
  )
  const greeting = (message.mine ? own || others : others || own) ?? ''
  return { kind: 'redPacket', greeting, mine: message.mine }
}

/** A red packet told of by a MsgType 1 (protocol §5.5): its text is a notice. */
export function readRedPacketNotice({ raw, mine }: Incoming): Content | undefined {
  if (number(raw.AppMsgType) !== 2001) return undefined
  return { kind: 'redPacket', greeting: '', mine }
}

const phases = new Map<string, Of<'transfer'>['phase']>([
  ['1', 'offered'],
  ['3', 'taken'],
  ['4', 'returned'],
])

const amountIn = (words: string): string =>
  /[¥￥$]?\d{1,9}(?:\.\d{1,2})?元?/.exec(words.slice(0, 500))?.[0] ?? ''
