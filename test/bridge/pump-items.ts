import { BridgeError, type Failure } from '../../src/core/errors.ts'
import {
  accountId,
  type ChatId,
  chatId,
  key,
  messageId,
  type PortalId,
  portalId,
  sendLine,
} from '../../src/core/ids.ts'
import type { PaceRules } from '../../src/core/pace.ts'
import type { Job, Send } from '../../src/core/post.ts'
import type { Receipt } from '../../src/ports/outlet.ts'

// What goes through the lane of a pump under test, and what its other side remembers of it.

export type Kind = 'wechat' | 'hub'
/** What really became of a try whose end nobody saw, and what can be found out about it. */
export type Fate = 'absent' | 'present' | 'lostUnknown' | 'doneUnknown'

export interface Try {
  readonly key: string
  readonly portal: PortalId
  readonly body: string
  readonly media: boolean
  /** In steady time. */
  readonly at: number
  readonly login: number
  /** It was given to the outlet, and has not ended. */
  open: boolean
  readonly resolve: (receipt: Receipt) => void
  readonly reject: (error: BridgeError) => void
}

export interface Entry {
  readonly portal: PortalId
  /** Rises along the line; anew when it is put back. */
  order: number
  body: string
  media: boolean
  /** How often it really arrived. */
  arrived: number
  fate: Fate | undefined
  /** It may arrive twice: nobody could tell, and it is sent again all the same. */
  mayRepeat: boolean
  end: 'withdrawn' | 'dead' | 'unknown' | undefined
}

export const account = accountId('wx:1')
export const minute = 60_000
export const hour = 60 * minute
export const stuckMs = 5 * minute

export const rules: PaceRules = {
  sameChat: { ms: 2_000, jitterMs: 1_500 },
  otherChat: { ms: 3_000, jitterMs: 3_000 },
  media: { ms: 2_000, jitterMs: 2_000 },
  perMinute: 4,
  perHour: 10,
  perDay: 24,
  newcomer: { forMs: 6 * hour, share: 0.5 },
}

/** Resolves when everything has been done that waits for no time to pass: the store lets the loop turn in between. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
}

/** A deterministic stand-in for chance. */
export function chance(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

export const chatOf = (n: number): ChatId => chatId(`${account}/c${n}`)

/** One job: `said` is when what it posts was said. */
export function jobOf(
  kind: Kind,
  name: string,
  chat: number,
  body: Send['body'],
  said: number,
): Job {
  const base = { key: key(name), message: messageId(`m-${name}`), part: 0 }
  const id = chatOf(chat)
  if (kind === 'wechat') {
    return { type: 'send', ...base, clientId: name, portal: sendLine(id), chat: id, body }
  }
  const portal = portalId(`p${chat}`)
  return { type: 'post', ...base, portal, at: said, speaker, body } as unknown as Job
}

export function bodyOf(media: boolean, text: string): Send['body'] {
  if (!media) return { kind: 'text', text }
  return { kind: 'media', media: { id: text } } as unknown as Send['body']
}

const speaker = { type: 'me' } as const
export const receiptOf = (name: string): Receipt => ({ ids: [`r-${name}`], at: 1 })
export const failed = (failure: Failure) => new BridgeError('scripted', failure)
