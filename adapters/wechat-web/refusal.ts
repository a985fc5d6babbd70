import type { Failure, Reason } from '../../src/core/errors.ts'

/** A refusal of WeChat's: its code, its own sentence (hostile text), and what it refused. */
export interface Refused {
  readonly ret: number
  readonly sentence: string | undefined
  /** "The picture was not sent". */
  readonly not: string
  /** How long to wait after a rate limit at least, in milliseconds. */
  readonly pauseMs: number
}

const session = { code: 'session', heal: 'relogin', certain: true } as const
const never = { code: 'refused', heal: 'never', certain: true } as const
const because = <F extends Failure>(reason: Reason, failure: F) => ({ ...failure, reason })

/** After a phone that was away, in milliseconds. */
const phoneMs = 300_000

type Row = (refused: Refused) => readonly [why: string, failure: Failure]

const ended: Row = ({ ret }) => [
  `: WeChat ended the session (${ret}). Log in again.`,
  because('ended', session),
]
const phoneAway: Row = ({ ret }) => [
  ` yet: your phone has been offline too long (${ret}). Open WeChat on the phone; it is tried again.`,
  { code: 'server', heal: 'wait', certain: true, afterMs: phoneMs, reason: 'phoneAway' },
]

/** What each code means for whoever waits for the outcome (protocol §7.8). All of them: it was not carried out. */
const table: Readonly<Record<number, Row>> = {
  1: () => [
    ': WeChat calls it wrong (1). Sent again unchanged it is refused again; if that happens to everything you ' +
      'send, log in again.',
    because('wrong', never),
  ],
  [-1]: () => [
    ": WeChat's server had a problem, or cannot find this chat (-1). It is tried again; if that does not help, " +
      'open the chat on the phone.',
    { code: 'server', heal: 'retry', certain: true, reason: 'trouble' },
  ],
  [-2]: () => [': WeChat says it makes no sense to it (-2).', because('senseless', never)],
  3: phoneAway,
  [-3]: phoneAway,
  [-14]: () => [
    ': WeChat does not accept the login any more (-14). Log in again.',
    because('stale', session),
  ],
  1100: ended,
  1101: ended,
  1102: ended,
  1103: ended,
  1200: () => [
    ': WeChat cannot read what the bridge wrote (1200). That is a fault of the bridge: please report it.',
    { code: 'bug', heal: 'never', certain: true, reason: 'unreadable' },
  ],
  1201: () => [': WeChat could not find what it needs for it (1201).', because('notFound', never)],
  1203: () => [
    ': WeChat takes this login for abnormal and refuses it (1203). Use the phone, and log in again later.',
    because('abnormal', never),
  ],
  1204: () => [
    ': WeChat does not let you write there (1204): not a friend any more, or not in the group. To write to ' +
      'yourself, use File Transfer.',
    because('notFriend', never),
  ],
  1205: ({ pauseMs }) => {
    const minutes = Math.max(1, Math.round(pauseMs / 60_000))
    return [
      ` yet: WeChat says we send too often (1205). It is tried again in ${minutes} min or later.`,
      { code: 'rate', heal: 'wait', certain: true, afterMs: pauseMs, reason: 'tooOften' },
    ]
  },
}

/** A refusal as a sentence for people, and what helps. */
export function explain(refused: Refused): readonly [sentence: string, failure: Failure] {
  const other: Row = ({ ret }) => [`: WeChat refused it (code ${ret}).`, never]
  const [why, failure] = (table[refused.ret] ?? other)(refused)
  const said = refused.sentence ? ` WeChat says: ${refused.sentence}` : ''
  return [
    `${refused.not}${why}${said}`,
    refused.sentence ? { ...failure, said: refused.sentence } : failure,
  ]
}
